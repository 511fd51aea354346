#if SQLite
internal import CSQLite

/// Reads the rows that a query returns of a SQLite file, which is opened for reading only, one by one.
///
/// Integers and texts are as the file has them, real numbers the shortest decimal that reads as the same; blobs are refused.
final class SQLiteReader: RowSource {
    /// How long a writer may keep the file locked, in milliseconds.
    private static let patience: Int32 = 10_000

    let name: String
    let unit = RowUnit.row
    private(set) var columns: [String] = []
    private let database: SQLiteDatabase
    private var rows = 0
    private var isDone = false

    init(file: String, _ selection: RowOrigin.Selection) throws(RowSourceError) {
        name = file
        database = try SQLiteDatabase(file, patience: Self.patience)
        try database.prepare(selection.statement, of: file)
        columns = (0..<sqlite3_column_count(database.statement)).map { column in
            sqlite3_column_name(database.statement, column).map { String(cString: $0) } ?? ""
        }
        try check(columns)
    }

    func next(_ row: inout Row) throws(RowSourceError) -> Bool {
        guard !isDone else { return false }
        switch sqlite3_step(database.statement) {
        case SQLITE_ROW: break
        case SQLITE_DONE:
            isDone = true
            return false
        case let status:
            // Not the message of this query: that may hold a cell.
            throw .interrupted(source: name, rows: rows, reason: String(cString: sqlite3_errstr(status)))
        }
        rows += 1
        row.begin(rows)
        for column in columns.indices { try append(Int32(column), to: &row) }
        if let cell = row.firstNotUTF8 { throw .notUTF8(source: name, at: .row(rows), field: cell + 1) }
        return true
    }

    private func append(_ column: Int32, to row: inout Row) throws(RowSourceError) {
        let statement = database.statement
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: row.endCell()
        case SQLITE_FLOAT: row.append("\(sqlite3_column_double(statement, column))".utf8)
        case SQLITE_BLOB: throw .binary(source: name, at: .row(rows), column: columns[Int(column)])
        default:
            // In this order: asking for the text may change the length.
            let text = sqlite3_column_text(statement, column)
            let length = Int(sqlite3_column_bytes(statement, column))
            row.append(UnsafeBufferPointer(start: text, count: text == nil ? 0 : length))
        }
    }
}

/// A connection and its one statement, closed together.
private final class SQLiteDatabase {
    private let connection: OpaquePointer?
    private(set) var statement: OpaquePointer?

    init(_ file: String, patience: Int32) throws(RowSourceError) {
        var connection: OpaquePointer?
        let status = sqlite3_open_v2(file, &connection, SQLITE_OPEN_READONLY, nil)
        self.connection = connection
        guard status == SQLITE_OK else {
            throw .cannotRead(source: file, reason: String(cString: sqlite3_errstr(status)))
        }
        sqlite3_busy_timeout(connection, patience)
    }

    deinit {
        sqlite3_finalize(statement)
        sqlite3_close_v2(connection)
    }

    func prepare(_ sql: String, of file: String) throws(RowSourceError) {
        var status = SQLITE_OK
        var isWhole = true
        sql.withCString { text in
            var rest: UnsafePointer<CChar>?
            status = sqlite3_prepare_v2(connection, text, -1, &statement, &rest)
            isWhole = rest.map { String(cString: $0).allSatisfy { $0.isWhitespace || $0 == ";" } } ?? true
        }
        guard status == SQLITE_OK else {
            // No row has been looked at: the message is about the query, or the file.
            let message = String(cString: sqlite3_errmsg(connection))
            if status != SQLITE_ERROR { throw .cannotRead(source: file, reason: message) }
            throw .query(source: file, problem: message)
        }
        guard isWhole else { throw .query(source: file, problem: "it is more than one statement") }
        guard statement != nil, sqlite3_column_count(statement) > 0 else {
            throw .query(source: file, problem: "it returns no rows; a SELECT is expected")
        }
        guard sqlite3_stmt_readonly(statement) != 0 else {
            throw .query(source: file, problem: "it would change the data")
        }
    }
}
#endif
