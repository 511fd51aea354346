/// How often what was said of rows was right, by what was said: numbers of rows, or sums of their weights.
public struct ConfusionCounts: Hashable, Sendable {
    /// Called positive, and positive.
    public var truePositives = 0.0
    /// Called positive, and negative.
    public var falsePositives = 0.0
    /// Called negative, and negative.
    public var trueNegatives = 0.0
    /// Called negative, and positive.
    public var falseNegatives = 0.0

    /// Share of those called positive that are; 0 where none is called so, as scikit-learn has it with `zero_division=0`.
    public var precision: Double { Self.share(truePositives, of: truePositives + falsePositives) }
    /// Share of the positives that are called so; 0 where there are none.
    public var recall: Double { Self.share(truePositives, of: truePositives + falseNegatives) }
    /// Share of the negatives that are called positive; 0 where there are none.
    public var fallout: Double { Self.share(falsePositives, of: falsePositives + trueNegatives) }
    /// Harmonic mean of precision and recall; 0 where no row is positive or called so.
    public var f1: Double { Self.share(2 * truePositives, of: 2 * truePositives + falsePositives + falseNegatives) }

    /// Calls rows positive whose score is above a threshold; exactly the threshold is negative, as for ``Metric/accuracy``.
    ///
    /// - Parameters:
    ///   - labels: 0 or 1.
    ///   - weights: What each row counts, 0 or more.
    /// - Throws: ``EvaluationError``.
    public init(
        _ scores: [Double], against labels: [Double], above threshold: Double, weights: [Double]? = nil
    ) throws(EvaluationError) {
        try requireRows(scores, labels, weights)
        try requireLabels(labels)
        self.init(checked: scores, labels, weights, above: threshold)
    }

    init(checked scores: [Double], _ labels: [Double], _ weights: [Double]?, above threshold: Double) {
        for row in scores.indices {
            let weight = weights?[row] ?? 1
            switch (scores[row] > threshold, labels[row] == 1) {
            case (true, true): truePositives += weight
            case (true, false): falsePositives += weight
            case (false, true): falseNegatives += weight
            case (false, false): trueNegatives += weight
            }
        }
    }

    /// Counts as they are.
    init(truePositives: Double, falsePositives: Double, trueNegatives: Double, falseNegatives: Double) {
        (self.truePositives, self.falsePositives) = (truePositives, falsePositives)
        (self.trueNegatives, self.falseNegatives) = (trueNegatives, falseNegatives)
    }

    private static func share(_ part: Double, of whole: Double) -> Double { whole > 0 ? part / whole : 0 }
}
