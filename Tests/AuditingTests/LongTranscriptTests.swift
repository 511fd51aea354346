import AuditedFederation
import Auditing
import Foundation
import Testing

@Suite struct LongTranscriptTests {
    /// In a process of its own, whose peak memory is its own.
    @Test func aHundredThousandFramesNeedNoMemory() async {
        await #expect(processExitsWith: .success) {
            func peak() -> Int {
                var usage = rusage()
                getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                return usage.ru_maxrss
            }
            let federation = try Federation()
            try federation.run(.init(rounds: 300))
            #expect(federation.verify().verdict == .accepted)
            let before = peak()
            try federation.run(.init(rounds: 33_333))
            let verification = federation.verify()
            #expect(verification.verdict == .accepted)
            #expect(verification.transcripts.allSatisfy { $0.frames > 100_000 })
            let summary = try federation.summary()
            #expect(summary.frames > 100_000)
            #expect(summary.html.utf8.count < 100_000)
            #expect(summary.text.utf8.count < 20_000)
            // Kilobytes: the transcripts have some thirty megabytes each.
            #expect(peak() - before < 4_000)
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
