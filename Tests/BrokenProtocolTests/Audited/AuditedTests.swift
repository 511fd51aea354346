import AuditedFederation
import Auditing
import Cryptography
import Jobs
import PrivateView
import Specification
import Testing
import Transcript

/// Whole jobs under broken protocols, with transcripts and private views as parties write them, as an auditor sees them. What catches
/// a broken job finds nothing in a sound one.
@Suite struct AuditedTests {
    /// Runs a job of two parties on recorded randomness.
    private func play(
        _ fault: BrokenSource.Fault?, specifications: [ProtocolSpecification] = Software.specifications,
        _ overrides: [String] = []
    ) throws -> (federation: MadeUpFederation, run: AuditedRun) {
        let federation = try MadeUpFederation(features: 1)
        let feature = federation.parties[1]
        let transcripts = try federation.runAudited(
            overrides, insecurely: true,
            source: { party in
                let seed = Self.seed(of: party)
                guard let fault, party == feature else { return RecordedRandomSource(seed: seed) }
                return BrokenSource(seed: seed, fault)
            }, specifications: specifications)
        var run = try AuditedRun(of: federation, transcripts)
        for (party, records) in run.views {
            run.views[party] = records.map { record in
                guard case .header(var header) = record else { return record }
                header.seed = Self.seed(of: party).hexadecimal
                return .header(header)
            }
        }
        return (federation, run)
    }

    private static func seed(of party: Party) -> [UInt8] { SHA256.hash(Array("audited \(party)".utf8)) }

    // MARK: - Masks

    /// What a verification with every party's view finds in a job; without them it finds nothing.
    private func reveal(_ fault: BrokenSource.Fault?, _ overrides: String...) throws -> (AuditedRun, [Finding]) {
        let run = try play(fault, overrides).run
        let files = try AuditedRunFiles(run)
        let (alone, all) = (files.verify(), files.reveal())
        #expect(alone.verdict == .accepted && alone.transcripts.allSatisfy { $0.findings.isEmpty })
        #expect(all.findings.isEmpty)
        let findings = all.transcripts.flatMap(\.findings)
        #expect(all.verdict == (findings.isEmpty ? .accepted : .rejected))
        return (run, findings)
    }

    @Test func aSoundJob() throws { #expect(try reveal(nil).1.isEmpty) }

    /// The label party opens two values under one mask.
    @Test func masksReusedByBatch() throws {
        let epoch = 5
        let (run, findings) = try reveal(.reusedMasks(batches: epoch))
        let (label, feature) = (run.parties[0], run.parties[1])
        let records = try #require(run.records[label])
        #expect(findings.allSatisfy { $0.check == .mask && $0.level == .privateView })
        #expect(findings.allSatisfy { $0.party == label && $0.peer == feature })
        for step in ["F1", "B2"] {
            let again = records.frames(before: try records.index(step, round: epoch))
            let first = records.frames(before: try records.index(step, round: 0))
            #expect(
                findings.contains { $0.frame == again && $0.found.contains("frame \(first), \(step) of train round 0") }
            )
        }
    }

    /// Of 64 bits, as would do over a number that was reduced before it was encrypted.
    @Test func masksNarrowerThanTheProduct() throws {
        let (run, findings) = try reveal(.narrowMasks(bytes: 8))
        let label = run.parties[0]
        let records = try #require(run.records[label])
        #expect(!findings.isEmpty && findings.allSatisfy { $0.check == .mask && $0.party == label })
        for step in ["F1", "B2"] {
            let first = records.frames(before: try records.index(step, round: 0))
            #expect(findings.contains { $0.frame == first && $0.found.contains("begin with") }, "\(step)")
        }
    }

    /// The feature party's own auditor sees that it sends the randomness which it was sent.
    @Test func productsThatAreNotRerandomised() throws {
        let (run, findings) = try reveal(.noRerandomisation, "train.epochs=1")
        let feature = run.parties[1]
        let products = try #require(run.records[feature]).indices { ["F1", "B2"].contains($0.header.step) }
        #expect(findings.allSatisfy { $0.check == .noise && $0.party == feature && $0.peer == run.parties[0] })
        #expect(findings.compactMap(\.record) == products)
    }

    // MARK: - Messages

    /// Numbers in the clear that are said to be masked: nobody needs a key to see that they are none.
    @Test(arguments: LeakyMessage.allCases) func numbersInTheClear(message: LeakyMessage) throws {
        var run = try play(nil, specifications: message.specifications).run
        try message.cross(&run)
        let conventions = try message.conventions
        // Every field is as the parties' own specification has it.
        let headers = try AuditedRunFiles(run.headers()).verify(against: conventions)
        #expect(headers.verdict == .accepted && headers.findings.isEmpty)
        #expect(headers.transcripts.allSatisfy { $0.findings.isEmpty })

        let full = try AuditedRunFiles(run).verify(against: conventions)
        #expect(full.verdict == .rejected && full.findings.isEmpty)
        for (party, transcript) in zip(run.parties, full.transcripts) {
            let records = try #require(run.records[party])
            #expect(transcript.findings.count == 1, "\(transcript.findings)")
            let finding = try #require(transcript.findings.first)
            #expect(finding.check == .uniformity && finding.level == .full && finding.party == party)
            #expect(finding.frame == records.frames(before: try records.index(LeakyMessage.step)))
        }
        // An auditor with this program's own specifications does not get as far as the numbers.
        let own = try AuditedRunFiles(run.headers()).verify()
        #expect(own.transcripts.allSatisfy { $0.findings.first?.check == .specification })
    }

    // MARK: - Generator

    /// Its output passes all tests of what was sent; only computing it again tells that it did not come from where the party says.
    @Test(arguments: [true, false]) func masksOfACongruentialGenerator(isBroken: Bool) throws {
        let (federation, run) = try play(
            isBroken ? .congruentialMasks(seed: 51_966) : nil, ["train.epochs=1", "train.batch=24"])
        let feature = federation.parties[1]
        let files = try AuditedRunFiles(run)
        let verification = files.verify()
        #expect(verification.verdict == .accepted)
        let replay = try Replay(
            transcript: files.transcript(feature), view: files.view(feature), party: federation.files[1])
        guard isBroken else {
            #expect(replay.verdict == .accepted && replay.findings.isEmpty)
            return
        }
        let records = try #require(run.records[feature])
        let masked = try records.index("F1", isOutgoing: true)
        let finding = try #require(replay.findings.first)
        #expect(replay.verdict == .rejected)
        #expect(finding.check == .replay && finding.level == .replay)
        #expect(finding.party == feature && finding.frame == records.frames(before: masked))
    }
}
