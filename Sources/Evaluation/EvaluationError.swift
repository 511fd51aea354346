/// Why predictions cannot be measured. Cases hold counts and places, never a prediction or a label.
public enum EvaluationError: Error, Equatable {
    case empty
    case countsDiffer(predictions: Int, targets: Int)
    case notFinite(row: Int)
    /// A metric of two classes met a label that is neither 0 nor 1.
    case notBinary(row: Int)
    case notAProbability(row: Int)
    case oneClass
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty:
            "there are no predictions to measure"
        case .countsDiffer(let predictions, let targets):
            "\(predictions) predictions cannot be measured against \(targets) targets"
        case .notFinite(let row):
            "row \(row): the prediction or its target is not a finite number"
        case .notBinary(let row):
            "row \(row): this metric needs labels 0 and 1"
        case .notAProbability(let row):
            "row \(row): this metric needs predictions between 0 and 1"
        case .oneClass:
            "all labels of the test rows are the same: this metric needs both classes; test on more rows"
        }
    }
}
