internal import Specification
internal import WideArea

/// What the two ends of an in-memory link share.
final class MemoryWire: Sendable {
    /// One end: what came for it or is under way, how it ended, and what befalls what it sends.
    struct End {
        let party: Party
        /// The line that leads here, where one makes messages slow.
        var line: Shaper?
        var inbound = MessageQueue()
        var ending = Ending()
        var delay = 0.0
        var rewrites: [@Sendable ([UInt8]) -> [UInt8]] = []
    }

    struct State {
        var lower: End
        var upper: End
        var exportedKeys: [String: [UInt8]] = [:]
        var isMuted = false

        /// Runs `body` with one end and the opposite one.
        mutating func withEnds<Result, Failure: Error>(
            fromLower isLower: Bool, _ body: (inout End, inout End) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            isLower ? try body(&lower, &upper) : try body(&upper, &lower)
        }
    }

    let state: Monitor<State>

    init(_ lower: Party, _ upper: Party, over network: WideArea?) {
        let line = network.map { Shaper($0) }
        state = Monitor(State(lower: End(party: lower, line: line), upper: End(party: upper, line: line)))
    }

    /// One end says its farewell, which reaches the other unless the wire is mute.
    func leave(fromLower isLower: Bool, own: LinkError, opposite: LinkError) {
        let isMuted = state.withLock { $0.isMuted }
        end(fromLower: isLower, own, opposite: isMuted ? nil : opposite)
    }

    /// Both ends lose each other.
    func lose(_ loss: LinkError.Loss) {
        let (lower, upper) = state.withLock { ($0.lower.party, $0.upper.party) }
        end(fromLower: true, .lost(upper, loss), opposite: .lost(lower, loss))
    }

    private func end(fromLower isLower: Bool, _ own: LinkError, opposite: LinkError?) {
        let (near, far) = state.withLock { state in
            state.withEnds(fromLower: isLower) { near, far in
                (near.ending.settle(own), opposite.flatMap { far.ending.settle($0) })
            }
        }
        for observer in near ?? [] { observer(own) }
        if let opposite { for observer in far ?? [] { observer(opposite) } }
    }

    /// From now on nothing passes, in either direction.
    func mute() { state.withLock { $0.isMuted = true } }

    func delay(fromLower isLower: Bool, seconds: Double) {
        state.withLock { $0.withEnds(fromLower: isLower) { near, _ in near.delay = seconds } }
    }

    func rewriteNext(fromLower isLower: Bool, _ rewrite: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        state.withLock { $0.withEnds(fromLower: isLower) { near, _ in near.rewrites.append(rewrite) } }
    }
}
