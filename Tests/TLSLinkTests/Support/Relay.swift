import Dispatch
import Link
import Loopback

/// A wire between a caller and a listening endpoint that a test can freeze or cut.
final class Relay: Sendable {
    private struct State {
        var isFrozen = false
        /// How many more bytes pass from the caller before the wire breaks.
        var budget = Int.max
        var sockets: [Socket] = []
    }

    let port: Int
    private let state = Monitor(State())

    /// Carries one connection to `target`.
    init(to target: Int) throws {
        let listener = try Socket(listeningAt: 0)
        port = try listener.port
        DispatchQueue(label: "relay").async { [state] in
            guard let caller = try? listener.accept(), let called = try? Socket(connectingTo: target) else { return }
            state.withLock { $0.sockets = [caller, called] }
            DispatchQueue(label: "relay back").async { Self.carry(from: called, to: caller, state, isCounted: false) }
            Self.carry(from: caller, to: called, state, isCounted: true)
        }
    }

    /// Lets nothing through any more; nobody sees an end.
    func freeze() { state.withLock { $0.isFrozen = true } }

    /// Breaks the wire once so many more bytes have passed from the caller.
    func cut(after bytes: Int) { state.withLock { $0.budget = bytes } }

    /// Breaks the wire.
    func cut() { for socket in state.withLock({ $0.sockets }) { socket.end() } }

    private static func carry(from source: Socket, to sink: Socket, _ state: Monitor<State>, isCounted: Bool) {
        defer {
            source.end()
            if !state.withLock({ $0.isFrozen }) { sink.end() }
        }
        while let bytes = try? source.receive(), !bytes.isEmpty {
            let (isFrozen, allowed) = state.withLock { state in
                let allowed = isCounted ? min(bytes.count, state.budget) : bytes.count
                if isCounted, state.budget != Int.max { state.budget -= allowed }
                return (state.isFrozen, allowed)
            }
            if isFrozen { continue }
            guard (try? sink.send(Array(bytes[..<allowed]))) != nil, allowed == bytes.count else { return }
        }
    }
}
