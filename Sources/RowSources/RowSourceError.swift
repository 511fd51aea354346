public import Compression

/// Why rows cannot be read. Cases hold names of files, databases and columns, places and counts, never a cell and never a connection
/// string.
///
/// Fields count from 1, as do lines, the header included; a record that spans lines is named by its first.
public enum RowSourceError: Error, Equatable {
    case cannotRead(source: String, reason: String)
    case compressed(file: String, CompressionError)
    case empty(file: String)
    case notUTF8(source: String, at: RowPlace, field: Int)
    case unnamedColumn(source: String, field: Int)
    case duplicateColumn(source: String, column: String)

    // CSV
    /// `line` is where the quote opens.
    case unterminatedQuote(file: String, line: Int, field: Int)
    case strayQuote(file: String, line: Int, field: Int)
    case recordTooLong(file: String, line: Int, limit: Int)
    case raggedRow(file: String, line: Int, expected: Int, found: Int)

    // LIBSVM
    /// `entry` counts from 0, which is the label.
    case libsvm(file: String, line: Int, entry: Int, LIBSVMProblem)

    // Databases
    /// This program was built without what reads such a database.
    case notBuiltIn(database: String, trait: String, package: String)
    case connection(source: String, ConnectionProblem)
    /// The query cannot be run: what the database says of it, before it has looked at any row.
    case query(source: String, problem: String)
    /// It ended after so many rows.
    case interrupted(source: String, rows: Int, reason: String)
    /// A cell or a column of bytes that are no text.
    case binary(source: String, at: RowPlace, column: String)
}

/// What is wrong with a line of a LIBSVM file.
public enum LIBSVMProblem: String, Sendable {
    case label = "one number is expected as the label"
    case pair = "'index:value' is expected"
    case index = "the index must be a whole number, 1 or more"
    case order = "indices must ascend, each at most once"
    case value = "a finite number is expected as the value"
    case tooLarge = "an index above the number of features that the party file gives, or above 65536"
    case queryAbsent = "'qid:NUMBER' is expected behind the label, as on the first line"
    case queryUnexpected = "'qid' may only stand behind the label, and on every line or on none"
}

/// Why there is no connection to a database's server. What a server says itself is not passed on: it may hold what is nobody else's.
public enum ConnectionProblem: Equatable, Sendable {
    /// The party file's connection string cannot be parsed.
    case malformed
    /// It holds a password.
    case password
    /// No server answers there.
    case noAnswer
    /// A server answers, but takes no connections now.
    case starting
    /// The server asks for a password, and there is none for it.
    case passwordNeeded
    /// The server did not accept the password.
    case passwordRefused
    /// The server turns this user away, or has no such database.
    case turnedAway
}

extension RowSourceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotRead(let source, let reason):
            "\(source): cannot be read: \(reason)"
        case .compressed(let file, let error):
            "\(file): \(error)"
        case .empty(let file):
            "\(file): the file is empty"
        case .notUTF8(let source, let place, let field):
            "\(source), \(place), field \(field): not UTF-8; save the text in that encoding"
        case .unnamedColumn(let source, let field):
            "\(source), field \(field): every column must have a name"
        case .duplicateColumn(let source, let column):
            "\(source), column '\(column)': two columns have this name; rename one"
        case .unterminatedQuote(let file, let line, let field):
            "\(file), line \(line), field \(field): a quote opens here and never closes"
        case .strayQuote(let file, let line, let field):
            "\(file), line \(line), field \(field): a quote inside a field; enclose the whole field in quotes and "
                + "double the quotes within"
        case .recordTooLong(let file, let line, let limit):
            "\(file), line \(line): a record of more than \(limit) bytes begins here; a closing quote may be missing"
        case .raggedRow(let file, let line, let expected, let found):
            "\(file), line \(line): \(found) fields where there are \(expected) columns"
        case .libsvm(let file, let line, let entry, let problem):
            "\(file), line \(line), \(entry == 0 ? "label" : "entry \(entry)"): \(problem.rawValue)"
        case .notBuiltIn(let database, let trait, let package):
            "this program was built without \(database): install \(package) and build it with the trait \(trait), "
                + "which is on unless the build says --disable-default-traits (swift build -c release --traits \(trait))"
        case .connection(let source, let problem):
            "\(source): \(problem)"
        case .query(let source, let problem):
            "\(source): the query cannot be run: \(problem)"
        case .interrupted(let source, let rows, let reason):
            "\(source): reading ended after row \(rows): \(reason)"
        case .binary(let source, let place, let column):
            "\(source), \(place), column '\(column)': bytes that are no text; leave the column out of the query"
        }
    }
}

extension ConnectionProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed:
            "the connection string is not as libpq expects it: 'host=... dbname=... user=...' or a URI"
        case .password:
            "a password does not belong into the connection string; name a file with 'passfile=', or set PGPASSFILE"
        case .noAnswer:
            "no server answers there"
        case .starting:
            "the server takes no connections now"
        case .passwordNeeded:
            "the server asks for a password; name a file with 'passfile=', or set PGPASSFILE"
        case .passwordRefused:
            "the server does not accept the password for this user"
        case .turnedAway:
            "the server turns this user away, or has no such database; psql with the same connection string shows why"
        }
    }
}
