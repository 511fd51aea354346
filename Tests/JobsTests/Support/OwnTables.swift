import AuditedFederation
import Coordination
import Foundation
import Jobs
import Link
import Specification

/// Jobs of a ``MadeUpFederation`` on other tables than its own, in a folder that goes with the value.
final class OwnTables: Sendable {
    let federation: MadeUpFederation
    private let folder: TemporaryFolder
    private let tables: [String]

    /// - Parameter tables: CSV of each party, the label party's first.
    init(_ tables: [String]) throws {
        federation = try MadeUpFederation(features: tables.count - 1)
        folder = try TemporaryFolder()
        self.tables = try tables.enumerated().map { [folder] index, text in
            try folder.write(Array(text.utf8), "\(index).csv")
        }
    }

    func files(key: [String] = ["id"]) throws -> [PartyFile] {
        try zip(federation.files, tables).map { file, table in
            var file = file
            (file.data.rows, file.data.name, file.data.key) = (.csv(file: table), "data", key)
            return file
        }
    }

    /// Runs a job under recorded randomness.
    func run(_ overrides: [String], key: [String] = ["id"]) throws -> (report: Report, colocated: PartyReport.Metrics) {
        try federation.clear()
        let keys = "align.key=[\(key.joined(separator: ", "))]"
        let recorded = try RecordedFederation(federation.job([keys] + overrides), files: files(key: key)) {
            MadeUpFederation.randomness(of: $0)
        }
        let report = try recorded.run(over: MemoryNetwork(parties: federation.parties))
        return (report, try recorded.colocated())
    }
}
