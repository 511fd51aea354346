#if SQLite
internal import CSQLite
internal import FoundationEssentials
internal import Glibc

/// The registry's table, in a SQLite file of mode 0600. A row is a model: its name, the name of its job and its version as columns that
/// must be unique, and the entry as JSON.
final class ModelTable {
    /// How long another process may keep the file locked, in milliseconds.
    private static let patience: Int32 = 10_000
    private static let schema = """
        CREATE TABLE IF NOT EXISTS models (name TEXT PRIMARY KEY, job TEXT NOT NULL, version INTEGER NOT NULL, \
        entry TEXT NOT NULL, UNIQUE (job, version))
        """

    private let path: String
    private var connection: OpaquePointer?

    /// Opens the file, or makes it.
    init(path: String) throws(StateError) {
        self.path = path
        // SQLite would make it readable for others.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: path, problem: String(cString: strerror(errno))) }
        close(descriptor)
        try check(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil))
        sqlite3_busy_timeout(connection, Self.patience)
        try run(Self.schema)
    }

    deinit { sqlite3_close_v2(connection) }

    /// Does several things as one: all or nothing, and nobody else writes meanwhile.
    func change(_ work: () throws -> Void) throws {
        try run("BEGIN IMMEDIATE")
        do { try work() } catch {
            try? run("ROLLBACK")
            throw error
        }
        try run("COMMIT")
    }

    /// All rows.
    func entries() throws(StateError) -> [ModelEntry] {
        var entries: [ModelEntry] = []
        try run("SELECT version, entry FROM models") { (statement) throws(StateError) in
            let length = Int(sqlite3_column_bytes(statement, 1))
            guard let bytes = sqlite3_column_text(statement, 1),
                var entry = try? JSONDecoder().decode(ModelEntry.self, from: Data(bytes: bytes, count: length))
            else { throw unreadable("an entry is no model's") }
            entry.version = Int(sqlite3_column_int64(statement, 0))
            entries.append(entry)
        }
        return entries
    }

    /// Adds a row, or puts it in the place of one of the same name.
    func insert(_ entry: ModelEntry) throws {
        let json = String(decoding: try JSONEncoder().encode(entry), as: UTF8.self)
        try run(
            "INSERT OR REPLACE INTO models (name, job, version, entry) VALUES (?, ?, ?, ?)",
            [entry.name, entry.job, "\(entry.version)", json])
    }

    /// Runs one statement to its end.
    private func run(
        _ sql: String, _ values: [String] = [], row: (OpaquePointer?) throws(StateError) -> Void = { _ in }
    ) throws(StateError) {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(connection, sql, -1, &statement, nil))
        defer { sqlite3_finalize(statement) }
        for (index, value) in values.enumerated() {
            // SQLITE_TRANSIENT: the text is copied.
            let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            try check(sqlite3_bind_text(statement, Int32(index + 1), value, Int32(value.utf8.count), copies))
        }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try row(statement)
            case SQLITE_DONE: return
            case let status: throw unreadable(String(cString: sqlite3_errstr(status)))
            }
        }
    }

    private func check(_ status: Int32) throws(StateError) {
        guard status == SQLITE_OK else { throw unreadable(String(cString: sqlite3_errstr(status))) }
    }

    private func unreadable(_ problem: String) -> StateError {
        .unreadable(
            path: path, problem: "\(problem); it may be deleted, and is then made anew from the halves of models")
    }
}
#endif
