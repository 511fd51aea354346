/// Attention of new events over those that are kept, one layer at a time: what a tower's decoder asks of whoever keeps keys and values.
public protocol EventAttention {
    /// Attends from new events, which follow those that are committed, and keeps their keys and values.
    ///
    /// - Parameters:
    ///   - layer: counted from 0.
    ///   - rows: events x 3 x width: `[Q | K | V]`, heads beside each other in each.
    ///   - events: new events; each sees those before it, and itself.
    ///   - output: events x width, overwritten.
    ///   - exact: whether each sees all events in sight, rather than a share of them.
    func attend(
        layer: Int, _ rows: UnsafePointer<Float>, events: Int, into output: UnsafeMutablePointer<Float>, exact: Bool
    ) throws
}
