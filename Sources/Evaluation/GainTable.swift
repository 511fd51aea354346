/// How the positives gather among the rows that score highest: lift and cumulative gain by bins of equal size, deciles
/// unless it is said otherwise.
///
/// Rows of equal score stay together, so that neither the order of rows nor chance decides: a bin ends with the last row of
/// the score within which a tenth of the rows, two tenths, and so on are complete. Where many rows tie there are fewer bins.
public struct GainTable: Hashable, Sendable {
    /// Rows that follow each other from the highest score down.
    public struct Bin: Hashable, Sendable {
        /// How many rows, or their weights.
        public var rows: Double
        /// How many of them are positive.
        public var positives: Double
        /// Their mean score.
        public var meanScore: Double
    }

    /// From the highest scores down.
    public let bins: [Bin]

    /// - Parameters:
    ///   - labels: 0 or 1, both there.
    ///   - count: How many bins at most, at least 1.
    ///   - weights: What each row counts, 0 or more.
    /// - Throws: ``EvaluationError``.
    public init(
        _ scores: [Double], against labels: [Double], bins count: Int = 10,
        weights: [Double]? = nil
    ) throws(EvaluationError) {
        precondition(count >= 1, "\(count) bins")
        try requireRows(scores, labels, weights)
        try requireLabels(labels)
        let sorted = try ScoreLevels(scores, labels, weights)
        let all = sorted.positives + sorted.negatives
        var bins: [Bin] = []
        var current = Bin(rows: 0, positives: 0, meanScore: 0)
        var (before, next) = (0.0, 1.0)
        for level in sorted.levels {
            let rows = level.positives + level.negatives
            current.rows += rows
            current.positives += level.positives
            current.meanScore += (level.score - current.meanScore) * rows / current.rows
            before += rows
            guard before * Double(count) >= all * next else { continue }
            while before * Double(count) >= all * next { next += 1 }
            bins.append(current)
            current = Bin(rows: 0, positives: 0, meanScore: 0)
        }
        if current.rows > 0 { bins.append(current) }
        self.bins = bins
    }

    /// All rows, and all positives.
    private var totals: (rows: Double, positives: Double) {
        bins.reduce((0, 0)) { ($0.0 + $1.rows, $0.1 + $1.positives) }
    }

    /// Share of all positives that are in the bins from the first to each.
    public var gains: [Double] {
        let all = totals.positives
        return sums(\.positives).map { $0 / all }
    }

    /// Share of all rows that are in the bins from the first to each.
    public var depths: [Double] {
        let all = totals.rows
        return sums(\.rows).map { $0 / all }
    }

    /// How many times as often a row is positive in each bin as among all.
    public var lifts: [Double] {
        let all = totals
        return bins.map { $0.positives / $0.rows / (all.positives / all.rows) }
    }

    private func sums(_ value: (Bin) -> Double) -> [Double] {
        var sum = 0.0
        return bins.map { bin in
            sum += value(bin)
            return sum
        }
    }
}
