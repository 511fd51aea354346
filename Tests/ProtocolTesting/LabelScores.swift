internal import Evaluation

/// What an attacker makes of rows whose labels it should not learn: the higher the score, the likelier a 1.
public struct LabelScores {
    private var scores: [Double] = []
    private var labels: [Double] = []

    public init() {}

    public mutating func add(_ scores: some Sequence<Double>, labels: some Sequence<Double>) {
        self.scores += scores
        self.labels += labels
    }

    /// The area under the ROC curve; not folded.
    public var auc: Double { get throws { try Metric.auc.measure(scores, against: labels) } }

    /// How far from one half the area may lie where scores and labels have nothing to do with each other: 3.5 standard errors,
    /// or 0.02 where that is more.
    public var chance: Double {
        let positives = labels.reduce(0, +)
        let (rows, pairs) = (Double(labels.count), positives * (Double(labels.count) - positives))
        return max(0.02, 3.5 * ((rows + 1) / (12 * pairs)).squareRoot())
    }
}
