internal import Specification

/// One end of a connection inside a process.
final class MemoryLink: Link {
    let peer: Party
    private let wire: MemoryWire
    private let isLower: Bool

    init(wire: MemoryWire, peer: Party, isLower: Bool) {
        self.wire = wire
        self.peer = peer
        self.isLower = isLower
    }

    /// Random bytes, drawn when either end first asks for the label: as unrelated to each other as an exporter's.
    func exportKey(label: String, count: Int) throws(LinkError) -> [UInt8] {
        wire.state.withLock { state in
            let name = "\(count) \(label)"
            if let key = state.exportedKeys[name] { return key }
            var generator = SystemRandomNumberGenerator()
            let key = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            state.exportedKeys[name] = key
            return key
        }
    }

    func send(_ message: [UInt8], _ wait: Wait) throws(LinkError) {
        guard message.count <= LinkLimits.message else {
            throw .tooLong(length: message.count, limit: LinkLimits.message)
        }
        let deadline = wait.deadline
        let message = sufferFaults(message)
        let sent: Void? = try wire.state.wait(until: deadline) { (state) throws(LinkError) -> Void? in
            let isMuted = state.isMuted
            return try state.withEnds(fromLower: isLower) { (near, far) throws(LinkError) -> Void? in
                if let error = near.ending.error { throw error }
                if isMuted { return () }
                guard far.inbound.cost < LinkLimits.window else { return nil }
                return far.inbound.append(message, due: far.line?.send(message.count, at: .now))
            }
        }
        if sent == nil { throw .timedOut(peer, wait) }
    }

    func receive(_ wait: Wait) throws(LinkError) -> [UInt8] {
        let due = { [isLower] (state: MemoryWire.State) in (isLower ? state.lower : state.upper).inbound.due }
        let message = try wire.state.wait(until: wait.deadline, orAt: due) { (state) throws(LinkError) -> [UInt8]? in
            try state.withEnds(fromLower: isLower) { (near, _) throws(LinkError) -> [UInt8]? in
                try near.ending.checkForFailure()
                if let due = near.inbound.due, due > .now { return nil }
                if let message = near.inbound.removeFirst() { return message }
                if let error = near.ending.error { throw error }
                return nil
            }
        }
        guard let message else { throw .timedOut(peer, wait) }
        return message
    }

    func abort(_ cause: AbortCause) {
        wire.leave(fromLower: isLower, own: .aborted(cause), opposite: .aborted(cause))
    }

    func close() {
        let party = wire.state.withLock { $0.withEnds(fromLower: isLower) { near, _ in near.party } }
        wire.leave(fromLower: isLower, own: .closed(peer), opposite: .closed(party))
    }

    func whenEnded(_ observer: @escaping @Sendable (LinkError) -> Void) {
        let ended = wire.state.withLock { $0.withEnds(fromLower: isLower) { near, _ in near.ending.add(observer) } }
        if let ended { observer(ended) }
    }

    /// Waits as long as the link delays messages, and puts another message in this one's place where a test asked for it.
    private func sufferFaults(_ message: [UInt8]) -> [UInt8] {
        let (delay, rewrite) = wire.state.withLock { state in
            state.withEnds(fromLower: isLower) { near, _ in
                (near.delay, near.rewrites.isEmpty ? nil : near.rewrites.removeFirst())
            }
        }
        if delay > 0 { _ = Monitor(()).wait(until: .now + .seconds(delay)) { _ in nil as Void? } }
        return rewrite?(message) ?? message
    }
}
