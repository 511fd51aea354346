extension Metric {
    /// Measures the probabilities of several classes against the classes that were.
    ///
    /// `auc` depends on the order of each class's column only, so that any scores serve; the others need probabilities.
    /// `precision`, `recall` and `f1` are means over the classes. The other metrics do not measure classes.
    ///
    /// - Parameters:
    ///   - classes: How many there are, at least 2.
    ///   - probabilities: Rows x classes, row after row. Those of a row sum to 1.
    ///   - labels: The class of each row, 0 to `classes` - 1.
    ///   - weights: What each row counts, 0 or more; each counts 1 where there are none.
    /// - Throws: ``EvaluationError``; of `auc` also where no row, or each, is of some class.
    public func measure(
        classes: Int, probabilities: [Double], against labels: [Int], weights: [Double]? = nil
    ) throws(EvaluationError) -> Double {
        guard isMeasurable(of: .classes) else { throw .notMeasurable(self, of: .classes) }
        guard self != .auc else {
            try requireClasses(classes: classes, probabilities, labels, weights)
            return try Self.meanArea(classes, probabilities, labels, weights)
        }
        try requireDistributions(classes: classes, probabilities, labels, weights)
        func matrix() -> ConfusionMatrix { ConfusionMatrix(checked: classes, probabilities, labels, weights) }
        switch self {
        case .precision: return matrix().macro(\.precision)
        case .recall: return matrix().macro(\.recall)
        case .f1: return matrix().macro(\.f1)
        default: return mean(of: terms(classes: classes, probabilities, labels), weights)
        }
    }

    /// What each row contributes to `logloss` or `accuracy`.
    func terms(classes: Int, _ probabilities: [Double], _ labels: [Int]) -> [Double] {
        labels.enumerated().map { row, label in
            let own = probabilities[row * classes..<(row + 1) * classes]
            return self == .logloss
                ? Self.loss(ofProbability: own[own.startIndex + label])
                : ConfusionMatrix.answer(own) == label ? 1 : 0
        }
    }

    /// The mean over the classes of the area under the curve of one class against all others.
    private static func meanArea(
        _ classes: Int, _ scores: [Double], _ labels: [Int], _ weights: [Double]?
    ) throws(EvaluationError) -> Double {
        var sum = 0.0
        for label in 0..<classes {
            let column = labels.indices.map { scores[$0 * classes + label] }
            do {
                sum += try ROC(column, labels.map { $0 == label ? 1 : 0 }, weights).area
            } catch {
                throw error == .oneClass ? .oneSided(class: label) : error
            }
        }
        return sum / Double(classes)
    }
}

/// Finite scores for each row and class, labels that are classes.
func requireClasses(
    classes: Int, _ scores: [Double], _ labels: [Int], _ weights: [Double]?
) throws(EvaluationError) {
    precondition(classes >= 2, "\(classes) classes")
    guard scores.count == labels.count * classes else {
        throw .countsDiffer(predictions: scores.count, targets: labels.count * classes)
    }
    guard !labels.isEmpty else { throw .empty }
    if let index = scores.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: index / classes) }
    if let row = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
        throw .notAClass(row: row, classes: classes)
    }
    try requireWeights(weights, rows: labels.count)
}

/// The same, and those of each row sum to 1.
func requireDistributions(
    classes: Int, _ probabilities: [Double], _ labels: [Int], _ weights: [Double]?
) throws(EvaluationError) {
    try requireClasses(classes: classes, probabilities, labels, weights)
    // How far from 1 the sum of a row may be: a softmax in single precision is closer.
    let slack = 1e-4
    for row in labels.indices {
        let own = probabilities[row * classes..<(row + 1) * classes]
        guard own.allSatisfy({ (0...1).contains($0) }), abs(own.reduce(-1, +)) <= slack else {
            throw .notADistribution(row: row)
        }
    }
}
