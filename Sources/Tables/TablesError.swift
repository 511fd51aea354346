public import Compression

/// What can be wrong with a table. Cases hold names of files and columns, line numbers and counts, never a cell.
///
/// Lines count from 1, the header included; a record that spans lines is named by its first.
public enum TablesError: Error, Equatable {
    case cannotRead(file: String, reason: String)
    case compressed(file: String, CompressionError)
    case empty(file: String)
    case noRows(file: String)
    /// `field` counts from 1.
    case notUTF8(file: String, line: Int, field: Int)
    /// `line` is where the quote opens.
    case unterminatedQuote(file: String, line: Int, field: Int)
    case strayQuote(file: String, line: Int, field: Int)
    case recordTooLong(file: String, line: Int, limit: Int)
    case raggedRow(file: String, line: Int, expected: Int, found: Int)
    case unnamedColumn(file: String, field: Int)
    case duplicateColumn(file: String, column: String)
    case missingColumn(file: String, column: String, available: [String])
    case notANumber(file: String, line: Int, column: String)
    case notFinite(file: String, line: Int, column: String)
    case notNumeric(file: String, column: String)
    case typeChanged(file: String, column: String, expected: ColumnType)
    case missingLabel(file: String, line: Int, column: String)
    case notBinary(file: String, line: Int, column: String)
    case oneClass(file: String, column: String)
    case unknownClass(file: String, line: Int, column: String)
    case negativeCount(file: String, line: Int, column: String)
    case tooManyCategories(file: String, column: String, count: Int, limit: Int)
    case nothingToLearnFrom(file: String)
}

extension TablesError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotRead(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .compressed(let file, let error):
            "\(file): \(error)"
        case .empty(let file):
            "\(file): the file is empty; its first line must name the columns"
        case .noRows(let file):
            "\(file): there are no rows below the header"
        case .notUTF8(let file, let line, let field):
            "\(file), line \(line), field \(field): not UTF-8; save the file in that encoding"
        case .unterminatedQuote(let file, let line, let field):
            "\(file), line \(line), field \(field): a quote opens here and never closes"
        case .strayQuote(let file, let line, let field):
            "\(file), line \(line), field \(field): a quote inside a field; enclose the whole field in quotes and "
                + "double the quotes within"
        case .recordTooLong(let file, let line, let limit):
            "\(file), line \(line): a record of more than \(limit) bytes begins here; a closing quote may be missing"
        case .raggedRow(let file, let line, let expected, let found):
            "\(file), line \(line): \(found) fields where the header has \(expected)"
        case .unnamedColumn(let file, let field):
            "\(file), line 1, field \(field): the header must name every column"
        case .duplicateColumn(let file, let column):
            "\(file), line 1, column '\(column)': the header names this column twice; rename one"
        case .missingColumn(let file, let column, let available):
            "\(file), line 1: no column '\(column)'; the file has \(available.joined(separator: ", "))"
        case .notANumber(let file, let line, let column):
            "\(file), line \(line), column '\(column)': text where a number is expected; correct the cell, leave it "
                + "empty if the value is missing, or declare the column a category"
        case .notFinite(let file, let line, let column):
            "\(file), line \(line), column '\(column)': not a finite number; leave the cell empty if the value is "
                + "missing"
        case .notNumeric(let file, let column):
            "\(file), column '\(column)': holds text, or is declared a category, where numbers are needed"
        case .typeChanged(let file, let column, let expected):
            "\(file), column '\(column)': was a \(expected.rawValue) when the model was trained; declare it so"
        case .missingLabel(let file, let line, let column):
            "\(file), line \(line), column '\(column)': the label is missing; leave the row out or fill it in"
        case .notBinary(let file, let line, let column):
            "\(file), line \(line), column '\(column)': the label must be 0 or 1"
        case .oneClass(let file, let column):
            "\(file), column '\(column)': all labels are the same; there is nothing to tell apart"
        case .unknownClass(let file, let line, let column):
            "\(file), line \(line), column '\(column)': a class that the model does not know"
        case .negativeCount(let file, let line, let column):
            "\(file), line \(line), column '\(column)': a count below 0"
        case .tooManyCategories(let file, let column, let count, let limit):
            "\(file), column '\(column)': \(count) different texts where at most \(limit) are encoded; leave the "
                + "column out or group its values"
        case .nothingToLearnFrom(let file):
            "\(file): no column varies over the rows of the training set"
        }
    }
}
