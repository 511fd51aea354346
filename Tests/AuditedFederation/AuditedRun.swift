package import Cryptography
internal import Foundation
package import Jobs
package import PrivateView
package import Specification
package import Transcript

/// What one real job left: every party's transcript with all payloads, and its private view, in memory.
package struct AuditedRun: Sendable {
    /// The label party first.
    package let parties: [Party]
    package let forger: Forger
    /// Of each party's transcript.
    package var records: [Party: [TranscriptRecord]]
    /// Of each party's private view; empty where none were kept.
    package var views: [Party: [ViewRecord]]

    /// What the parties of a federation wrote.
    /// - Parameter transcripts: Their paths; views lie beside them.
    package init(of federation: MadeUpFederation, _ transcripts: [Party: String]) throws {
        parties = federation.parties
        let keys = try federation.files.map { ($0.name, try SigningKey(path: $0.transcriptKey)) }
        records = try transcripts.mapValues { try [TranscriptRecord](path: $0) }
        guard let header = records[parties[0]]?.first?.header else { throw NotThere("header") }
        forger = Forger(keys: Dictionary(uniqueKeysWithValues: keys), jobHash: header.jobHash)
        views = try transcripts.mapValues { path in
            let reader = try ViewReader(path: path.replacing(".transcript", with: ".view"))
            var records: [ViewRecord] = []
            while let record = try reader.next() { records.append(record) }
            return records
        }
    }

    /// Runs a job of a label party and as many feature parties as asked for, under keys of 2,048 bits.
    package init(features: Int, _ overrides: [String] = Self.brief) throws {
        let federation = try MadeUpFederation(features: features)
        try self.init(of: federation, federation.runAudited(overrides))
    }

    /// Few rounds.
    package static let brief = ["train.epochs=1", "train.batch=24"]

    private static let runs = [1, 2].map { features in Result { try AuditedRun(features: features) } }
    private static let headerRuns = runs.map { run in Result { try run.get().headers() } }

    /// The same run for everything in this process.
    /// - Parameter isFull: Whether payloads are kept.
    package static func shared(features: Int, isFull: Bool) throws -> AuditedRun {
        try (isFull ? runs : headerRuns)[features - 1].get()
    }

    /// The same job as parties record it that keep no payloads.
    package func headers() throws -> AuditedRun {
        var run = self
        run.views = [:]
        for (party, var records) in records {
            try records.changeHeader { $0.keepsPayloads = false }
            guard let header = records.first?.header else { continue }
            for index in records.indices {
                guard var frame = records[index].frame, !header.keepsPayload(of: frame.header.kind) else { continue }
                frame.payload = nil
                records[index] = .frame(frame)
            }
            run.records[party] = records
        }
        let files = try AuditedRunFiles(run)
        for party in parties { run.records[party] = try [TranscriptRecord](path: files.transcript(party)) }
        return run
    }
}

/// A folder for files of one test, which goes with the value.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file.
    /// - Returns: its path.
    package func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let url = URL(filePath: path).appending(path: name)
        try Data(bytes).write(to: url)
        return url.path
    }

    /// Writes a private view.
    /// - Returns: its path.
    package func write(_ view: [ViewRecord], _ name: String) throws -> String {
        let path = "\(path)/\(name)"
        let writer = try ViewWriter(path: path)
        for record in view { try writer.write(record) }
        try writer.finish()
        return path
    }
}
