import AuditedFederation
import Auditing
import Coordination
import Documents
import Foundation
import Jobs
import Link
import Specification
import Testing

/// Training ends where the rows that validate say so, at all parties, with the best epoch's weights.
@Suite struct EarlyStoppingTests {
    private static let split = "evaluate.split={by: random, validation: 0.2, test: 0.25}"

    @Test(arguments: ["none", "blind"], [1, 2]) func theBestEpochsWeightsAreKept(
        protection: String, features: Int
    ) throws {
        let federation = try MadeUpFederation(features: features)
        let stopped = try federation.run(
            Self.split, "train.epochs=6", "train.optimizer.rate=0.8", "protection=\(protection)",
            "train.early-stopping={metric: logloss, patience: 1}")
        let note = try #require(stopped.report.notes.first { $0.contains("training ended after epoch") })
        let numbers = note.split { !$0.isNumber }.compactMap { Int($0) }
        let (ended, most, best) = (numbers[0], numbers[1], numbers[2])
        #expect(most == 6 && best <= ended && (ended == 6 || best == ended - 1), "\(note)")
        let frames = try #require(stopped.frames[federation.parties[0]])
        #expect(frames.filter { $0.header.protocolName == "course" }.count == ended * features)
        let verification = Verification(
            of: stopped.report.transcripts.values.map(\.file), against: Software.conventions)
        #expect(verification.verdict == .accepted, "\(verification.findings)")
        // A job of as many epochs as the best one has the same weights, as long as nothing is drawn but first weights.
        let short = try federation.run(
            Self.split, "train.epochs=\(best)", "train.optimizer.rate=0.8", "protection=\(protection)")
        #expect(abs((short.report.metrics?.logloss ?? 0) - (stopped.report.metrics?.logloss ?? 1)) < 1e-4)
        #expect(abs((short.report.validation?.logloss ?? 0) - (stopped.report.validation?.logloss ?? 1)) < 1e-4)
    }

    @Test func whatWasNotOpenedIsGivenBack() throws {
        let federation = try MadeUpFederation()
        let limit = "exposure.limit=1000000"
        let stopped = try federation.run(
            Self.split, "train.epochs=200", "train.optimizer.rate=3", "protection=none", limit,
            "train.early-stopping={metric: logloss, patience: 1}")
        let reserved = try #require(stopped.report.exposures.values.first?.ratio)
        // Two columns of Z, four of the party, 200 epochs.
        #expect(reserved == 100)
        let feature = try federation.files[1]
        let ledger = try ExposureLedger(path: "\(feature.state)/exposure/\(feature.data.name).ledger")
        let note = try #require(stopped.report.notes.first { $0.contains("training ended after epoch") })
        let ended = note.split { !$0.isNumber }.compactMap { Int($0) }[0]
        #expect(ended < 200)
        let table = try Dataset(feature.data, in: feature.space).table
        let keys = try table.keys()
        let names = (0..<table.rowCount).map { ExposureLedger.RowName(id: keys.encoding(row: $0)) }
        #expect(ledger.ratio(of: names) == Double(ended) * 2 / 4)
    }
}
