import AuditedFederation
import Auditing
import Foundation
import Specification
import Testing

@Suite struct VerificationTests {
    @Test(arguments: 0..<90)
    func validJobsAreAccepted(variant: Int) throws {
        var noise = Noise(state: UInt64(variant))
        let federation = try Federation(features: 1 + variant % 3)
        try federation.run(
            .init(
                rounds: Int.random(in: 0...5, using: &noise), rows: Int.random(in: 2...6, using: &noise),
                keepsPayloads: Bool.random(using: &noise), seed: noise.next()))
        let all = federation.verify()
        #expect(all.verdict == .accepted)
        #expect(all.findings.isEmpty)
        #expect(all.transcripts.allSatisfy { $0.findings.isEmpty && $0.records == $0.signedRecords + 1 })
        let one = federation.verify([federation.path(federation.label)])
        #expect(one.verdict == .accepted)
        #expect(one.findings.map(\.check) == Array(repeating: .attendance, count: federation.parties.count - 1))
        #expect(one.findings.allSatisfy { $0.severity == .note })
    }

    @Test func everyChangedByteIsRejected() throws {
        let federation = try Federation(.nothing)
        try federation.run()
        let path = federation.path(federation.label)
        let whole = try Data(contentsOf: URL(filePath: path))
        let file = open(path, O_WRONLY)
        defer { close(file) }
        for (index, byte) in whole.enumerated() {
            #expect(pwrite(file, [byte ^ UInt8(1 << (index % 8))], 1, index) == 1)
            #expect(federation.verify([path]).verdict != .accepted, "byte \(index)")
            #expect(pwrite(file, [byte], 1, index) == 1)
        }
        #expect(federation.verify([path]).verdict == .accepted)
    }

    @Test func everyTruncationIsAPrefixAndSaysSo() throws {
        let federation = try Federation(.nothing)
        try federation.run()
        let path = federation.path(federation.label)
        let size = try Data(contentsOf: URL(filePath: path)).count
        var records: Set<Int> = []
        for length in (0..<size).reversed() {
            #expect(truncate(path, length) == 0)
            let verification = federation.verify([path])
            #expect(verification.verdict == .incomplete, "\(length) bytes")
            let finding = try #require(verification.transcripts[0].findings.last)
            #expect(finding.check == .completeness && finding.severity == .incomplete)
            #expect(finding.found.hasPrefix("a valid prefix: "))
            #expect(finding.found.contains("the file ends"))
            records.insert(verification.transcripts[0].records)
        }
        #expect(records.count == federation.verify().transcripts[1].records)
    }

    @Test func anAbortedJobSaysWhy() throws {
        let federation = try Federation(features: 2)
        try federation.run(.init(aborts: true))
        let verification = federation.verify()
        #expect(verification.verdict == .incomplete)
        for transcript in verification.transcripts {
            #expect(transcript.findings.map(\.check) == [.completeness])
            #expect(transcript.findings.first?.found == "it was aborted: airline in evaluate: disk full")
        }
    }

    @Test func anUnprotectedJobIsMarked() throws {
        let federation = try Federation(terms: ["unprotected"])
        try federation.run(.init(isUnprotected: true))
        let verification = federation.verify()
        #expect(verification.verdict == .accepted)
        for transcript in verification.transcripts {
            #expect(transcript.findings.map(\.check) == [.protection])
            #expect(transcript.findings.map(\.severity) == [.note])
        }
    }

    @Test func plainNumbersInAProtectedJobAreRejected() throws {
        let federation = try Federation()
        try federation.run(.init(isUnprotected: true))
        for transcript in federation.verify().transcripts {
            let finding = try #require(transcript.findings.first)
            #expect(finding.check == .protection && finding.severity == .failure)
            #expect(finding.found == "P1 of compare round 0")
            #expect(finding.party == transcript.party && finding.peer != nil && finding.frame == 2)
        }
    }

    @Test func listsOfRowsCrossOnlyWhereTheJobAllowsThem() throws {
        for terms in [[], ["lists"]] {
            let federation = try Federation(.ciphertexts, terms: terms)
            try federation.run(.init(listsRows: true))
            for transcript in federation.verify().transcripts {
                #expect(transcript.verdict == (terms.isEmpty ? .rejected : .accepted))
                let finding = transcript.findings.first
                #expect(finding?.check == (terms.isEmpty ? .rowList : nil))
                guard let finding else { continue }
                // Two frames of hello and four of keys come before.
                #expect(finding.party == transcript.party && finding.peer != nil && finding.frame == 6)
                #expect(finding.found == "L1 of listed-layer round 0")
                // The first is enough.
                #expect(transcript.findings.count == 1)
            }
        }
    }

    @Test func specificationsThatTheProgramLacksAreNamed() throws {
        let federation = try Federation()
        try federation.run()
        var conventions = Federation.conventions
        conventions.specifications.removeAll { $0.name == "exchange" }
        let verification = Verification(of: federation.paths, against: conventions)
        #expect(verification.verdict == .accepted)
        let finding = try #require(verification.transcripts[0].findings.first)
        #expect(finding.check == .specification && finding.severity == .note)
        #expect(finding.found.hasPrefix("exchange 1"))
    }

    @Test func whatIsNoTranscriptIsUnreadable() throws {
        let federation = try Federation()
        try federation.run()
        let text = federation.folder.appending(path: "notes.txt")
        try Data("these are the minutes of the meeting of the board".utf8).write(to: text)
        for path in [text.path, federation.folder.path, federation.path(federation.label) + ".missing"] {
            let verification = federation.verify([path])
            #expect(verification.verdict == .unreadable)
            #expect(verification.verdict.exitCode == 65)
            #expect(verification.transcripts[0].problem?.contains(path) == true)
        }
    }
}
