public import Tables

/// Why a column cannot be prepared as a plan wants it. Cases hold names and what the plan says, never a cell.
public enum PreparationError: Error, Equatable {
    /// A list for numbers at a column of texts, or the other way round.
    case wrongType(file: String, column: String, step: String, found: ColumnType)
    /// A constant that fills gaps between numbers and is none.
    case notANumber(file: String, column: String, constant: String)
    /// Bins by labels where there are none.
    case noLabels(file: String, column: String)
    /// Weights of evidence that nobody has counted.
    case noWeights(file: String, column: String)
}

extension PreparationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongType(let file, let column, let step, .number):
            "\(file), column '\(column)': is read as numbers, and the job's '\(step)' is for categories; change the list, "
                + "or declare the column a category under data.types"
        case .wrongType(let file, let column, let step, .category):
            "\(file), column '\(column)': is read as categories, and the job's '\(step)' is for numbers; change the list, "
                + "or declare the column a number under data.types"
        case .notANumber(let file, let column, let constant):
            "\(file), column '\(column)': a finite number is expected where the job says fill: {constant: \(constant)}"
        case .noLabels(let file, let column):
            "\(file), column '\(column)': chi-merge needs labels in classes, which are not there"
        case .noWeights(let file, let column):
            "\(file), column '\(column)': its weights of evidence have not been counted"
        }
    }
}
