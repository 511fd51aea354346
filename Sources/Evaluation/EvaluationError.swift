/// Why predictions cannot be measured. Cases hold counts and places, never a prediction or a label.
public enum EvaluationError: Error, Equatable {
    case empty
    case countsDiffer(predictions: Int, targets: Int)
    case weightsDiffer(weights: Int, targets: Int)
    /// A weight is no number, or below 0.
    case notAWeight(row: Int)
    /// All weights are 0.
    case noWeight
    case notFinite(row: Int)
    /// The metric is for predictions of another kind.
    case notMeasurable(Metric, of: Metric.Subject)
    /// A metric of two classes met a label that is neither 0 nor 1.
    case notBinary(row: Int)
    case notAProbability(row: Int)
    /// The probabilities of a row's classes are not all between 0 and 1, or do not sum to 1.
    case notADistribution(row: Int)
    /// A label is not one of the classes.
    case notAClass(row: Int, classes: Int)
    /// A predicted rate is not above 0.
    case notARate(row: Int)
    /// A count to be predicted is below 0.
    case notACount(row: Int)
    case oneClass
    /// Of several classes, one has either no row or all of them.
    case oneSided(class: Int)
    case constantTargets
    /// The number can be had of these rows, its confidence interval cannot.
    case noInterval(Metric)
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty:
            return "there are no predictions to measure"
        case .countsDiffer(let predictions, let targets):
            return "\(predictions) predictions cannot be measured against \(targets) targets"
        case .weightsDiffer(let weights, let targets):
            return "\(weights) weights do not belong to \(targets) targets"
        case .notAWeight(let row):
            return "row \(row): a weight of 0 or more is expected"
        case .noWeight:
            return "all weights are 0: nothing is left to measure"
        case .notFinite(let row):
            return "row \(row): the prediction or its target is not a finite number"
        case .notMeasurable(let metric, let subject):
            let possible = Metric.measurable(of: subject).map(\.rawValue).joined(separator: ", ")
            return "\(metric.rawValue) does not measure predictions of \(subject); possible are \(possible)"
        case .notBinary(let row):
            return "row \(row): this metric needs labels 0 and 1"
        case .notAProbability(let row):
            return "row \(row): this metric needs predictions between 0 and 1"
        case .notADistribution(let row):
            return "row \(row): this metric needs probabilities between 0 and 1 that sum to 1"
        case .notAClass(let row, let classes):
            return "row \(row): the label is none of the classes 0 to \(classes - 1)"
        case .notARate(let row):
            return "row \(row): this metric needs predictions above 0"
        case .notACount(let row):
            return "row \(row): this metric needs targets of 0 or more"
        case .oneClass:
            return "all labels of the test rows are the same: this metric needs both classes; test on more rows"
        case .oneSided(let label):
            return "no test row or each is of class \(label): this metric needs some and others; test on more rows"
        case .constantTargets:
            return "all targets of the test rows are the same: this metric needs some variance; test on more rows"
        case .noInterval(let metric):
            return "the test rows are too few for a confidence interval of \(metric.rawValue); test on more rows"
        }
    }
}
