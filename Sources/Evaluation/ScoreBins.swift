/// One partition of rows by their scores, for a reader who may see tables and no row: about deciles, none of few rows, no edge
/// at a row's own score.
///
/// All that such a reader is told of thresholds, gain, calibration and stability comes of these bins alone. Two tables over
/// different bins would differ by a row or two at their edges, and the difference would show these rows.
public struct ScoreBins: Hashable, Sendable {
    /// Fewest rows of a bin, on either side.
    public static let fewest = 10

    /// The rows between two edges.
    public struct Bin: Hashable, Sendable {
        /// Scores are above this, and not above the `above` of the bin before; of the lowest bin `nil`. Three decimals.
        public var above: Double?
        public var rows: Int
        public var positives: Int
        public var meanScore: Double
        /// Rows of the reference whose scores are between the same edges.
        public var reference: Int
        /// Rows of this bin and all before it, called positive, against the others, called negative.
        public var counts = ConfusionCounts(
            truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0)
        /// How many times as often a row is positive here as among all.
        public var lift = 0.0
    }

    /// From the highest scores down; none where all rows are fewer than ``fewest``.
    public let bins: [Bin]

    /// - Parameters:
    ///   - labels: 0 or 1, both there.
    ///   - reference: Other scores, such as those of the training rows.
    /// - Throws: ``EvaluationError``.
    public init(
        _ scores: [Double], against labels: [Double], reference: [Double]
    ) throws(EvaluationError) {
        try requireRows(scores, labels, nil)
        try requireLabels(labels)
        if let row = reference.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: row) }
        let positives = labels.count { $0 == 1 }
        guard (1..<labels.count).contains(positives) else { throw .oneClass }

        // Rounded, so that an edge is no row's score; what is above it is decided by the rounded one.
        let edges = Set(Quantiles(of: scores, bins: 10).edges.map { ($0 * 1000).rounded() / 1000 }).sorted(by: >)
        func bin(_ score: Double) -> Int { edges.firstIndex { score > $0 } ?? edges.count }
        var bins = (0...edges.count).map { index in
            Bin(above: index < edges.count ? edges[index] : nil, rows: 0, positives: 0, meanScore: 0, reference: 0)
        }
        for (score, label) in zip(scores, labels) {
            let index = bin(score)
            bins[index].rows += 1
            bins[index].positives += label == 1 ? 1 : 0
            // A sum until all are there.
            bins[index].meanScore += score
        }
        for score in reference { bins[bin(score)].reference += 1 }
        let joined = Self.joined(bins)
        let rate = Double(positives) / Double(labels.count)
        var counts = ConfusionCounts(
            truePositives: 0, falsePositives: 0, trueNegatives: Double(labels.count - positives),
            falseNegatives: Double(positives))
        self.bins = joined.map { bin in
            counts.truePositives += Double(bin.positives)
            counts.falseNegatives -= Double(bin.positives)
            counts.falsePositives += Double(bin.rows - bin.positives)
            counts.trueNegatives -= Double(bin.rows - bin.positives)
            var bin = bin
            bin.meanScore /= Double(bin.rows)
            bin.counts = counts
            bin.lift = Double(bin.positives) / Double(bin.rows) / rate
            return bin
        }
    }

    /// Small bins joined with the next one down, what then is left at the low end with the one before.
    private static func joined(_ bins: [Bin]) -> [Bin] {
        func isSmall(_ bin: Bin) -> Bool { min(bin.rows, bin.reference) < fewest }
        var joined: [Bin] = []
        for bin in bins {
            if let last = joined.last, isSmall(last) {
                joined[joined.count - 1] = last.joined(bin)
            } else {
                joined.append(bin)
            }
        }
        if joined.count > 1, let last = joined.last, isSmall(last) {
            joined.removeLast()
            joined[joined.count - 1] = joined[joined.count - 1].joined(last)
        }
        return joined.allSatisfy(isSmall) ? [] : joined
    }
}

extension ScoreBins.Bin {
    /// With the one below it; mean scores are still sums.
    fileprivate func joined(_ lower: Self) -> Self {
        Self(
            above: lower.above, rows: rows + lower.rows, positives: positives + lower.positives,
            meanScore: meanScore + lower.meanScore, reference: reference + lower.reference)
    }
}
