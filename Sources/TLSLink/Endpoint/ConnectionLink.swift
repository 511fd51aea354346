internal import Link
internal import NIOCore
internal import Specification

/// The job's side of a connection: queues between the threads that send and receive and the event loop that moves bytes.
final class ConnectionLink: Link {
    private struct State {
        var inbound = MessageQueue()
        var outbound = MessageQueue()
        var ending = Ending()
        /// The cost of all messages that the job has received.
        var received: UInt64 = 0
        /// What of it the peer has not been told.
        var unreported = 0
        var isFinished = false
    }

    let peer: Party
    private let timings: TLSTimings
    private let connection: NIOLoopBound<Connection>
    private let state = Monitor(State())

    init(peer: Party, timings: TLSTimings, connection: NIOLoopBound<Connection>) {
        self.peer = peer
        self.timings = timings
        self.connection = connection
    }

    // MARK: For the job

    func exportKey(label: String, count: Int) throws(LinkError) -> [UInt8] {
        let connection = connection
        do {
            return try connection.eventLoop.submit { try connection.value.exportKey(label: label, count: count) }.wait()
        } catch {
            throw state.withLock { $0.ending.error } ?? .lost(peer, .disconnected)
        }
    }

    func send(_ message: [UInt8], _ wait: Wait) throws(LinkError) {
        guard message.count <= LinkLimits.message else {
            throw .tooLong(length: message.count, limit: LinkLimits.message)
        }
        let queued: Void? = try state.wait(until: wait.deadline) { (state) throws(LinkError) -> Void? in
            if let error = state.ending.error { throw error }
            guard state.outbound.cost < LinkLimits.window else { return nil }
            return state.outbound.append(message)
        }
        if queued == nil { throw .timedOut(peer, wait) }
        onLoop { $0.pump() }
    }

    func receive(_ wait: Wait) throws(LinkError) -> [UInt8] {
        let result = try state.wait(until: wait.deadline) { (state) throws(LinkError) -> (message: [UInt8], Bool)? in
            try state.ending.checkForFailure()
            guard let message = state.inbound.removeFirst() else {
                if let error = state.ending.error { throw error }
                return nil
            }
            state.received += UInt64(MessageQueue.cost(of: message))
            state.unreported += MessageQueue.cost(of: message)
            // Often enough that a sender never stands still while there is room, and seldom enough to cost nothing.
            let isDue = state.unreported >= LinkLimits.window / 4
            if isDue { state.unreported = 0 }
            return (message, isDue)
        }
        guard let (message, isDue) = result else { throw .timedOut(peer, wait) }
        if isDue { onLoop { $0.sendHeartbeat() } }
        return message
    }

    func abort(_ cause: AbortCause) {
        if settle(.aborted(cause)) { onLoop { $0.abort(cause) } }
    }

    func close() {
        guard settle(.closed(peer)) else { return }
        onLoop { $0.close() }
        let finished: Void? = state.wait(until: .now + .seconds(timings.close)) { $0.isFinished ? () : nil }
        if finished == nil { onLoop { $0.cut() } }
    }

    func whenEnded(_ observer: @escaping @Sendable (LinkError) -> Void) {
        if let ended = state.withLock({ $0.ending.add(observer) }) { observer(ended) }
    }

    // MARK: For the endpoint

    func accept() { onLoop { $0.accept() } }

    func refuse(_ refusal: Refusal) { onLoop { $0.refuse(refusal) } }

    // MARK: For the connection

    /// Takes an ending and tells those who want to know; whether it changes anything.
    @discardableResult
    func settle(_ error: LinkError) -> Bool {
        let observers = state.withLock { state -> [Ending.Observer]? in
            guard let observers = state.ending.settle(error) else { return nil }
            if case .closed = error { return observers }
            state.inbound.removeAll()
            state.outbound.removeAll()
            return observers
        }
        for observer in observers ?? [] { observer(error) }
        return observers != nil
    }

    /// Hands a message to the job.
    func deliver(_ message: [UInt8]) {
        state.withLock { if $0.ending.error == nil { $0.inbound.append(message) } }
    }

    /// The next message to send.
    func nextOutbound() -> [UInt8]? { state.withLock { $0.outbound.removeFirst() } }

    /// Whether no message is left to send.
    var isDrained: Bool { state.withLock { $0.outbound.cost == 0 } }

    /// The cost of all messages that the job has received.
    var received: UInt64 { state.withLock { $0.received } }

    /// The connection is gone.
    func finish() { state.withLock { $0.isFinished = true } }

    private func onLoop(_ body: @escaping @Sendable (Connection) -> Void) {
        let connection = connection
        connection.eventLoop.execute { body(connection.value) }
    }
}
