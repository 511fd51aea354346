#if SQLite
import CSQLite
import Foundation
import RowSources
import Testing

@Suite struct SQLiteTests {
    private func read(_ file: String, _ selection: RowOrigin.Selection = .table("t")) throws -> [[String]] {
        try rows(RowOrigin.sqlite(file: file, selection).open())
    }

    private func query(_ file: String, _ sql: String) throws -> [[String]] { try read(file, .query(sql)) }

    @Test func typesAreThoseOfValues() throws {
        let folder = try Folder()
        let file = try database(
            folder,
            """
            CREATE TABLE t (id TEXT, i INTEGER, r REAL, n, "odd ""one");
            INSERT INTO t VALUES ('a', -9223372036854775808, 0.1, NULL, 'ü'), ('b', 7, 3, 'text', ''),
                (7, 0, 1e300, 2.5, char(10));
            """)
        let source = try RowOrigin.sqlite(file: file, .table("t")).open()
        #expect(source.columns == ["id", "i", "r", "n", "odd \"one"])
        #expect(source.unit == .row && source.name == file)
        #expect(
            try rows(source) == [
                ["a", "-9223372036854775808", "0.1", "", "ü"], ["b", "7", "3.0", "text", ""],
                ["7", "0", "1e+300", "2.5", "\n"],
            ])
        #expect(try query(file, "SELECT id AS x, i + 1 AS y FROM t WHERE i = 7;\n") == [["b", "8"]])
        #expect(try query(file, "SELECT id FROM t WHERE 0") == [])
    }

    @Test func tableNamesAreQuoted() throws {
        let folder = try Folder()
        let file = try database(folder, #"CREATE TABLE "a ""b; c" (x); INSERT INTO "a ""b; c" VALUES (1)"#)
        #expect(try read(file, .table(#"a "b; c"#)) == [["1"]])
    }

    @Test func blobsAndBytesThatAreNoText() throws {
        let folder = try Folder()
        let file = try database(
            folder,
            "CREATE TABLE t (id, x); INSERT INTO t VALUES ('a', 1), ('b', x'00ff'); "
                + "CREATE TABLE u (id); INSERT INTO u VALUES (CAST(x'61ff' AS TEXT))")
        #expect(throws: RowSourceError.binary(source: file, at: .row(2), column: "x")) { try read(file) }
        #expect(throws: RowSourceError.notUTF8(source: file, at: .row(1), field: 1)) { try read(file, .table("u")) }
    }

    @Test func queriesThatCannotBeRun() throws {
        let folder = try Folder()
        let file = try database(folder, "CREATE TABLE t (id); INSERT INTO t VALUES ('a'), (-9223372036854775808)")
        func expect(_ sql: String, _ problem: String) {
            #expect(throws: RowSourceError.query(source: file, problem: problem)) { try query(file, sql) }
        }
        expect("SELECT x FROM t", "no such column: x")
        expect("SELECT id FROM u", "no such table: u")
        expect("SELEC", "near \"SELEC\": syntax error")
        expect("SELECT 1; SELECT 2", "it is more than one statement")
        expect("", "it returns no rows; a SELECT is expected")
        expect("-- nothing", "it returns no rows; a SELECT is expected")
        expect("ATTACH 'other.db' AS o", "it returns no rows; a SELECT is expected")
        expect("INSERT INTO t VALUES ('b') RETURNING id", "it would change the data")
        #expect(throws: RowSourceError.duplicateColumn(source: file, column: "id")) {
            try query(file, "SELECT id, id FROM t")
        }
        // What fails on a row is not quoted.
        #expect(throws: RowSourceError.interrupted(source: file, rows: 1, reason: "SQL logic error")) {
            try query(file, "SELECT CASE id WHEN 'a' THEN 1 ELSE abs(id) END AS x FROM t")
        }
    }

    @Test func filesThatAreNoDatabase() throws {
        let folder = try Folder()
        let text = try folder.file("a.db", [UInt8](repeating: 0x61, count: 4096))
        #expect(throws: RowSourceError.cannotRead(source: text, reason: "file is not a database")) { try read(text) }
        let none = folder.path + "/none.db"
        #expect(throws: RowSourceError.cannotRead(source: none, reason: "unable to open database file")) {
            try read(none)
        }
        #expect(!FileManager.default.fileExists(atPath: none))
    }

    @Test func aVersionChangesWithWhatIsCommitted() throws {
        let folder = try Folder()
        let file = try database(folder, "PRAGMA journal_mode = WAL; CREATE TABLE t (id); INSERT INTO t VALUES (1)")
        let origin = RowOrigin.sqlite(file: file, .table("t"))
        // Held open, so that what is written stays in the write-ahead log.
        let connection = try open(file)
        defer { sqlite3_close_v2(connection) }
        try execute(connection, "INSERT INTO t VALUES (2)")
        let before = try #require(RowVersion(of: origin))
        #expect(try rows(origin.open()).count == 2)
        #expect(RowVersion(of: origin) == before)
        try execute(connection, "INSERT INTO t VALUES (3)")
        #expect(RowVersion(of: origin) != before)
        #expect(try rows(origin.open()).count == 3)
    }
}

/// A database's file, made by a script.
func database(_ folder: Folder, _ script: String, name: String = "a.db") throws -> String {
    let file = folder.path + "/" + name
    let connection = try open(file)
    defer { sqlite3_close_v2(connection) }
    try execute(connection, script)
    return file
}

private func open(_ file: String) throws -> OpaquePointer? {
    var connection: OpaquePointer?
    try #require(sqlite3_open(file, &connection) == SQLITE_OK)
    return connection
}

private func execute(_ connection: OpaquePointer?, _ sql: String) throws {
    try #require(
        sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK, "\(String(cString: sqlite3_errmsg(connection)))")
}
#endif
