/// Which keys a query attends to where not all of them are: PQCache's split (Zhang et al., SIGMOD 2025). Those of a
/// history's beginning, the last ones, and of those between them the ones with the largest scores.
package struct AttentionBudget: Hashable, Sendable {
    /// Keys at the beginning, unless told otherwise.
    package static let sink = 32
    /// Keys at the beginning, always attended to.
    package let sink: Int
    /// Keys at the end, always attended to.
    package let recent: Int
    /// Keys of those between.
    package let retrieved: Int

    /// Half of a share of the keys after the first ones is recent, half is retrieved.
    ///
    /// - Parameters:
    ///   - share: of `count - sink` keys, in 0 ... 1.
    ///   - count: keys.
    ///   - sink: keys at the beginning.
    package init(share: Double, of count: Int, sink: Int = AttentionBudget.sink) {
        precondition((0...1).contains(share), "a share in 0 ... 1")
        self.sink = min(sink, count)
        recent = Int(Double(count - self.sink) * share / 2)
        retrieved = recent
    }

    /// The keys that scores choose from.
    package func candidates(of count: Int) -> Range<Int> { sink..<max(sink, count - recent) }
}
