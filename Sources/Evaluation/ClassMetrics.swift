extension Metric {
    /// Measures the probabilities of several classes against the classes that were.
    ///
    /// `auc` depends on the order of each class's column only, so that any scores serve; `logloss` and `accuracy` need
    /// probabilities. The other metrics do not measure classes.
    ///
    /// - Parameters:
    ///   - classes: How many there are, at least 2.
    ///   - probabilities: Rows x classes, row after row. Those of a row sum to 1.
    ///   - labels: The class of each row, 0 to `classes` - 1.
    /// - Throws: ``EvaluationError``; of `auc` also where no row, or each, is of some class.
    public func measure(
        classes: Int, probabilities: [Double], against labels: [Int]
    ) throws(EvaluationError) -> Double {
        precondition(classes >= 2, "\(classes) classes")
        guard isMeasurable(of: .classes) else { throw .notMeasurable(self, of: .classes) }
        guard probabilities.count == labels.count * classes else {
            throw .countsDiffer(predictions: probabilities.count, targets: labels.count * classes)
        }
        guard !labels.isEmpty else { throw .empty }
        if let index = probabilities.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: index / classes) }
        if let row = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
            throw .notAClass(row: row, classes: classes)
        }
        if self == .auc { return try Self.meanArea(classes, probabilities, labels) }

        var sum = 0.0
        for (row, label) in labels.enumerated() {
            let row = row * classes..<(row + 1) * classes
            guard probabilities[row].allSatisfy({ (0...1).contains($0) }),
                abs(probabilities[row].reduce(-1, +)) <= Self.slack
            else { throw .notADistribution(row: row.lowerBound / classes) }
            let probability = probabilities[row.lowerBound + label]
            if self == .logloss {
                sum += Self.loss(ofProbability: probability)
            } else {
                // The first of the most probable ones counts as the answer.
                let isFirst = probabilities[row].prefix(label).allSatisfy { $0 < probability }
                sum += isFirst && probabilities[row].allSatisfy { $0 <= probability } ? 1 : 0
            }
        }
        return sum / Double(labels.count)
    }

    /// How far from 1 the sum of a row may be: a softmax in single precision is closer.
    private static let slack = 1e-4

    /// The mean over the classes of the area under the curve of one class against all others.
    private static func meanArea(
        _ classes: Int, _ scores: [Double], _ labels: [Int]
    ) throws(EvaluationError) -> Double {
        var sum = 0.0
        for label in 0..<classes {
            let own = labels.count { $0 == label }
            guard own > 0 && own < labels.count else { throw .oneSided(class: label) }
            let column = labels.indices.map { scores[$0 * classes + label] }
            sum += try ROC(column, labels.map { $0 == label ? 1 : 0 }).area
        }
        return sum / Double(classes)
    }
}
