internal import Synchronization
internal import WideArea

/// The line from one party to another. All their connections share it.
final class Line: Sendable {
    private let shaper: Mutex<Shaper>
    /// While so many bytes of one connection are waiting or under way, no more are read: enough to keep the line busy.
    let limit: Int

    init(_ network: WideArea) {
        shaper = Mutex(Shaper(network))
        limit = network.bytesInFlight + 2 << 20
    }

    /// Takes bytes over.
    /// - Returns: When the last of them arrives.
    func send(_ count: Int) -> ContinuousClock.Instant { shaper.withLock { $0.send(count, at: .now) } }
}
