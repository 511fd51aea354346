import AuditedFederation
import Auditing
import Coordination
import Cryptography
import Foundation
import Jobs
import Link
import Specification
import Testing
import Transcript

/// Rows that one job has aligned serve the next, as long as nobody's ids have changed.
@Suite struct ReuseTests {
    private func run(
        _ federation: MadeUpFederation, _ overrides: [String], files: [PartyFile]? = nil
    ) throws -> Report {
        try RecordedFederation(
            federation.job(["protection=none"] + overrides), files: files ?? federation.files
        ) { MadeUpFederation.randomness(of: $0) }.run(over: MemoryNetwork(parties: federation.parties))
    }

    @Test func theNextTrialDoesNotAlign() throws {
        let federation = try MadeUpFederation(features: 2)
        let first = try run(federation, [])
        let id = try #require(first.modelID)
        let again = try run(federation, ["align.reuse=\(id)"])
        #expect(again.aligned == first.aligned && again.metrics == first.metrics)
        let sent = { (report: Report) in report.bytes.values.flatMap(\.values).reduce(0, +) }
        #expect(sent(again) < sent(first))
        let paths = again.transcripts.values.map(\.file)
        let protocols = try Set([TranscriptRecord](path: paths[0]).compactMap { $0.frame?.header.protocolName })
        #expect(!protocols.contains("alignment") && protocols.contains("unprotected"))
        let verification = Verification(of: paths, against: Software.conventions)
        #expect(verification.verdict == .accepted, "\(verification.findings)")
        // Another name has another order of batches, yet the rows of the job that aligned them.
        let other = try run(federation, ["align.reuse=\(id)", "name=other"])
        #expect(other.aligned == first.aligned && other.modelID != again.modelID)
    }

    @Test func whoeversIdsHaveChangedEndsTheJob() throws {
        let federation = try MadeUpFederation()
        let id = try #require(try run(federation, []).modelID)
        func refused(_ overrides: [String], files: [PartyFile]? = nil, _ expected: String...) throws {
            do {
                _ = try run(federation, overrides, files: files)
                Issue.record("\(overrides) ran")
            } catch { #expect(expected.allSatisfy("\(error)".contains), "\(error)") }
        }
        // Where all parties refuse, the first one's sentence may be that it heard so of another.
        try refused(["align.reuse=\(id)", "align.fold-case=true"], "bad-data")
        let elsewhere = try TemporaryFolder()
        var forgetful = try federation.files
        forgetful[0].state = elsewhere.path
        try refused(
            ["align.reuse=\(id)", "name=forgetful"], files: forgetful, "no aligned rows of job \(id)", "align again")
        for index in 0..<2 {
            var files = try federation.files
            let folder = try TemporaryFolder()
            let text = try String(contentsOfFile: #require(files[index].data.rows.file), encoding: .utf8)
            files[index].data.rows = .csv(
                file: try folder.write(Array(text.replacing("row-7,", with: "row-700,").utf8), "data.csv"))
            // A party's own sentence stays with it; the others hear whose data it is.
            let sentence = index == 0 ? "ids, or their order, have changed" : "bad-data"
            try refused(
                ["align.reuse=\(id)", "name=trial-\(index)"], files: files, sentence, "\(federation.parties[index])")
        }
    }
}
