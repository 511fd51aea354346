#if SQLite && PostgreSQL
import AuditedFederation
import CSQLite
import Compression
import Coordination
import Cryptography
import Foundation
import Jobs
import Link
import PostgresServer
import RowSources
import Specification
import Testing

/// A model does not depend on where its rows lie.
@Suite struct DatabaseModelTests {
    /// Numbers with all their digits, gaps and texts; everything that is drawn is drawn alike.
    @Test(arguments: ["blind", "none"]) func theModelIsThatOfFilesToTheLastBit(protection: String) async throws {
        let survey = try Survey(features: 2)
        let job = try survey.job([
            "protection=\(protection)", "keys.bits=2048", "train={epochs: 2, batch: 150, checkpoint: 100}",
        ])
        func train(_ files: [PartyFile]) throws -> (report: Report, halves: [[UInt8]]) {
            try survey.federation.clear()
            let report = try RecordedFederation(job, files: files) {
                RecordedRandomSource(seed: Array("databases \($0)".utf8))
            }.run(over: MemoryNetwork(parties: survey.parties))
            let halves = try files.map { file in
                let names = try FileManager.default.contentsOfDirectory(atPath: file.state + "/models")
                let half = try #require(names.first { $0.hasSuffix("-0") || $0.contains("-0.") })
                return try [UInt8](Data(contentsOf: URL(filePath: "\(file.state)/models/\(half)")))
            }
            return (report, halves)
        }
        let expected = try train(survey.files)
        try await PostgresServer.with { server in
            let folder = try TemporaryFolder()
            var files = survey.files
            let texts = try files.map { file in
                guard case .csv(let path, _) = file.data.rows else { throw CocoaError(.featureUnsupported) }
                return try String(contentsOfFile: path, encoding: .utf8)
            }
            try server.run(sql(texts[0], number: "float8"))
            files[0].data.rows = .postgres(connection: server.connection, .query("SELECT * FROM rows"))
            let database = folder.path + "/rows.db"
            try execute(sql(texts[1], number: "REAL"), at: database)
            files[1].data.rows = .sqlite(file: database, .table("rows"))
            files[2].data.rows = .csv(file: try folder.write(Zstandard.compress(Array(texts[2].utf8)), "rows.csv.zst"))
            let found = try train(files)
            #expect(found.report.metrics == expected.report.metrics && found.report.rounds == expected.report.rounds)
            #expect(found.report.curves?.loss == expected.report.curves?.loss)
            #expect(found.report.baselines == expected.report.baselines)
            for (party, (one, other)) in zip(survey.parties, zip(found.halves, expected.halves)) {
                #expect(one.count > 500 && one == other, "\(party)")
            }
        }
    }

    /// A table of the types that a database would give the columns of a CSV file.
    private func sql(_ csv: String, number: String) throws -> String {
        let lines = csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let names = try #require(lines.first)
        let isText = names.map { $0 == "id" || $0.hasSuffix("text") }
        let columns = zip(names, isText).map { "\"\($0)\" \($1 ? "text" : number)" }
        let rows = lines.dropFirst().map { line in
            let cells = zip(line, isText).map { $0.isEmpty ? "NULL" : $1 ? "'\($0)'" : String($0) }
            return "(\(cells.joined(separator: ", ")))"
        }
        return "BEGIN; CREATE TABLE rows (\(columns.joined(separator: ", "))); "
            + "INSERT INTO rows VALUES \(rows.joined(separator: ", ")); COMMIT"
    }

    private func execute(_ sql: String, at path: String) throws {
        var connection: OpaquePointer?
        try #require(sqlite3_open(path, &connection) == SQLITE_OK)
        defer { sqlite3_close_v2(connection) }
        try #require(sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK)
    }
}
#endif
