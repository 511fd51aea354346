import AuditedFederation
import Coordination
import Cryptography
import Foundation
import Jobs
import Link
import PrivateView
import Specification
import Testing
import Transcript

/// Some parties, and a job that is stopped on the way.
struct Interrupted {
    let federation: MadeUpFederation
    private let job: Job
    private let files: [PartyFile]

    /// Three parties with few rows.
    ///
    /// - Parameter interval: Rounds from one checkpoint to the next; `nil`: as the overrides say.
    init(_ overrides: [String], every interval: Int? = 5, isAudited: Bool = false) throws {
        let federation = try MadeUpFederation(
            features: 2, categories: overrides.contains { $0.contains("embed") } ? ["shop0", "phone0", "bank0"] : [])
        self.federation = federation
        files = try federation.files.map { isAudited ? $0.audited(insecurely: false) : $0 }
        job = try federation.job(overrides + (interval.map { ["train.checkpoint=\($0)"] } ?? []))
    }

    /// A job over a survey's data.
    init(_ survey: Survey, _ overrides: [String]) throws {
        (federation, files, job) = (survey.federation, survey.files, try survey.job(overrides))
    }

    /// A job over histories.
    init(_ histories: HistoryFederation, _ job: Job) {
        (federation, files, self.job) = (histories.federation, histories.files, HistoryFederation.named(job))
    }

    struct Outcome {
        let report: Report
        /// Of the model after the last round.
        let end: PartyReport.Metrics

        /// Where parties say that they went on.
        var wentOn: [String] {
            get throws {
                report.notes.compactMap { note in
                    note.firstMatch(of: /training goes on (after round \d+, from checkpoints of attempt \d+)/).map {
                        String($0.1)
                    }
                }
            }
        }
    }

    private func recorded(_ seed: String?) throws -> RecordedFederation {
        var source: (@Sendable (Party) -> any RandomSource)?
        if let seed { source = { RecordedRandomSource(seed: Array("\(seed) \($0)".utf8)) } }
        return try RecordedFederation(job, files: files, source: source)
    }

    /// - Parameter seed: Of all that is drawn; `nil`: each party's own randomness.
    func run(attempt: Int, resumes: Bool = false, drawing seed: String? = nil) throws -> Outcome {
        let (job, curve) = (try recorded(seed), TrainingCurve(every: 15))
        let report = try job.run(
            over: MemoryNetwork(parties: federation.parties), attempt: attempt, resumes: resumes, curve: curve)
        return Outcome(report: report, end: try job.points(curve).last?.metrics ?? .init())
    }

    /// Loses a party when it has come so far: nobody hears a word of it.
    func interrupt(
        attempt: Int, resumes: Bool = false, losing victim: Int, at stage: ControlMessage.Stage = .train,
        after round: Int? = nil, drawing seed: String? = nil
    ) {
        let network = MemoryNetwork(parties: federation.parties, silence: 2)
        let lost = federation.parties[victim]
        #expect(throws: (any Error).self) {
            try recorded(seed).run(over: network, attempt: attempt, resumes: resumes) { party, progress in
                if party == lost, progress.stage == stage, round.map({ progress.done == $0 }) ?? true {
                    network.drop(lost)
                }
            }
        }
    }

    private func files(_ folder: String, of party: Party, ending: String) throws -> [URL] {
        let state = try #require(try federation.files.first { $0.name == party }).state
        let found = FileManager.default.enumerator(
            at: URL(fileURLWithPath: "\(state)/\(folder)"), includingPropertiesForKeys: nil)
        return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == ending }
    }

    func checkpoints(of party: Int) throws -> [URL] {
        try files("checkpoints", of: federation.parties[party], ending: "checkpoint")
    }

    /// What the label party saw of Z in each round of an attempt.
    func opened(attempt: Int) throws -> [[Int64]] {
        let views = try files("transcripts", of: federation.parties[0], ending: "view")
        let view = try #require(views.first { $0.lastPathComponent.contains("-\(attempt)-shop") })
        let reader = try ViewReader(path: view.path)
        var opened: [[Int64]] = []
        while let record = try? reader.next() {
            if case .round(let round) = record, let z = round.opened { opened.append(z) }
        }
        return opened
    }

    /// Receivers and hashes of all ciphertexts and shares that a party sent, in all attempts.
    func framesSent(by party: Party) throws -> [[UInt8]] {
        var digests: [[UInt8]] = []
        for file in try files("transcripts", of: party, ending: "transcript") {
            let reader = try TranscriptReader(path: file.path)
            while case .record(let record) = reader.next() {
                guard case .frame(let frame) = record, frame.isOutgoing,
                    [.ciphertext, .maskedShare].contains(frame.header.kind)
                else { continue }
                digests.append(Array(frame.peer.name.utf8) + frame.digest)
            }
        }
        return digests
    }
}
