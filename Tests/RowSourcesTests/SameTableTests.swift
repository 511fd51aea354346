import Compression
import PostgresServer
import RowSources
import Tables
import Testing

/// The same rows make the same table, wherever they are kept.
@Suite struct SameTableTests {
    private let key = RowKey(columns: ["id"])
    private let csv = "id,late,carrier,delay\n007,1,UA,-2.5\n8,0,,\n9,0,\"B6, Ü\",1e3\n"
    private let types: [String: ColumnType] = ["late": .category]

    private func table(_ origin: RowOrigin) throws -> Table { try Table(origin.open(), key: key, types: types) }

    private func expectSame(_ table: Table, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(table.columns.map(\.name) == ["id", "late", "carrier", "delay"], sourceLocation: sourceLocation)
        #expect(
            table.columns.map(\.type) == [.category, .category, .category, .number], sourceLocation: sourceLocation)
        func texts(_ name: String) throws -> [String] {
            guard case .texts(let texts) = try table.column(name).cells() else { return [] }
            return (0..<texts.count).map { String(decoding: texts[$0], as: UTF8.self) }
        }
        #expect(try texts("id") == ["007", "8", "9"], sourceLocation: sourceLocation)
        #expect(try texts("late") == ["1", "0", "0"], sourceLocation: sourceLocation)
        #expect(try texts("carrier") == ["UA", "", "B6, Ü"], sourceLocation: sourceLocation)
        let delays = try table.numbers("delay")
        #expect(delays[0] == -2.5 && delays[1].isNaN && delays[2] == 1000, sourceLocation: sourceLocation)
    }

    @Test func files() throws {
        let folder = try Folder()
        let bytes = Array(csv.utf8)
        try expectSame(table(.csv(file: folder.file("a.csv", bytes))))
        try expectSame(table(.csv(file: folder.file("a.csv.gz", gzip(bytes)))))
        try expectSame(table(.csv(file: folder.file("a.csv.zst", Zstandard.compress(bytes)))))
        let names = ["id", "late", "carrier", "delay"]
        let bare = try folder.file("bare.csv", bytes[(bytes.firstIndex(of: UInt8(ascii: "\n")) ?? 0)...])
        try expectSame(table(.csv(file: bare, CSVFormat(names: .given(names)))))
    }

    @Test func sparseRows() throws {
        let folder = try Folder()
        let sparse = try folder.file("a.svm", Array("1 2:-2.5\n-1 1:3\n".utf8))
        let dense = try folder.file("b.csv", Array("row,label,f1,f2\n1,1,0,-2.5\n2,0,3,0\n".utf8))
        let a = try Table(RowOrigin.libsvm(file: sparse).open(), key: RowKey(columns: ["row"]))
        let b = try Table(RowOrigin.csv(file: dense).open(), key: RowKey(columns: ["row"]))
        #expect(a.columns.map(\.name) == b.columns.map(\.name) && a.columns.map(\.type) == b.columns.map(\.type))
        #expect(try a.numbers("f1") == b.numbers("f1") && a.numbers("f2") == b.numbers("f2"))
        #expect(try a.binaryLabels("label", rows: [0, 1]) == b.binaryLabels("label", rows: [0, 1]))
        #expect(try a.keys().cells(row: 1) == ["2"])
    }

    #if SQLite
    @Test func sqlite() throws {
        let folder = try Folder()
        let file = try database(
            folder,
            """
            CREATE TABLE t (id TEXT, late INTEGER, carrier TEXT, delay REAL);
            INSERT INTO t VALUES ('007', 1, 'UA', -2.5), ('8', 0, NULL, NULL), ('9', 0, 'B6, Ü', 1e3);
            """)
        let table = try table(.sqlite(file: file, .table("t")))
        try expectSame(table)
        #expect(table.place(2) == .row(3))
        let error = #expect(throws: TablesError.self) {
            try Table(
                RowOrigin.sqlite(file: file, .query("SELECT id, 5 * (id <> '8') AS x, carrier AS c FROM t")).open(),
                key: key, types: ["c": .number])
        }
        #expect(error == .notANumber(file: file, at: .row(1), column: "c"))
        #expect(error?.description.hasPrefix("\(file), row 1, column 'c': ") == true)
    }
    #endif

    #if PostgreSQL
    @Test func postgres() async throws {
        try await PostgresServer.with { server in
            try server.run(
                """
                CREATE TABLE t (id text, late boolean, carrier varchar(9), delay numeric);
                INSERT INTO t VALUES ('007', true, 'UA', -2.5), ('8', false, NULL, NULL), ('9', false, 'B6, Ü', 1e3);
                """)
            try expectSame(table(.postgres(connection: server.connection, .table("t"))))
        }
    }
    #endif
}
