/// Why no trees can be grown. Cases hold counts and places, never a value or a target.
public enum BoostingError: Error, Equatable {
    /// There is no row or no column.
    case empty
    case countsDiffer(column: Int, values: Int, targets: Int)
    /// A value is infinite.
    case notFinite(column: Int, row: Int)
    /// A target is not what the objective predicts.
    case badTarget(row: Int)
    /// A parameter, by its name, is outside of its range.
    case outOfRange(parameter: String)
    case cancelled
}

extension BoostingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "there are no rows or no columns to learn from"
        case .countsDiffer(let column, let values, let targets):
            "column \(column) has \(values) values for \(targets) targets"
        case .notFinite(let column, let row): "column \(column), row \(row): the value is infinite"
        case .badTarget(let row): "row \(row): the target is not of the kind that is to be predicted"
        case .outOfRange(let parameter): "\(parameter) is outside of its range"
        case .cancelled: "cancelled"
        }
    }
}
