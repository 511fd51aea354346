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

/// Trainings that are stopped in the middle and go on, whole federations in memory: 15 rounds, a checkpoint every 5.
@Suite struct ResumingTests {
    private static let embedded = "model={kind: wide-deep, embed: {dimension: 2}, source: {width: 2}, hidden: [4]}"
    private static let towers =
        "towers={shop: {columns: [shop0, shop1], hidden: [3], outputs: 2, training: end-to-end}, "
        + "phone: {columns: [phone0, phone1], hidden: [3], outputs: 2, training: end-to-end}}"

    private static let paced = ["train.l2=0.05", "train.schedule={kind: cosine, warmup: 1}"]

    /// Without protection nothing is drawn after the first weights: what goes on is what was not interrupted, bit for bit.
    @Test(arguments: [[], [towers], [embedded], paced], [0, 1]) func whatGoesOnEqualsWhatWasNotInterrupted(
        overrides: [String], victim: Int
    ) throws {
        let made = try Interrupted(overrides + ["protection=none"])
        let expected = try made.run(attempt: 0, drawing: "once")
        try made.federation.clear()
        made.interrupt(attempt: 0, losing: victim, after: 8, drawing: "once")
        // From another source: nothing that is drawn now may matter.
        let rest = try made.run(attempt: 1, resumes: true, drawing: "twice")
        #expect(rest.report.metrics == expected.report.metrics && rest.end == expected.end)
        #expect(rest.report.rounds == expected.report.rounds)
        #expect(rest.report.baselines == expected.report.baselines)
        #expect(rest.report.curves?.loss == expected.report.curves?.loss)
        #expect(try rest.wentOn == Array(repeating: "after round 5, from checkpoints of attempt 0", count: 3))
    }

    /// What bins and correlations said stands in the preparation that is kept: nobody is asked again, though budgets would not allow it.
    @Test(arguments: ["bins: 6, min-bin: 5, min-iv: 0.2", "max-correlation: 0.6, max-vif: 3"])
    func whatStatisticsChoseIsNotAskedAgain(select: String) throws {
        // Of three columns at each of three parties: three pairs within, and eighteen with others.
        let survey = try Survey(
            features: 2,
            statistics: "{reveal: woe, min-bin: 5, bins: 24, correlations: 21, correlation-rows: 100}")
        let near = survey.parties.map { "\($0): {\($0)-near: [{woe: 5}]}" }.joined(separator: ", ")
        let made = try Interrupted(
            survey,
            [
                "protection=none", "select={\(select)}", "prepare={\(near)}",
                "train={epochs: 3, batch: 64, checkpoint: 4}",
            ])
        let expected = try made.run(attempt: 0, drawing: "once").report
        #expect(survey.parties.contains { expected.parties[$0]?.preparedColumns ?? 0 < 6 })
        try made.federation.clear()
        made.interrupt(attempt: 0, losing: 1, after: 6, drawing: "once")
        let rest = try made.run(attempt: 1, resumes: true, drawing: "twice")
        #expect(rest.report.metrics == expected.metrics)
        #expect(try rest.wentOn == Array(repeating: "after round 4, from checkpoints of attempt 0", count: 3))
        for party in survey.parties {
            #expect(rest.report.parties[party]?.preparedColumns == expected.parties[party]?.preparedColumns)
        }
    }

    /// Shares are rounded by chance, so under protection it is as good as what was not interrupted, and not the same.
    @Test(arguments: [[], [embedded], ["local-updates={workset: 2, reuse: 2}"], ["model={kind: logistic}"], paced])
    func underProtectionTheModelIsAsGood(overrides: [String]) throws {
        let made = try Interrupted(overrides)
        let clear = try made.run(attempt: 0, drawing: "once").end
        try made.federation.clear()
        made.interrupt(attempt: 0, losing: 2, after: 11, drawing: "once")
        let rest = try made.run(attempt: 1, resumes: true, drawing: "twice")
        let (found, expected) = (try #require(rest.end.logloss), try #require(clear.logloss))
        // Local steps begin again with nothing cached.
        #expect(abs(found - expected) < (overrides.first?.hasPrefix("local") == true ? 0.02 : 1e-4))
        #expect(try rest.wentOn == Array(repeating: "after round 10, from checkpoints of attempt 0", count: 3))
    }

    /// Again and again, and from one's own randomness: no ciphertext and no share that was sent before is sent once more.
    @Test func interruptedAgainAndAgainNothingIsSentTwice() throws {
        let made = try Interrupted(["keys.bits=2048"])
        for (attempt, (victim, round)) in [(0, 1), (1, 7), (2, 7), (0, 14)].enumerated() {
            made.interrupt(attempt: attempt, resumes: attempt > 0, losing: victim, after: round)
        }
        let rest = try made.run(attempt: 4, resumes: true)
        #expect(rest.report.rounds == 17)
        for party in made.federation.parties {
            var seen = Set<[UInt8]>()
            for frame in try made.framesSent(by: party) { #expect(seen.insert(frame).inserted, "\(party)") }
            #expect(seen.count > 50)
        }
    }

    /// What was counted when the training began is not counted again; what is opened once more is.
    @Test func exposureCountsWhatIsOpenedOnceMore() throws {
        let made = try Interrupted([])
        let whole = try made.run(attempt: 0).report.exposure.ratio
        try made.federation.clear()
        made.interrupt(attempt: 0, losing: 1, after: 8)
        let rest = try made.run(attempt: 1, resumes: true)
        // Three epochs of five rounds: of rounds 6 to 10, which are one epoch, the first opens what it opened before.
        #expect(abs(rest.report.exposure.ratio - whole * 4 / 3) < 1e-9)
    }

    /// With a checkpoint after every round nothing is opened that was not opened before or will be anyway.
    @Test(
        arguments: [(0, .train, 8), (1, .train, 8), (2, .train, 8), (0, .evaluate, nil)]
            as [(Int, ControlMessage.Stage, Int?)])
    func withOneAfterEveryRoundNothingIsCountedTwice(
        victim: Int, stage: ControlMessage.Stage, round: Int?
    ) throws {
        let made = try Interrupted(["train.checkpoint=1", "protection=none"], every: nil)
        let whole = try made.run(attempt: 0).report.exposure.ratio
        try made.federation.clear()
        made.interrupt(attempt: 0, losing: victim, at: stage, after: round)
        let rest = try made.run(attempt: 1, resumes: true)
        // Whoever was one round ahead of the others cannot know that none was opened.
        let wentOn = try #require(try rest.wentOn.first)
        #expect(rest.report.exposure.ratio == whole || wentOn.contains("round 7"))
    }

    /// The first round after a checkpoint opens the same numbers as before: same rows, same weights, other masks.
    @Test(arguments: [[], [embedded], ["model={kind: logistic}"]])
    func theFirstRoundAfterACheckpointOpensTheSameNumbers(overrides: [String]) throws {
        let made = try Interrupted(overrides, isAudited: true)
        made.interrupt(attempt: 0, losing: 1, after: 7)
        _ = try made.run(attempt: 1, resumes: true)
        let (before, after) = (try made.opened(attempt: 0), try made.opened(attempt: 1))
        #expect(before.count >= 7 && after.count == 12)
        #expect(before[5] == after[0])
    }

    @Test func whatWasCountedAndNotOpenedIsNotCountedTwice() throws {
        let made = try Interrupted([])
        let whole = try made.run(attempt: 0).report.exposure.ratio
        try made.federation.clear()
        for attempt in 0..<2 { made.interrupt(attempt: attempt, resumes: attempt > 0, losing: 0, at: .keys) }
        let rest = try made.run(attempt: 2, resumes: true)
        #expect(rest.report.exposure.ratio == whole)
        #expect(try rest.wentOn == [])
    }

    /// Lost while the held-back rows are scored: nothing is trained again.
    @Test func aTrainingThatIsDoneIsOnlyEvaluated() throws {
        let made = try Interrupted(["protection=none"])
        let expected = try made.run(attempt: 0, drawing: "once")
        try made.federation.clear()
        made.interrupt(attempt: 0, losing: 0, at: .evaluate, drawing: "once")
        let rest = try made.run(attempt: 1, resumes: true, drawing: "twice")
        #expect(rest.report.metrics == expected.report.metrics)
        #expect(try rest.wentOn == Array(repeating: "after round 15, from checkpoints of attempt 0", count: 3))
    }

    /// A run that is not told to go on begins, and so does one whose parties do not all have something to go on from.
    @Test(arguments: ["run", "removed", "damaged", "swapped", "rows"]) func otherwiseItBegins(how: String) throws {
        let made = try Interrupted(["protection=none"])
        made.interrupt(attempt: 0, losing: 1, after: 8, drawing: "once")
        let (shop, phone) = (try made.checkpoints(of: 0), try made.checkpoints(of: 1))
        #expect(shop.map(\.lastPathComponent).sorted() == ["0-0.checkpoint", "0-5.checkpoint"])
        for file in phone {
            switch how {
            case "removed": try FileManager.default.removeItem(at: file)
            case "damaged":
                var bytes = try Data(contentsOf: file)
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: file)
            case "swapped":
                try Data(contentsOf: #require(shop.first { $0.lastPathComponent == file.lastPathComponent })).write(
                    to: file)
            case "rows": try made.federation.forget(row: 3)
            default: break
            }
        }
        let rest = try made.run(attempt: 1, resumes: how != "run", drawing: "twice")
        #expect(rest.report.rounds == 17)
        #expect(try rest.wentOn == [])
        let complains = how == "damaged" || how == "swapped" || how == "rows"
        #expect(rest.report.notes.contains { $0.contains("phone: no checkpoint could be used") } == complains)
    }

    /// Of all that it holds, a file shows how much.
    @Test func checkpointsAreEncrypted() throws {
        let made = try Interrupted(["protection=none"])
        made.interrupt(attempt: 0, losing: 1, after: 8)
        for file in try made.checkpoints(of: 0) {
            let bytes = try Data(contentsOf: file)
            #expect(bytes.starts(with: Array("colonnade/checkpoint/v2\0".utf8)))
            for text in ["preparation", "shop0", "top.1", "values"] { #expect(bytes.range(of: Data(text.utf8)) == nil) }
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }
}
