public import RowSources
public import Scratch

/// What can be wrong with a table. Cases hold names of files and columns, places and counts, never a cell. `file` is any source.
public enum TablesError: Error, Equatable {
    /// The rows cannot be read.
    case source(RowSourceError)
    case noRows(file: String)
    /// Its rows do not fit into memory, and cannot be put on the disk or read from there.
    case scratch(file: String, ScratchError)
    /// More bytes of text than are taken into memory at once.
    case columnTooLarge(file: String, column: String, bytes: Int)
    case missingColumn(file: String, column: String, available: [String])
    case notANumber(file: String, at: RowPlace, column: String)
    case notFinite(file: String, at: RowPlace, column: String)
    case notNumeric(file: String, column: String)
    case typeChanged(file: String, column: String, expected: ColumnType)
    case missingLabel(file: String, at: RowPlace, column: String)
    case notBinary(file: String, at: RowPlace, column: String)
    case oneClass(file: String, column: String)
    case unknownClass(file: String, at: RowPlace, column: String)
    case negativeCount(file: String, at: RowPlace, column: String)
    case tooManyCategories(file: String, column: String, count: Int, limit: Int)
    case nothingToLearnFrom(file: String)
}

extension TablesError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .source(let error):
            error.description
        case .noRows(let file):
            "\(file): there are no rows"
        case .scratch(let file, let error):
            "\(file): \(error)"
        case .columnTooLarge(let file, let column, let bytes):
            "\(file), column '\(column)': \(bytes) bytes of text where at most 4 GiB are worked on; leave the column out"
        case .missingColumn(let file, let column, let available):
            "\(file): no column '\(column)'; there are \(available.joined(separator: ", "))"
        case .notANumber(let file, let place, let column):
            "\(file), \(place), column '\(column)': text where a number is expected; correct the cell, leave it "
                + "empty if the value is missing, or declare the column a category"
        case .notFinite(let file, let place, let column):
            "\(file), \(place), column '\(column)': not a finite number; leave the cell empty if the value is "
                + "missing"
        case .notNumeric(let file, let column):
            "\(file), column '\(column)': holds text, or is declared a category, where numbers are needed"
        case .typeChanged(let file, let column, let expected):
            "\(file), column '\(column)': was a \(expected.rawValue) when the model was trained; declare it so"
        case .missingLabel(let file, let place, let column):
            "\(file), \(place), column '\(column)': the label is missing; leave the row out or fill it in"
        case .notBinary(let file, let place, let column):
            "\(file), \(place), column '\(column)': the label must be 0 or 1"
        case .oneClass(let file, let column):
            "\(file), column '\(column)': all labels are the same; there is nothing to tell apart"
        case .unknownClass(let file, let place, let column):
            "\(file), \(place), column '\(column)': a class that the model does not know"
        case .negativeCount(let file, let place, let column):
            "\(file), \(place), column '\(column)': a count below 0"
        case .tooManyCategories(let file, let column, let count, let limit):
            "\(file), column '\(column)': \(count) different texts where at most \(limit) are encoded; leave the "
                + "column out or group its values"
        case .nothingToLearnFrom(let file):
            "\(file): no column varies over the rows of the training set"
        }
    }
}
