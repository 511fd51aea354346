import Coordination
import Foundation
import Jobs
import Link
import Specification
import Testing

/// What people are told of a job that did not come to its end: who, where, why and what to do, at once and later.
@Suite struct EndingTexts {
    private let bank, shop: Party

    init() throws { (bank, shop) = (try Party("bank"), try Party("shop")) }

    private func failure(_ reason: AbortReason, detail: String? = nil) -> ControlMessage.Failure {
        .init(party: shop, step: "align", reason: reason.name, detail: detail)
    }

    @Test(arguments: AbortReason.allCases) func aFailureNamesPartyStepCauseAndRemedy(_ reason: AbortReason) {
        for detail in [nil, "line 7 says so"] {
            let failure = failure(reason, detail: detail)
            let text = "\(ControlError.failed(failure))"
            #expect(text.hasPrefix("shop: step 'align': \(reason.name) (\(detail ?? reason.sentence)); next: "))
            #expect(text.contains(reason.remedy(at: shop)))
            #expect(!text.contains("\n"), "the last line on standard error says all of it")
            switch reason.continuation {
            case .resume: #expect(text.hasSuffix("; then resume the job") && failure.isResumable)
            case .run: #expect(text.hasSuffix("; then run the job again") && !failure.isResumable)
            }
        }
        // What is refused is not helped by doing the same again.
        if failure(reason).isRefusal { #expect(reason.continuation == .run) }
    }

    /// Of each remedy it is known who acts: the party named, or somebody whom it names itself.
    @Test(arguments: AbortReason.allCases) func aRemedySaysWhoActs(_ reason: AbortReason) {
        let texts = (reason.remedy(at: shop), reason.remedy(at: bank))
        let forAll: Set<AbortReason> = [
            .emptyIntersection, .versionMismatch, .protocolMismatch, .jobMismatch, .bindingMismatch,
            .transcriptMismatch,
            .boundExceeded, .policyRefused,
        ]
        #expect((texts.0 == texts.1) == forAll.contains(reason))
        #expect(texts.0.contains("shop") != forAll.contains(reason))
        #expect(!texts.0.isEmpty && !texts.0.hasSuffix("."))
    }

    @Test func aCoordinatorThatWasStoppedHasNothingPutRight() throws {
        let coordinator = try Party(PartnerList.coordinatorName)
        for reason in [AbortReason.stopping, .peerLost, .timedOut] {
            #expect(reason.remedy(at: coordinator) == "nothing has to be put right at the parties")
        }
    }

    @Test func aReasonOfALaterVersionIsStillTold() {
        let failure = ControlMessage.Failure(party: shop, step: "align", reason: "moon-phase", detail: nil)
        #expect(failure.cause == "shop: step 'align': moon-phase")
        #expect(failure.remedy.contains("shop") && !failure.isResumable)
    }

    private var hindrances: [(ControlError, kind: String, last: String)] {
        [
            (
                .unreachable([bank: "cannot reach bank at 10.0.0.1:7100: Connection refused"]), "unreachable",
                "bank: cannot"
            ),
            (.lost(bank, "the connection ended"), "unreachable", "bank: the connection ended"),
            (.malformed(bank, "no description"), "incompatible", "bank sent no description"),
            (.incompatible(["shop does not know bank"]), "incompatible", "shop does not know bank"),
            (.unfit([bank: ["no column 'age'"], shop: ["no file"]]), "unfit", "shop: no file"),
            (.refused([bank: ["min-rows"]]), "refused", "bank: refused by its policy: min-rows"),
            (
                .pending(hash: "abc", [shop: "colonnade-party approve F abc"]), "pending",
                "colonnade-party approve F abc"
            ),
        ]
    }

    @Test func whatHindersAJobNamesPartyCauseAndRemedy() {
        for (error, kind, last) in hindrances {
            let lines = "\(error)".split(separator: "\n")
            #expect(error.hindrance == kind)
            #expect("\(error)".contains("next: \(error.remedy)"), "\(error)")
            #expect(lines.last?.contains(last) == true, "\(error)")
            #expect(error.remedy.contains("give") && error.remedy.contains("command"))
        }
        #expect(ControlError.failed(failure(.peerLost)).hindrance == nil)
    }

    @Test func whatHindersAJobIsKeptUntilTheJobIsAccepted() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let records = JobRecords(coordinatorFolder: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.jobFile.write(toFile: folder + "/job.yaml", atomically: false, encoding: .utf8)
        let job = try Job(path: folder + "/job.yaml")
        let encoded = try EffectiveJob(job: job, certificates: [:], protocols: []).encoded
        for (error, kind, last) in hindrances {
            for isProposed in [false, true] {
                let record = try #require(
                    JobRecord(job, encoded: encoded, isProposed: isProposed, hinderedBy: error))
                try records.save(record)
                let kept = try #require(try records.find(String(record.hash.prefix(8))))
                guard case .hindered(let hindrance) = kept.state else { Issue.record("\(kept.state)"); continue }
                #expect(kept.stateName == kind && kept.hasEnded && kept.isHindered)
                #expect(hindrance.text.contains(last) && hindrance.text.contains(error.remedy))
                // A proposal can be made again as it was; before one there is only the job file.
                if isProposed {
                    #expect(try kept.job().encoded == encoded)
                } else {
                    #expect(throws: RunError.self) { try kept.job() }
                }
            }
        }
        #expect(try records.all().count == 1, "of one job the last word is kept")
        #expect(try records.find(records.all()[0].hash) != nil)
        try records.forgetHindrance(records.all()[0].hash)
        #expect(try records.all().isEmpty)
        #expect(JobRecord(job, encoded: encoded, isProposed: true, hinderedBy: .failed(failure(.peerLost))) == nil)
    }

    private static let jobFile = """
        name: defaults
        parties: {bank: {role: label}, shop: {role: feature}}
        align: {key: id}
        label: default
        model: {kind: logistic}
        train: {epochs: 1}
        """
}
