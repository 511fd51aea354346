import Auditing
import Coordination
import Cryptography
import Foundation
import Jobs
import Specification
import Testing

/// What programs of the previous version left is read by this one, and means the same.
@Suite struct PreviousFilesTests {
    private let previous: PreviousFederation

    init() throws { previous = try PreviousFederation() }

    /// A job is approved by its bytes: they are its name, and one encoding is all that it has.
    @Test func jobsKeepTheirNames() throws {
        let paths = try previous.paths("jobs") { $0.hasSuffix(".json") }
        #expect(paths.count == 9)
        for path in paths {
            let bytes = try #require(try StateFile.read(path))
            let effective = try EffectiveJob(decoding: bytes)
            #expect(path.hasSuffix("/\(EffectiveJob.hash(of: bytes).hexadecimal).json"))
            #expect(try effective.encoded == bytes)
        }
    }

    @Test func decisionsHold() throws {
        for file in try previous.files {
            let approvals = try Approvals(state: file.state)
            for name in ["plain", "blind", "halted"] {
                let hash = try previous.record(of: name).hash
                #expect(try approvals.decision(hash) == (file.name.name == "bank" ? .approved : nil))
                #expect(try approvals.nextAttempt(hash) == 1)
            }
        }
    }

    @Test func recordsAndReportsAreRead() throws {
        for name in ["plain", "blind"] {
            guard case .done(let report) = try previous.record(of: name).state else {
                Issue.record("\(name) is not done")
                continue
            }
            let json = try #require(FileManager.default.contents(atPath: "\(previous.folder)/\(name).json"))
            #expect(try JSONDecoder().decode(Report.self, from: json) == report)
            #expect(report.parties.count == 3 && report.aligned == 72)
        }
        let record = try previous.record(of: "halted")
        #expect(record.stateName == "failed")
        #expect(try EffectiveJob.hash(of: record.job().encoded).hexadecimal == record.hash)
    }

    /// What one more job would be counted on top of.
    @Test func ledgersCountOn() throws {
        let label = try #require(try previous.files.first)
        // Four columns of each partner, of two bins and one of gaps at most, in each of three jobs.
        let bins = try StatisticsLedger(path: "\(label.state)/statistics/customers.ledger")
        for partner in previous.parties.dropFirst() { #expect(bins[partner] == 24) }
        for file in try previous.files {
            let path = file.state + "/single-use.ledger"
            let bytes = try #require(try StateFile.read(path))
            for name in ["plain", "blind", "halted"] {
                let hash = try EffectiveJob.hash(of: Array(#require(try previous.record(of: name).effective).utf8))
                #expect(bytes.firstRange(of: hash) != nil)
            }
            // Nothing of what stands there may be used again.
            var ledger = try SingleUseLedger(path: path)
            let attempt = SingleUseLedger.Attempt(jobHash: SHA256.hash([1]), number: 0)
            try ledger.use(["fresh": SHA256.hash([2])], in: attempt)
            #expect(try #require(try StateFile.read(path)).count > bytes.count)
        }
    }

    @Test func modelsAreListed() throws {
        for file in try previous.files {
            let entries = try ModelRegistry(state: file.state, party: file.name).entries()
            #expect(entries.map(\.job).sorted() == ["blind", "plain"])
        }
    }

    @Test(arguments: ["plain", "blind", "halted"]) func transcriptsAreVerified(name: String) throws {
        let paths = try previous.paths("transcripts") { $0.hasPrefix(name) && $0.hasSuffix(".transcript") }
        let views = try previous.paths("transcripts") { $0.hasPrefix(name) && $0.hasSuffix(".view") }
        #expect(paths.count == 3 && views.count == (name == "plain" ? 3 : 0))
        let verification = Verification(
            of: paths, views: views, against: Software.conventions, revealing: Software.viewConventions)
        let findings = verification.findings + verification.transcripts.flatMap(\.findings)
        #expect(verification.verdict == (name == "halted" ? .incomplete : .accepted), "\(findings)")
        // No specification of theirs is a stranger here.
        #expect(!findings.contains { $0.check == .specification }, "\(findings)")
    }

    /// One of each that the previous version sends, as it came over real links.
    @Test func messagesAreRead() throws {
        let messages = try PreviousFederation.messages.map { try ControlMessage(decoding: $0) }
        let names = try PreviousFederation.messages.map { bytes in
            try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]).keys.first ?? ""
        }
        let all = [
            "describe", "description", "reach", "reached", "propose", "decision", "start", "progress", "finished",
            "failed", "cancel",
        ]
        #expect(Set(names) == Set(all))
        for message in messages {
            switch message {
            case .description(let description): #expect(!description.hasQueue && description.protocols.count == 11)
            case .propose(let text): #expect(throws: Never.self) { try EffectiveJob(decoding: Array(text.utf8)) }
            case .start(let order): #expect(order.hash.count == 64 && !order.connects.isEmpty)
            case .finished(let report): #expect(report.aligned == 72)
            default: break
            }
        }
    }
}
