import AttackAudit
import Foundation
import Testing

/// Whole runs on recordings in which one thing leaks.
@Suite struct AttackRunTests {
    private func attack(_ leak: MadeUpRecording.Leak?, allowsFewRows: Bool = true) throws -> AttackReport {
        let recording = try MadeUpRecording(leak)
        return try AttackRun(allowsFewRows: allowsFewRows).attack(
            from: Recording(transcript: recording.transcript, view: recording.view), truths: [recording.truth])
    }

    private func frame(_ step: String, in report: AttackReport) throws -> AttackReport.FrameResult {
        try #require(report.attackers[0].frames.first { $0.step == step })
    }

    @Test func nothingLeaks() throws {
        let report = try attack(nil)
        #expect(report.isPassed && report.verdict == .underpowered && report.exitCode == 0)
        #expect(report.attackers[0].frames.map(\.step) == ["K", "N", "D", "P", "M", "G"])
        // A phase may have the name of another protocol's.
        #expect(try frame("N", in: report).verdict == .informational)
        // All that can be tried were: there are no shares of weights to invert with, and no derivatives of the attacker's.
        let tried = Set(report.attackers[0].frames.flatMap(\.trials).map(\.attack))
        #expect(
            tried == Set(Attack.allCases).subtracting([.inversion, .gradientInversion, .knownRows40, .knownRows400]))
        for trial in report.attackers[0].frames.flatMap(\.trials) {
            #expect([.pass, .underpowered].contains(trial.verdict), "\(trial)")
        }
        #expect(report.attackers[0].notTried.isEmpty)
        #expect(report.text().contains("PASSED"))
    }

    @Test func fewRowsAreNoPass() throws {
        let report = try attack(nil, allowsFewRows: false)
        #expect(!report.isPassed && report.exitCode == 1 && report.verdict == .underpowered)
    }

    @Test(arguments: [
        (MadeUpRecording.Leak.randomness, "D", [Attack.direction, .completion40, .completion400]),
        (.repeatedRandomness, "D", [.repeats]), (.noMask, "P", [.regression40, .regression400, .repeats]),
        (.repeatedMask, "P", [.regression40, .repeats]),
        (.derivatives, "M", [.norm, .direction, .spectral, .completion40, .completion400]),
        (.gradients, "G", [.leastSquares]), (.timing, "D", [.timing]),
    ])
    func leaks(leak: MadeUpRecording.Leak, step: String, attacks: [Attack]) throws {
        let report = try attack(leak)
        #expect(!report.isPassed && report.exitCode == 1 && report.verdict == .fail)
        let found = try frame(step, in: report)
        #expect(found.verdict == .fail)
        for attack in attacks {
            let trial = try #require(found.trials.first { $0.attack == attack })
            #expect(trial.verdict == .fail, "\(trial)")
        }
        for other in report.attackers[0].frames where other.step != step && leak != .timing {
            #expect(other.verdict != .fail, "\(other)")
        }
        #expect(report.text().contains("FAIL"))
    }

    @Test func unprotectedDerivativesAreLabels() throws {
        let trials = try frame("M", in: attack(.derivatives)).trials
        #expect(try #require(trials.first { $0.attack == .direction }).value >= 0.99)
        #expect(try #require(trials.first { $0.attack == .norm }).value >= 0.9)
    }

    @Test func unregisteredFramesFail() throws {
        let report = try attack(.unregistered)
        let odd = try frame("O", in: report)
        #expect(odd.verdict == .fail && odd.remark?.contains("no attack is registered") == true)
        #expect(!report.isPassed)
    }

    @Test func sameRunSameReport() throws {
        let recording = try MadeUpRecording()
        let report = { () throws(AttackError) in
            try AttackRun().attack(
                from: Recording(transcript: recording.transcript, view: recording.view), truths: [recording.truth])
        }
        let encode = { (report: AttackReport) in
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return try encoder.encode(report)
        }
        #expect(try encode(try report()) == encode(try report()))
    }

    // MARK: - What is given

    @Test func labelsFromAList() throws {
        let recording = try MadeUpRecording(.derivatives)
        let labels = Dictionary(uniqueKeysWithValues: (0..<300).map { ("row-\($0)", Double($0 % 5 == 0 ? 1 : 0)) })
        let report = try AttackRun().attack(
            from: Recording(transcript: recording.transcript, view: recording.view), truths: [], labels: labels)
        #expect(report.attackers[0].notTried == ["features of bank"])
        let trials = try frame("M", in: report).trials
        // Made-up labels are not in what was seen.
        #expect(try #require(trials.first { $0.attack == .direction }).verdict != .fail)
    }

    @Test func withoutTruthOnlyTracesAreTried() throws {
        let recording = try MadeUpRecording(.derivatives)
        let report = try AttackRun().attack(
            from: Recording(transcript: recording.transcript, view: recording.view), truths: [])
        #expect(report.attackers[0].notTried == ["labels", "features of bank"])
        #expect(Set(report.attackers[0].frames.flatMap(\.trials).map(\.attack)) == [.repeats])
    }

    @Test func foreignFiles() throws {
        let (recording, other) = (try MadeUpRecording(), try MadeUpRecording())
        #expect(throws: AttackError.self) {
            try AttackRun().attack(
                from: Recording(transcript: recording.transcript, view: recording.truth), truths: [])
        }
        #expect(throws: AttackError.self) {
            try AttackRun().attack(
                from: Recording(transcript: recording.transcript, view: recording.view), truths: [other.view])
        }
        #expect(throws: AttackError.self) {
            try AttackRun().attack(
                from: Recording(transcript: recording.view, view: recording.view), truths: [])
        }
    }

    @Test func headersAreNotEnough() throws {
        let recording = try MadeUpRecording(keepsPayloads: false)
        #expect(throws: AttackError.payloadsNotKept(path: recording.transcript)) {
            try AttackRun().attack(
                from: Recording(transcript: recording.transcript, view: recording.view), truths: [])
        }
    }

    @Test func folders() throws {
        let recording = try MadeUpRecording()
        let found = try RecordingFolder.recordings(below: recording.folder)
        #expect(found == [Recording(transcript: recording.transcript, view: recording.view)])
        #expect(throws: AttackError.nothingFound(folder: "/nowhere")) {
            try RecordingFolder.recordings(below: "/nowhere")
        }
    }
}
