import AuditedFederation
import Auditing
import Jobs
import Specification
import Testing
import Transcript

extension Mutation {
    /// What nothing but computing everything again shows: `ReplayMutationTests` has the seeds for it.
    static let replays = [
        Mutation("a byte of what a party sent, in both transcripts", .replay, of: .contents) { mutant in
            let kinds: Set<Kind> = [.ciphertext, .maskedShare, .tag, .blindedPoint]
            mutant.act(as: try mutant.pick(mutant.run.parties, of: "party"))
            let index = try mutant.pickFrame { $0.isOutgoing && kinds.contains($0.header.kind) }
            let bit = UInt8(1 << Int.random(in: 0..<8, using: &mutant.noise))
            try mutant.changeBoth(index) { frame in
                var payload = try frame.payload.orThrow("payload")
                payload[payload.endIndex - 1] ^= bit
                frame.keep(payload)
            }
            mutant.expect(index)
        }
    ]
}

@Suite struct ReplayMutationTests {
    /// Each takes as long as the party's own computing did.
    private static let mutants = 4

    @Test func isFoundByComputingItAgain() throws {
        let federation = try MadeUpFederation(features: 1)
        let run = try AuditedRun(of: federation, federation.runAudited(AuditedRun.brief, insecurely: true))
        let files = try Dictionary(uniqueKeysWithValues: federation.files.map { ($0.name, $0) })
        for mutation in Mutation.replays {
            for number in 0..<Self.mutants {
                let mutant = try mutation.mutant(number, of: run)
                var forged = run
                forged.records = mutant.transcripts
                let written = try AuditedRunFiles(forged)
                #expect(written.verify().verdict == .accepted, "mutant \(number)")
                let replay = try Replay(
                    transcript: written.transcript(mutant.party), view: written.view(mutant.party),
                    party: try #require(files[mutant.party]))
                let finding = try #require(replay.findings.first, "mutant \(number)")
                #expect(replay.verdict == .rejected)
                #expect(finding.check == mutation.check && finding.level == .replay)
                #expect(finding.party == mutant.party && finding.frame == mutant.frame, "mutant \(number)")
            }
        }
    }
}

extension Mutant {
    /// The frame that the finding must name.
    fileprivate var frame: Int? { expectation.records.first.map { records.frames(before: $0) } }
}
