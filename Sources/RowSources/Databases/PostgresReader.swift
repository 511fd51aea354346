#if PostgreSQL
internal import CPostgres

/// Reads the rows that a query returns of a PostgreSQL database one by one (libpq's single-row mode), in a transaction that may not
/// write and sees one state of the database.
///
/// Booleans are 0 and 1; numbers are decimal; dates and times are ISO 8601, in UTC where they have a time zone; `bytea` is refused.
final class PostgresReader: RowSource {
    /// Types by their numbers, which never change (`pg_type.dat`).
    private enum TypeNumber {
        static let boolean: Oid = 16
        static let bytes: Oid = 17
    }

    /// What the texts of values depend on.
    private static let begin = """
        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'iso_8601';
        SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1
        """

    let unit = RowUnit.row
    var name: String { connection.name }
    private(set) var columns: [String] = []
    private let connection: PostgresConnection
    private var types: [Oid] = []
    /// The first result, which names the columns and may hold the first row.
    private var first: OpaquePointer?
    private var rows = 0
    private var isDone = false

    init(_ string: String, _ selection: RowOrigin.Selection) throws(RowSourceError) {
        connection = try PostgresConnection(string)
        try connection.execute(Self.begin)
        // With parameters, though none: so it can be one statement only, and does not end the transaction to begin another.
        guard PQsendQueryParams(connection.pointer, selection.statement, 0, nil, nil, nil, nil, 0) == 1,
            PQsetSingleRowMode(connection.pointer) == 1
        else { throw connection.failure(nil, rows: 0) }
        let first = PQgetResult(connection.pointer)
        self.first = first
        switch PQresultStatus(first) {
        case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK: break
        case PGRES_FATAL_ERROR: throw connection.failure(first, rows: 0)
        default: throw .query(source: name, problem: "it returns no rows; a SELECT is expected")
        }
        for column in 0..<PQnfields(first) {
            columns.append(String(cString: PQfname(first, column)))
            types.append(PQftype(first, column))
        }
        try check(columns)
    }

    deinit { PQclear(first) }

    func next(_ row: inout Row) throws(RowSourceError) -> Bool {
        guard !isDone else { return false }
        let result = first ?? PQgetResult(connection.pointer)
        first = nil
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_SINGLE_TUPLE: break
        case PGRES_TUPLES_OK:
            isDone = true
            return false
        default: throw connection.failure(result, rows: rows)
        }
        rows += 1
        row.begin(rows)
        for column in columns.indices { try append(Int32(column), of: result, to: &row) }
        if let cell = row.firstNotUTF8 { throw .notUTF8(source: name, at: .row(rows), field: cell + 1) }
        return true
    }

    private func append(_ column: Int32, of result: OpaquePointer?, to row: inout Row) throws(RowSourceError) {
        guard PQgetisnull(result, 0, column) == 0, let text = PQgetvalue(result, 0, column) else {
            row.endCell()
            return
        }
        let length = Int(PQgetlength(result, 0, column))
        switch types[Int(column)] {
        case TypeNumber.bytes: throw .binary(source: name, at: .row(rows), column: columns[Int(column)])
        case TypeNumber.boolean:
            row.append((UInt8(bitPattern: text[0]) == UInt8(ascii: "t") ? "1" : "0").utf8)
        default:
            // The result's own memory, as bytes.
            row.append(UnsafeRawBufferPointer(start: text, count: length))
        }
    }
}
#endif
