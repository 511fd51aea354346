import AuditedFederation
import Auditing
import Foundation
import Testing

@Suite struct LongTranscriptTests {
    /// The process's largest memory so far, in kilobytes.
    private static func peak() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    /// In a process of its own, whose peak memory is its own.
    @Test func aHundredThousandFramesNeedNoMemory() async {
        await #expect(processExitsWith: .success) {
            let federation = try Federation()
            try federation.run(.init(rounds: 300))
            #expect(federation.verify().verdict == .accepted)
            let before = Self.peak()
            try federation.run(.init(rounds: 33_333))
            let verification = federation.verify()
            #expect(verification.verdict == .accepted)
            #expect(verification.transcripts.allSatisfy { $0.frames > 100_000 })
            let summary = try federation.summary()
            #expect(summary.frames > 100_000)
            #expect(summary.html.utf8.count < 100_000)
            #expect(summary.text.utf8.count < 20_000)
            // Kilobytes: the transcripts have some thirty megabytes each.
            #expect(Self.peak() - before < 4_000)
        }
    }

    /// A quarter of a million ciphertexts, more than are held in memory, in a transcript of 130 megabytes.
    @Test func keptPayloadsNeedLittleMemory() async {
        await #expect(processExitsWith: .success) {
            let federation = try Federation(.ciphertexts)
            try federation.run(.init(rounds: 2, rows: 1000, keepsPayloads: true))
            let weather = federation.path(federation.parties[1])
            #expect(federation.verify([weather]).verdict == .accepted)
            let before = Self.peak()
            try federation.run(.init(rounds: 128, rows: 1000, keepsPayloads: true))
            #expect(federation.verify([weather]).verdict == .accepted)
            // Fingerprints of ciphertexts take six megabytes, their sorting three more.
            #expect(Self.peak() - before < 24_000)
        }
    }

    /// A file that is wrong in every record is reported in part, and counted.
    @Test func findingsAreBounded() throws {
        let federation = try Federation()
        try federation.run(.init(rounds: 100))
        try federation.forge(federation.label) { records in
            for index in records.indices {
                guard case .frame = records[index] else { continue }
                try records.changeFrame(index) { $0.digest = [] }
            }
        }
        let transcript = federation.verify([federation.path(federation.label)]).transcripts[0]
        #expect(transcript.findings.count == 100)
        #expect(transcript.omittedFindings > 200)
    }
}
