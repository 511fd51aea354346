/// How often rows of one class were taken for another: the answer is the most probable class, the first one where several are.
public struct ConfusionMatrix: Hashable, Sendable {
    /// How many classes.
    public let classes: Int
    /// Rows, or their weights: of the class that was, row after row, by the class that was answered.
    public let counts: [Double]

    /// - Parameters:
    ///   - classes: How many there are, at least 2.
    ///   - probabilities: Rows x classes, row after row.
    ///   - labels: The class of each row, 0 to `classes` - 1.
    ///   - weights: What each row counts, 0 or more.
    /// - Throws: ``EvaluationError``.
    public init(
        classes: Int, probabilities: [Double], against labels: [Int], weights: [Double]? = nil
    ) throws(EvaluationError) {
        try requireDistributions(classes: classes, probabilities, labels, weights)
        self.init(checked: classes, probabilities, labels, weights)
    }

    init(checked classes: Int, _ probabilities: [Double], _ labels: [Int], _ weights: [Double]?) {
        var counts = [Double](repeating: 0, count: classes * classes)
        for (row, label) in labels.enumerated() {
            let answer = Self.answer(probabilities[row * classes..<(row + 1) * classes])
            counts[label * classes + answer] += weights?[row] ?? 1
        }
        self.classes = classes
        self.counts = counts
    }

    /// The class that probabilities speak for.
    static func answer(_ probabilities: ArraySlice<Double>) -> Int {
        let highest = probabilities.max() ?? 0
        return (probabilities.firstIndex(of: highest) ?? probabilities.startIndex) - probabilities.startIndex
    }

    /// Rows of class `label` for which `answer` was the answer.
    public subscript(label: Int, answer: Int) -> Double { counts[label * classes + answer] }

    /// One class against all others.
    public func counts(of label: Int) -> ConfusionCounts {
        let all = counts.reduce(0, +)
        let row = (0..<classes).reduce(0) { $0 + self[label, $1] }
        let column = (0..<classes).reduce(0) { $0 + self[$1, label] }
        let hits = self[label, label]
        return ConfusionCounts(
            truePositives: hits, falsePositives: column - hits, trueNegatives: all - row - column + hits,
            falseNegatives: row - hits)
    }

    /// The mean over the classes of what `value` is of each; one without rows counts too.
    public func macro(_ value: (ConfusionCounts) -> Double) -> Double {
        (0..<classes).reduce(0) { $0 + value(counts(of: $1)) } / Double(classes)
    }

    /// F1 of the counts of all classes together. Every row has one class and one answer: it is the accuracy.
    public var microF1: Double {
        (0..<classes).reduce(0) { $0 + self[$1, $1] } / counts.reduce(0, +)
    }
}
