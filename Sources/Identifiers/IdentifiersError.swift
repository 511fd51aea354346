internal import Glibc

/// Two rows with one id.
public struct RepeatedRows: Hashable, Sendable {
    /// The lowest row with the id.
    public let first: Int
    /// Another one.
    public let again: Int

    public init(first: Int, again: Int) {
        self.first = first
        self.again = again
    }
}

/// What makes a cell no part of a key.
public enum CellProblem: Error, Hashable, Sendable {
    /// Not UTF-8 in the strict sense.
    case notUTF8
    /// Longer than `limit` bytes.
    case tooLong(limit: Int)
    /// Characters of so recent a version of Unicode that they cannot be composed here.
    case unknownComposition
    /// Not a sign or none, and digits.
    case notAnInteger
    /// A whole number outside 64 bits.
    case integerOutOfRange
    /// Not a day of the calendar as `yyyy-mm-dd`.
    case notADate
}

/// Why rows give no ids, or ids cannot be kept.
///
/// Cases hold numbers of rows, names of columns and files, counts and errno codes, never a cell or a hash. Rows are numbered as the
/// caller does.
public enum IdentifiersError: Error, Hashable, Sendable {
    /// A cell that is none of its column's type.
    case cell(row: Int, column: String, problem: CellProblem)
    /// `count` rows repeat the id of an earlier one; `rows` are the first few.
    case repeated(count: Int, rows: [RepeatedRows])
    /// Sorting takes more memory than this.
    case budgetTooSmall(bytes: Int, minimum: Int)
    /// More ids than can be sorted within the budget.
    case tooManyForBudget(bytes: Int, limit: Int)
    /// The operating system refused to make, write or keep a file; `code` is its errno.
    case cannotWrite(path: String, code: Int32)
    /// The operating system refused to open or read a file.
    case cannotRead(path: String, code: Int32)
    /// A file is not what this library writes, or not all of it: make it again.
    case damaged(path: String, problem: String)
    /// A file of ids of another key declaration, Unicode version or seed: make it again.
    case otherIdentifiers(path: String)
}

extension CellProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notUTF8: "not UTF-8; save the file in that encoding"
        case .tooLong(let limit): "longer than the \(limit) bytes that a cell of a key can have"
        case .unknownComposition:
            "has characters that Unicode \(KeyDeclaration.unicodeVersion) composes and this program's library does not; "
                + "save the file in the composed form (NFC)"
        case .notAnInteger: "not a whole number; correct the cell, or declare the column a text at all parties"
        case .integerOutOfRange: "a whole number outside 64 bits; declare the column a text at all parties"
        case .notADate: "not a day of the calendar as yyyy-mm-dd; correct the cell, or declare the column a text"
        }
    }
}

extension IdentifiersError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cell(let row, let column, let problem):
            "row \(row), column '\(column)' of the key: \(problem)"
        case .repeated(let count, let rows):
            "\(count) rows repeat the key of an earlier row (\(Self.list(rows, of: count))); keep one row for each key, or "
                + "declare that the first one counts"
        case .budgetTooSmall(let bytes, let minimum):
            "\(bytes) bytes of memory are too few to sort ids; give \(minimum) or more"
        case .tooManyForBudget(let bytes, let limit):
            "\(bytes) bytes of memory sort \(limit) ids at most, and there are more; give more memory"
        case .cannotWrite(let path, let code):
            "\(path): cannot be written: \(String(cString: strerror(code)))"
        case .cannotRead(let path, let code):
            "\(path): cannot be read: \(String(cString: strerror(code)))"
        case .damaged(let path, let problem):
            "\(path): \(problem); the ids are to be collected again"
        case .otherIdentifiers(let path):
            "\(path): holds ids of another key declaration, Unicode version or seed; they are to be collected again"
        }
    }

    private static func list(_ rows: [RepeatedRows], of count: Int) -> String {
        let pairs = rows.map { "rows \($0.first) and \($0.again)" }.joined(separator: ", ")
        return rows.count < count ? pairs + ", ..." : pairs
    }
}
