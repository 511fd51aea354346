import Documents
import Foundation
import Jobs
import Link
import RowSources
import Scratch
import Testing

@Suite struct DataSourceTests {
    /// What a party file says of its data, in a folder of its own.
    private func read(_ data: String) throws -> PartyFile.DataSource { try file(data).data }

    private func file(_ data: String, _ line: String = "") throws -> PartyFile {
        try PartyFile.reading(line, data: "key: id\n" + data)
    }

    @Test(arguments: [
        ("", 512 << 20), ("memory: 16 MiB", 16 << 20), ("memory: 2 GiB", 2 << 30), ("memory: 1023GiB", 1023 << 30),
        ("memory: 512 MB", 512_000_000),
    ]) func amountsOfMemory(line: String, bytes: Int) throws {
        let file = try file("file: a.csv", line)
        #expect(
            file.space == WorkingSpace(memory: bytes, folder: file.state + "/scratch", kept: file.state + "/tables"))
    }

    @Test(arguments: [
        "15 MiB", "0 GiB", "512", "512 Mb", "512  MiB", "-1 GiB", "+1 GiB", "1.5 GiB", "GiB",
        "99999999999999999999 GiB", "9007199254740992 GiB", "many",
    ]) func noAmountsOfMemory(text: String) {
        let error = #expect(throws: DocumentError.self) { try file("file: a.csv", "memory: \(text)") }
        #expect(error?.description.contains("memory") == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("file: /d/a.csv.zst", RowOrigin.csv(file: "/d/a.csv.zst"), "a"),
        ("file: /d/a.csv\nformat: csv\nheader: true", .csv(file: "/d/a.csv"), "a"),
        ("file: /d/a.csv\nheader: false", .csv(file: "/d/a.csv", CSVFormat(names: .numbered)), "a"),
        (
            "file: /d/a.csv\nheader: false\ncolumns: [id, x]\nseparator: \";\"",
            .csv(file: "/d/a.csv", CSVFormat(names: .given(["id", "x"]), separator: UInt8(ascii: ";"))), "a"
        ),
        ("file: /d/a.tsv\nseparator: tab", .csv(file: "/d/a.tsv", CSVFormat(separator: 9)), "a"),
        ("file: /d/a.tsv\nseparator: \"\\t\"", .csv(file: "/d/a.tsv", CSVFormat(separator: 9)), "a"),
        ("file: /d/a.svm\nformat: libsvm", .libsvm(file: "/d/a.svm"), "a"),
        ("file: /d/a.svm\nformat: libsvm\nfeatures: 12", .libsvm(file: "/d/a.svm", features: 12), "a"),
        ("sqlite: /d/b.db\ntable: t", .sqlite(file: "/d/b.db", .table("t")), "b"),
        ("sqlite: /d/b.db\nquery: select 1\nname: c", .sqlite(file: "/d/b.db", .query("select 1")), "c"),
        (
            "postgres: host=h dbname=d\nquery: select 1\nname: c",
            .postgres(connection: "host=h dbname=d", .query("select 1")), "c"
        ),
        ("postgres: host=h dbname=d\ntable: t\nname: c", .postgres(connection: "host=h dbname=d", .table("t")), "c"),
    ]) func origins(data: String, rows: RowOrigin, name: String) throws {
        let source = try read(data)
        #expect(source.rows == rows && source.name == name && source.key == ["id"])
    }

    @Test(arguments: [
        ("name: x", "data.file", "one of file, sqlite, postgres"),
        ("file: a\nsqlite: b\ntable: t", "data.sqlite", "'file'"),
        ("file: a.csv\nquery: select 1", "data.query", "'file'"),
        ("sqlite: a.db\ntable: t\nheader: false", "data.header", "'sqlite'"),
        ("sqlite: a.db", "data.query", "is missing"), ("sqlite: a.db\ntable: t\nquery: q", "data.query", "'table'"),
        ("postgres: host=h\nquery: q", "data.name", "is missing"),
        ("postgres: host=h\nquery: q\nname: a b", "data.name", "ledger"),
        ("file: a\nformat: arff", "data.format", "csv, libsvm"), ("file: a\nfeatures: 3", "data.features", "libsvm"),
        ("file: a\nformat: libsvm\nheader: false", "data.header", "libsvm"),
        ("file: a\nformat: libsvm\nfeatures: 65537", "data.features", "65536"),
        ("file: a\ncolumns: [id, x]", "data.columns", "header: false"),
        ("file: a\nheader: false\ncolumns: [id, id]", "data.columns", "different"),
        ("file: a\nseparator: ab", "data.separator", "one ASCII"),
        ("file: a\nseparator: '\"'", "data.separator", "one ASCII"),
        ("file: a\nseparator: ü", "data.separator", "one ASCII"), ("file: a\nquery2: x", "data.query2", "not a field"),
    ]) func refusals(data: String, field: String, problem: String) {
        let error = #expect(throws: DocumentError.self) { try read(data) }
        #expect(error?.field == field)
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        #expect(error?.line ?? 0 >= 6)
    }
}
