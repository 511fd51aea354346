/// What becomes of predictions of two classes when rows above a threshold are called positive, threshold by threshold.
public struct ThresholdTable: Hashable, Sendable {
    /// 0.05, 0.10, ... 0.95.
    public static let standard = (1...19).map { Double($0) / 20 }

    /// A threshold and what it makes of the rows.
    public struct Entry: Hashable, Sendable {
        /// Rows that score above it are called positive.
        public let threshold: Double
        public let counts: ConfusionCounts
    }

    /// In the order of the thresholds that were asked for.
    public let entries: [Entry]
    /// The threshold of the highest F1 of all; of several the highest.
    public let bestF1: Entry
    /// The threshold at which true and false positive rate are farthest apart, the true one above; of several the highest.
    public let bestKS: Entry

    /// - Parameters:
    ///   - labels: 0 or 1, both there.
    ///   - weights: What each row counts, 0 or more.
    /// - Throws: ``EvaluationError``.
    public init(
        _ scores: [Double], against labels: [Double], thresholds: [Double] = standard, weights: [Double]? = nil
    ) throws(EvaluationError) {
        try requireRows(scores, labels, weights)
        try requireLabels(labels)
        let sorted = try ScoreLevels(scores, labels, weights)
        let cuts = Self.cuts(sorted)
        entries = thresholds.map { threshold in
            // Between two scores, a threshold is worth as much as the lower of them.
            let cut = cuts.first { $0.threshold <= threshold } ?? cuts[cuts.count - 1]
            return Entry(threshold: threshold, counts: cut.counts)
        }
        func best(_ value: (ConfusionCounts) -> Double) -> Entry {
            // The first of the best, which is the highest threshold.
            cuts.dropFirst().reduce(cuts[0]) { value($1.counts) > value($0.counts) ? $1 : $0 }
        }
        bestF1 = best(\.f1)
        bestKS = best { $0.recall - $0.fallout }
    }

    /// Every way to cut the rows in two: at each score, from the highest, above which there is nothing, to just below the
    /// lowest, above which there is everything.
    private static func cuts(_ sorted: ScoreLevels) -> [Entry] {
        var counts = ConfusionCounts(
            truePositives: 0, falsePositives: 0, trueNegatives: sorted.negatives, falseNegatives: sorted.positives)
        var cuts: [Entry] = []
        for level in sorted.levels {
            cuts.append(Entry(threshold: level.score, counts: counts))
            counts.truePositives += level.positives
            counts.falsePositives += level.negatives
            counts.trueNegatives -= level.negatives
            counts.falseNegatives -= level.positives
        }
        let lowest = sorted.levels[sorted.levels.count - 1].score
        return cuts + [Entry(threshold: lowest.nextDown, counts: counts)]
    }
}
