#if PostgreSQL
import Foundation
import PostgresServer
import RowSources
import Testing

@Suite(.serialized) struct PostgresTests {
    private func query(_ server: PostgresServer, _ sql: String) throws -> [[String]] {
        try rows(RowOrigin.postgres(connection: server.connection, .query(sql)).open())
    }

    @Test func aServer() async throws {
        try await PostgresServer.with { server in
            try values(server)
            try queriesThatCannotBeRun(server)
            try nothingIsWritten(server)
            try connections(server)
            try versions(server)
            try rowsComeOneByOne(server)
        }
    }

    private func values(_ server: PostgresServer) throws {
        try server.run(
            """
            CREATE TABLE v (id text, i bigint, r float8, n numeric(10, 3), b boolean, d date, t timestamptz, u timestamp);
            INSERT INTO v VALUES ('a', -9223372036854775808, 0.1, 12.500, true, '2013-01-31',
                '2013-01-31 10:00:00+02', '2013-01-31 10:00:00.25'), ('ü', NULL, 1e300, NULL, false, NULL, NULL, NULL);
            CREATE TABLE "odd ""name" (x int); INSERT INTO "odd ""name" VALUES (1);
            """)
        let source = try RowOrigin.postgres(
            connection: server.connection + " options='-c datestyle=German -c timezone=Asia/Tokyo'", .table("v")
        ).open()
        #expect(source.columns == ["id", "i", "r", "n", "b", "d", "t", "u"])
        #expect(source.unit == .row)
        #expect(source.name == "PostgreSQL database 'postgres' at \(server.folder)")
        #expect(
            try rows(source) == [
                [
                    "a", "-9223372036854775808", "0.1", "12.500", "1", "2013-01-31", "2013-01-31 08:00:00+00",
                    "2013-01-31 10:00:00.25",
                ], ["ü", "", "1e+300", "", "0", "", "", ""],
            ])
        let odd = RowOrigin.postgres(connection: server.connection, .table("odd \"name"))
        #expect(try rows(odd.open()) == [["1"]])
        #expect(try query(server, "SELECT id FROM v WHERE false") == [])
    }

    private func queriesThatCannotBeRun(_ server: PostgresServer) throws {
        let name = "PostgreSQL database 'postgres' at \(server.folder)"
        func expect(_ sql: String, _ error: RowSourceError) {
            #expect(throws: error) { try query(server, sql) }
        }
        expect("SELECT x FROM v", .query(source: name, problem: "column \"x\" does not exist"))
        expect("SELECT id FROM w", .query(source: name, problem: "relation \"w\" does not exist"))
        expect("SELEC", .query(source: name, problem: "syntax error at or near \"SELEC\""))
        expect(
            "COMMIT; DELETE FROM v",
            .query(source: name, problem: "cannot insert multiple commands into a prepared statement"))
        for sql in ["", "COMMIT", "COPY v TO STDOUT"] {
            expect(sql, .query(source: name, problem: "it returns no rows; a SELECT is expected"))
        }
        expect("SELECT id, id FROM v", .duplicateColumn(source: name, column: "id"))
        expect(
            "SELECT 'x' AS id, '\\x00ff'::bytea AS raw",
            .binary(source: name, at: .row(1), column: "raw"))
        expect(
            "SET statement_timeout = 1", .query(source: name, problem: "it returns no rows; a SELECT is expected"))
        // The server's text would hold the cell.
        let error = #expect(throws: RowSourceError.self) {
            try query(server, "SELECT 10 / (3 - x) AS y FROM generate_series(1, 5) AS x")
        }
        #expect(
            error
                == .interrupted(
                    source: name, rows: 2,
                    reason: "the server reports error 22012; its log, or psql with the same query, says more"))
        let cell = #expect(throws: RowSourceError.self) { try query(server, "SELECT id::int AS x FROM v") }
        #expect(cell?.description.contains("22P02") == true && cell?.description.contains("\"a\"") == false)
        let timeout = RowOrigin.postgres(
            connection: server.connection + " options='-c statement_timeout=50'", .query("SELECT pg_sleep(10) AS x"))
        #expect(
            throws: RowSourceError.interrupted(
                source: name, rows: 0,
                reason: "the query was cancelled, by hand or after the server's statement_timeout")
        ) { try rows(timeout.open()) }
    }

    private func nothingIsWritten(_ server: PostgresServer) throws {
        let name = "PostgreSQL database 'postgres' at \(server.folder)"
        for sql in [
            "INSERT INTO v (id) VALUES ('z') RETURNING id", "WITH x AS (DELETE FROM v RETURNING id) SELECT id FROM x",
        ] {
            #expect(
                throws: RowSourceError.interrupted(
                    source: name, rows: 0, reason: "the query would change the data")
            ) { try query(server, sql) }
        }
        #expect(try query(server, "SELECT count(*) AS n FROM v") == [["2"]])
    }

    private func connections(_ server: PostgresServer) throws {
        try server.run("CREATE ROLE reader LOGIN PASSWORD 'tulip'; GRANT SELECT ON v TO reader")
        func problem(_ connection: String) -> RowSourceError? {
            #expect(throws: RowSourceError.self) {
                try RowOrigin.postgres(connection: connection, .table("v")).open()
            }
        }
        let name = "PostgreSQL database 'postgres' at \(server.folder)"
        let reader = "host=\(server.folder) dbname=postgres user=reader"
        // There is no password in the environment of the tests.
        let folder = try Folder()
        func passwordFile(_ password: String) throws -> String {
            let path = try folder.file(password, Array("*:*:*:reader:\(password)\n".utf8))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            return " passfile=\(path)"
        }
        #expect(problem(reader + " passfile=/dev/null") == .connection(source: name, .passwordNeeded))
        #expect(try problem(reader + passwordFile("rose")) == .connection(source: name, .passwordRefused))
        let origin = RowOrigin.postgres(connection: try reader + passwordFile("tulip"), .table("v"))
        #expect(try rows(origin.open()).count == 2)

        #expect(problem(reader + " password=tulip") == .connection(source: "PostgreSQL", .password))
        #expect(
            problem("postgresql://reader:tu@lip@host/postgres") == .connection(source: "PostgreSQL", .password))
        #expect(problem("tulip") == .connection(source: "PostgreSQL", .malformed))
        #expect(problem(server.connection + " sslmode=tulip")?.description.contains("tulip") == false)
        #expect(
            problem("host=\(server.folder) dbname=none user=postgres")
                == .connection(source: "PostgreSQL database 'none' at \(server.folder)", .turnedAway))
        #expect(
            problem("host=\(folder.path) dbname=postgres user=postgres")
                == .connection(source: "PostgreSQL database 'postgres' at \(folder.path)", .noAnswer))
    }

    private func versions(_ server: PostgresServer) throws {
        let origin = RowOrigin.postgres(connection: server.connection, .table("v"))
        let before = try #require(RowVersion(of: origin))
        #expect(try rows(origin.open()).count == 2)
        #expect(RowVersion(of: origin) == before)
        try server.run("INSERT INTO v (id) VALUES ('c')")
        #expect(RowVersion(of: origin) != before)
        #expect(RowVersion(of: .postgres(connection: "host=/none dbname=x", .table("v"))) == nil)
    }

    /// The answer has 400 MB; what is read of it is in memory one row at a time.
    private func rowsComeOneByOne(_ server: PostgresServer) throws {
        var source = try RowOrigin.postgres(
            connection: server.connection,
            .query("SELECT i, repeat('x', 4000) AS text FROM generate_series(1, 100000) AS i")
        ).open()
        let before = try peakMemory()
        var (row, count) = (Row(), 0)
        while try source.next(&row) { count += 1 }
        #expect(count == 100_000 && row.number == 100_000)
        #expect(try peakMemory() - before < 100 << 20)
    }

    /// The most memory that this process has had, in bytes.
    private func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace).dropLast().last ?? "")) << 10
    }
}
#endif
