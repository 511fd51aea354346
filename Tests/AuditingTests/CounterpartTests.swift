import AuditedFederation
import Auditing
import Foundation
import Specification
import Testing
import Transcript

@Suite struct CounterpartTests {
    private let federation: Federation
    private let airline: Party
    private let weather: Party

    init() throws {
        federation = try Federation(features: 2)
        try federation.run()
        airline = federation.parties[0]
        weather = federation.parties[1]
    }

    private func forge(_ party: Party, _ change: (inout [TranscriptRecord]) throws -> Void) throws {
        try federation.forge(party, change)
    }

    /// With all partners' help a transcript can be consistent in itself. The partners' own transcripts still differ.
    @Test func anotherPayloadIsFoundBetweenTheTwo() throws {
        var (sent, taken) = (0, 0)
        try forge(weather) { records in
            sent = try records.index("F1", round: 1)
            try records.changeFrame(sent) { $0.digest[0] ^= 1 }
        }
        taken =
            try [TranscriptRecord](path: federation.path(airline)).firstIndex {
                guard case .frame(let frame) = $0 else { return false }
                return frame.header.step == "F1" && frame.header.round == 1 && frame.peer == weather
            } ?? 0
        let verification = federation.verify()
        #expect(verification.transcripts.allSatisfy { $0.verdict == .accepted })
        #expect(verification.verdict == .rejected)
        let agreement = try #require(verification.findings.first { $0.check == .agreement && $0.party == airline })
        #expect(agreement.peer == weather)
        #expect(agreement.record == taken)
        #expect(agreement.expected.contains("record \(sent) of weather"))
        // Both partners hold the head that the original transcript had.
        let seals = verification.findings.filter { $0.check == .seal }
        #expect(Set(seals.map(\.peer)) == [airline, federation.parties[2]])
        #expect(seals.allSatisfy { $0.party == weather })
    }

    @Test func aRoundThatBothPlanAndRecordsLackIsMissedByThePartner() throws {
        try forge(weather) { records in
            try records.changePlan("exchange") { $0.runs.removeLast() }
            for step in ["F1", "F2", "F3"] { records.remove(at: try records.index(step, round: 2)) }
        }
        let verification = federation.verify()
        #expect(verification.transcripts.allSatisfy { $0.verdict == .accepted })
        let plan = try #require(verification.findings.first { $0.check == .plan })
        #expect(plan.party == weather && plan.peer == airline)
        let missing = verification.findings.filter { $0.check == .agreement }
        #expect(!missing.isEmpty)
        #expect(
            missing.contains {
                $0.party == weather && $0.expected.hasPrefix("exchange F1 of train round 2")
                    || $0.expected.hasPrefix("exchange F2")
            })
    }

    @Test func transcriptsOfDifferentJobs() throws {
        let other = try Federation(features: 2)
        try other.run()
        let verification = federation.verify([federation.path(airline), other.path(weather)])
        #expect(verification.verdict == .rejected)
        #expect(verification.findings.first?.check == .job)
        #expect(verification.findings.first?.party == weather)
    }

    @Test func anotherAttempt() throws {
        try forge(weather) { records in try records.changeHeader { $0.attempt = 1 } }
        let finding = try #require(federation.verify().findings.first)
        #expect(finding.check == .job && finding.party == weather && finding.found == "attempt 1")
    }

    @Test func oneTranscriptOfEachParty() throws {
        let verification = federation.verify([federation.path(airline), federation.path(airline)])
        #expect(verification.verdict == .rejected)
        #expect(verification.findings.contains { $0.check == .attendance && $0.severity == .failure })
    }

    @Test func twoOfThreeAgreeAndTheThirdIsNamed() throws {
        let verification = federation.verify([federation.path(airline), federation.path(weather)])
        #expect(verification.verdict == .accepted)
        #expect(verification.findings.map(\.check) == [.attendance])
        #expect(verification.findings.first?.party == federation.parties[2])
    }

    /// Killed at any byte: nothing in what is left contradicts the others.
    @Test(arguments: 0..<60)
    func aPrefixAgreesWithWholeTranscripts(step: Int) throws {
        let party = federation.parties[step % 3]
        let url = URL(filePath: federation.path(party))
        let whole = try Data(contentsOf: url)
        var noise = Noise(state: UInt64(step))
        try whole.prefix(Int.random(in: 1..<whole.count, using: &noise)).write(to: url)
        let verification = federation.verify()
        #expect(verification.verdict == .incomplete)
        #expect(verification.findings.allSatisfy { $0.severity == .note })
    }

    @Test func whatAPartnerNeverTookWasNotSentInAWholeJob() throws {
        // The partner's transcript was cut, so its missing frames are no contradiction; its first frames still must agree.
        let url = URL(filePath: federation.path(airline))
        let whole = try Data(contentsOf: url)
        try forge(weather) { records in
            try records.changeFrame(try records.index("F1")) { $0.digest[0] ^= 1 }
        }
        try whole.prefix(whole.count * 9 / 10).write(to: url)
        let verification = federation.verify([federation.path(airline), federation.path(weather)])
        #expect(verification.verdict == .rejected)
        #expect(verification.findings.contains { $0.check == .agreement && $0.party == airline })
    }
}
