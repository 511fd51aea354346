#if PostgreSQL
internal import CPostgres

/// A connection to a PostgreSQL server, as libpq makes it: what the string does not say comes from the environment, a service file
/// or a password file.
final class PostgresConnection {
    /// What errors call it: the database and its host, and nothing else of the connection string.
    let name: String
    let pointer: OpaquePointer

    /// - Throws: ``RowSourceError/connection(source:_:)``.
    init(_ string: String) throws(RowSourceError) {
        name = try Self.name(of: string)
        // Later ones win over what the string says.
        let options = [
            ("fallback_application_name", "colonnade"), ("dbname", string), ("client_encoding", "UTF8"),
        ]
        let texts = options.flatMap { [Self.copy($0.0), Self.copy($0.1)] }
        defer { for text in texts { text.deallocate() } }
        // Lists of C end with a null pointer.
        let keywords = stride(from: 0, to: texts.count, by: 2).map { UnsafePointer(texts[$0]) } + [nil]
        let values = stride(from: 1, to: texts.count, by: 2).map { UnsafePointer(texts[$0]) } + [nil]
        guard let pointer = PQconnectdbParams(keywords, values, 1) else {
            throw .cannotRead(source: name, reason: "libpq lacks memory")
        }
        self.pointer = pointer
        guard PQstatus(pointer) == CONNECTION_OK else {
            let problem: ConnectionProblem =
                switch PQpingParams(keywords, values, 1) {
                case PQPING_REJECT: .starting
                case PQPING_NO_RESPONSE: .noAnswer
                case PQPING_NO_ATTEMPT: .malformed
                default:
                    PQconnectionNeedsPassword(pointer) != 0
                        ? .passwordNeeded
                        : PQconnectionUsedPassword(pointer) != 0 ? .passwordRefused : .turnedAway
                }
            throw .connection(source: name, problem)
        }
        // Notices would go to standard error, and may hold data.
        PQsetNoticeProcessor(pointer, { _, _ in }, nil)
    }

    deinit { PQfinish(pointer) }

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(RowSourceError) {
        let result = PQexec(pointer, sql)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw failure(result, rows: 0) }
    }

    /// The transactions that a reader would see now, and since when the server runs.
    func snapshot() throws(RowSourceError) -> String {
        let sql = "SELECT txid_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text"
        let result = PQexec(pointer, sql)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_TUPLES_OK, let text = PQgetvalue(result, 0, 0) else {
            throw failure(result, rows: 0)
        }
        return String(cString: text)
    }

    /// What a result that is an error says, without what may be data in it: its text only where it speaks of the query itself.
    ///
    /// - Parameter rows: how many rows came before.
    func failure(_ result: OpaquePointer?, rows: Int) -> RowSourceError {
        let code = colonnade_error_code(result).map { String(cString: $0) } ?? ""
        let message = colonnade_error_message(result).map { String(cString: $0) } ?? ""
        // Classes of SQLSTATE: syntax and names, and schemas that are not there.
        if code.hasPrefix("42") || code.hasPrefix("3F") { return .query(source: name, problem: message) }
        let reason =
            switch code {
            case "": "the connection was lost"
            case "25006": "the query would change the data"
            case "57014": "the query was cancelled, by hand or after the server's statement_timeout"
            case "57P01", "57P02", "57P03": "the server is shutting down"
            default: "the server reports error \(code); its log, or psql with the same query, says more"
            }
        return .interrupted(source: name, rows: rows, reason: reason)
    }

    private static func name(of string: String) throws(RowSourceError) -> String {
        guard let options = PQconninfoParse(string, nil) else {
            throw .connection(source: "PostgreSQL", .malformed)
        }
        defer { PQconninfoFree(options) }
        var (host, port, database): (String?, String?, String?)
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                switch String(cString: keyword) {
                // Before anything is named: a password that is not written as it should runs on into the host.
                case "password": throw .connection(source: "PostgreSQL", .password)
                case "host": host = String(cString: value)
                case "port": port = String(cString: value)
                case "dbname": database = String(cString: value)
                default: break
                }
            }
            option += 1
        }
        let place = (host ?? "the environment's host") + (port.map { ", port \($0)" } ?? "")
        return "PostgreSQL database '\(database ?? "of the environment")' at \(place)"
    }

    /// A text that C can keep for as long as it is not deallocated.
    private static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (place, byte) in bytes.enumerated() { (copy + place).initialize(to: byte) }
        return copy
    }
}
#endif
