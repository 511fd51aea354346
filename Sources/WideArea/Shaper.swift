/// One direction of a line: says when what is handed over arrives. A pure computation; whoever carries the bytes waits so long.
///
/// Bytes leave one after the other, as fast as the bandwidth allows, and each is under way for half the round trip. What is handed over
/// while the line is busy waits for its turn; nothing is lost, and nothing overtakes.
public struct Shaper: Sendable {
    private let network: WideArea
    /// When all that was handed over has left; nil before the first.
    private var free: ContinuousClock.Instant?

    /// A line that is free.
    public init(_ network: WideArea) { self.network = network }

    /// Takes bytes over.
    /// - Parameters:
    ///   - count: How many bytes; 0 for what takes no room, and still its turn.
    ///   - time: Now; never before an earlier call's.
    /// - Returns: When the last of them arrives.
    public mutating func send(_ count: Int, at time: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let left = max(time, free ?? time) + .seconds(8 * count) / network.bitsPerSecond
        free = left
        return left + network.roundTrip / 2
    }
}
