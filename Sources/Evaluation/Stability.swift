internal import Glibc

/// How far the scores of some rows are distributed otherwise than those of others: the population stability index, over bins
/// whose edges are the deciles of the reference.
///
/// A common reading: below 0.1 the same, above 0.25 another population. A score at an edge is in the lower bin. A share
/// below ``floor`` counts as that much, lest an empty bin make the index infinite; bins that ties leave empty on both sides
/// count nothing.
public struct Stability: Hashable, Sendable {
    /// The least share that a bin counts as: one row in ten thousand.
    public static let floor = 1e-4

    /// Rows of one bin on both sides.
    public struct Bin: Hashable, Sendable {
        public var reference: Int
        public var actual: Int
    }

    /// From the lowest scores up, without those that are empty on both sides.
    public let bins: [Bin]

    /// - Parameters:
    ///   - actual: Scores that are compared with the reference's.
    ///   - count: How many bins at most, at least 2.
    /// - Throws: ``EvaluationError``.
    public init(
        reference: [Double], actual: [Double], bins count: Int = 10
    ) throws(EvaluationError) {
        guard !reference.isEmpty, !actual.isEmpty else { throw .empty }
        for scores in [reference, actual] {
            if let row = scores.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: row) }
        }
        let quantiles = Quantiles(of: reference, bins: count)
        var counts = [Bin](repeating: Bin(reference: 0, actual: 0), count: count)
        for score in reference { counts[quantiles.bin(of: score)].reference += 1 }
        for score in actual { counts[quantiles.bin(of: score)].actual += 1 }
        bins = counts.filter { $0.reference + $0.actual > 0 }
    }

    /// The index: 0 where both are distributed alike.
    public var index: Double {
        let (expected, found) = bins.reduce((0, 0)) { ($0.0 + $1.reference, $0.1 + $1.actual) }
        return bins.reduce(0) { sum, bin in
            let expected = max(Double(bin.reference) / Double(expected), Self.floor)
            let found = max(Double(bin.actual) / Double(found), Self.floor)
            return sum + (found - expected) * log(found / expected)
        }
    }
}
