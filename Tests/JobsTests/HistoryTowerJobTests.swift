import AuditedFederation
import Coordination
import Foundation
import Jobs
import Link
import Ranks
import Runtime
import Specification
import Synchronization
import Testing

/// Whole jobs with towers over histories, on made-up events that alone tell labels apart.
@Suite(.timeLimit(.minutes(2))) struct HistoryTowerJobTests {
    private static let frozen = "towers={phone: \(HistoryFederation.tower())}"
    private static let learning = "towers={shop: \(HistoryFederation.tower(", rate: 0.05"))}"

    private func run(
        _ made: HistoryFederation, _ job: Job, attempt: Int = 0, drawing seed: String = "once"
    ) throws -> Report {
        try made.recorded(job, seed: seed).run(over: MemoryNetwork(parties: made.parties), attempt: attempt)
    }

    private func logloss(_ metrics: PartyReport.Metrics?) throws -> Double { try #require(metrics?.logloss) }

    /// Outputs, the time since the last event, and whether there is none, beside the party's own columns.
    @Test(arguments: ["none", "blind"]) func aFrozenTowerGivesColumnsOfTheSourceLayer(protection: String) throws {
        let made = try HistoryFederation(owners: [1])
        let job = try made.job("protection=\(protection)", Self.frozen)
        let report = try run(made, job)
        #expect(report.parties[made.parties[1]]?.preparedColumns == 4 + 4 + 2)
        #expect(report.parties[made.parties[0]]?.preparedColumns == 4)
        #expect(
            report.notes.contains {
                $0.contains("the tower of phone learned from") && $0.contains("entities of 'visits'")
                    && $0.contains("by epoch") && $0.contains("its arena took")
            })
        let without = try run(made, made.job("protection=\(protection)"), drawing: "twice")
        #expect(try logloss(report.metrics) < logloss(without.metrics) - 0.02)
        guard protection == "blind" else { return }
        // The same in one place, from the same first weights: what differs is how numbers are rounded.
        #expect(try abs(logloss(report.metrics) - logloss(made.recorded(job).colocated())) < 1e-3)
    }

    @Test(arguments: ["none", "blind"]) func aTowerOfTheLabelPartyLearnsWithTheModel(protection: String) throws {
        let made = try HistoryFederation(owners: [0])
        let job = try made.job("protection=\(protection)", Self.learning)
        let report = try run(made, job)
        #expect(report.parties[made.parties[0]]?.preparedColumns == 4, "nothing of it enters the source layer")
        #expect(report.notes.contains { $0.contains("do without its tower over histories") })
        // It is of use, and moves: one that hardly does gives another model from the same first weights.
        let without = try run(made, made.job("protection=\(protection)"), drawing: "twice")
        #expect(try logloss(report.metrics) < logloss(without.metrics) - 0.02)
        let still = try made.job(
            "protection=\(protection)", "towers={shop: \(HistoryFederation.tower(", rate: 0.000001"))}")
        try made.clear()
        let other = try run(made, still)
        #expect(try abs(logloss(report.metrics) - logloss(other.metrics)) > 1e-4)
        guard protection == "blind" else { return }
        #expect(try abs(logloss(report.metrics) - logloss(made.recorded(job).colocated())) < 2e-3)
    }

    /// At the label party, too, a tower may be frozen; then it is a part of its baselines.
    @Test func theLabelPartyMayFreezeItsTower() throws {
        let made = try HistoryFederation(owners: [0])
        let tower = HistoryFederation.tower(", training: frozen")
        let report = try run(
            made, made.job("protection=none", "model={kind: logistic}", "towers={shop: \(tower)}"))
        #expect(report.parties[made.parties[0]]?.preparedColumns == 4 + 4 + 2)
        #expect(!report.notes.contains { $0.contains("do without its tower") })
    }

    /// Ranks of the party pre-train its tower together, and the report says how; the plan said so before.
    @Test func ranksTrainATowerTogether() throws {
        let made = try HistoryFederation(owners: [1])
        let phone = made.parties[1]
        let settings = try made.files[1].settings(ofRanks: "{count: 2, threads: 1}")
        let lives = Mutex(0)
        let group = RankGroup(phone, settings, choice: .all) { () throws(RankError) -> any RankConnection in
            lives.withLock { $0 += 1 }
            return RankedJobTests.Threaded()
        }
        let served = try ServedFederation(made.files, ranks: { $0.name == phone ? group : nil })
        defer { served.stop() }
        let job = try made.job("protection=none", Self.frozen)
        let desk = served.desk(for: job)
        let proposal = try desk.controller.prepare()
        _ = try desk.controller.propose(proposal)
        let plan = JobPlan(proposal.effective.job, try desk.controller.measure(proposal))
        #expect(plan.parties[1].histories?.first?.plan?.bytes.count == 2)
        #expect(plan.text.contains("2 ranks share the training") && plan.text.contains("predicted"), "\(plan.text)")
        #expect(plan.drawings.map(\.name) == ["phone-visits.svg"] && plan.drawings[0].svg.contains("</svg>"))

        let reports = try served.run(job)
        let notes = try #require(reports.first { $0.party == phone }).notes
        #expect(
            notes.contains { $0.contains("at 2 ranks (") && $0.contains("a step took") && $0.contains("were planned") },
            "\(notes)")
        // What a step took stands in the next plan.
        _ = try desk.controller.propose(proposal)
        let next = JobPlan(proposal.effective.job, try desk.controller.measure(proposal))
        #expect(next.text.contains("measured"), "\(next.text)")
    }

    /// A field with more codes than tables in the graph have: its table is kept beside the models.
    @Test func aFieldWithVeryManyCodesHasATableOnDisk() throws {
        let made = try HistoryFederation(owners: [1], items: 66_000)
        let tower = HistoryFederation.tower(", codes: 100000, rare: 0")
        var job = try made.job("protection=none", "towers={phone: \(tower)}")
        let trained = try run(made, job)
        let folder = made.files[1].state + "/tables"
        let tables = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(tables.count == 1 && tables[0].hasSuffix(".table"))
        job.predict = try #require(trained.modelID)
        let scored = try run(made, job, attempt: 1, drawing: "score")
        #expect(scored.scores?.rows == HistoryFederation.rows)
        // A model's table is no leftover; without the model it is.
        #expect(
            try Leftovers(made.files[1]).remove(.olderThan(days: 0), kinds: [.checkpoints], isDry: true).allSatisfy {
                !$0.path.hasSuffix(".table")
            })
        let path = "\(folder)/\(tables[0])"
        try FileManager.default.moveItem(atPath: path, toPath: path + ".elsewhere")
        let error = #expect(throws: JobFailure.self) { try run(made, job, attempt: 2, drawing: "again") }
        #expect(
            error?.cause.party == made.parties[1] && error?.cause.reason == .badData, "\(String(describing: error))")
    }

    /// Parameters that lack some gradients while they are pre-trained lead to columns all the same.
    @Test func updatesOfAFrozenTowerMayBeLate() throws {
        let made = try HistoryFederation(owners: [1])
        let tower = HistoryFederation.tower(", staleness: free")
        let report = try run(made, made.job("protection=none", "towers={phone: \(tower)}"))
        let without = try run(made, made.job("protection=none"), drawing: "twice")
        #expect(try logloss(report.metrics) < logloss(without.metrics) - 0.02)
    }

    /// Local steps, epochs that are judged and rates that fall all pass through the same tower.
    @Test func aTowerGoesAlongWithEarlyStoppingLocalUpdatesAndSchedules() throws {
        let made = try HistoryFederation(owners: [0])
        let report = try run(
            made,
            made.job(
                "protection=none", Self.learning, "local-updates={workset: 2, reuse: 2}",
                "evaluate={split: {by: random, test: 0.2, validation: 0.2}, metrics: [auc, logloss]}",
                "train={epochs: 3, batch: 16, schedule: {kind: step, every: 1, factor: 0.5}, "
                    + "early-stopping: {metric: logloss, patience: 2}}"))
        #expect(report.notes.contains { $0.contains("the model is that of epoch") })
        #expect(try logloss(report.metrics) < 0.69)
    }

    /// Without protection a training that goes on gives the same model, bit for bit: encoders are kept as they were.
    @Test(arguments: [frozen, learning]) func aTrainingGoesOnWithItsTower(towers: String) throws {
        let made = try HistoryFederation(owners: towers == Self.frozen ? [1] : [0])
        let job = try made.job("protection=none", towers)
        let interrupted = Interrupted(made, job)
        let expected = try interrupted.run(attempt: 0, drawing: "once").report
        try made.clear()
        interrupted.interrupt(attempt: 0, losing: 1, after: 12, drawing: "once")
        let rest = try interrupted.run(attempt: 1, resumes: true, drawing: "twice")
        #expect(rest.report.metrics == expected.metrics)
        #expect(try rest.wentOn == Array(repeating: "after round 10, from checkpoints of attempt 0", count: 2))
    }

    /// A model scores with events that have come since: more of them change scores, and the same ones do not.
    @Test(arguments: [1, 0]) func aModelScoresWithNewEvents(owner: Int) throws {
        let made = try HistoryFederation(owners: [owner])
        var job = try made.job("protection=none", owner == 1 ? Self.frozen : Self.learning)
        let trained = try run(made, job)
        job.predict = try #require(trained.modelID)
        var attempt = 0
        func scores() throws -> String {
            attempt += 1
            let report = try run(made, job, attempt: attempt, drawing: "score \(attempt)")
            let file = try #require(report.scores?.file)
            return try String(contentsOfFile: file, encoding: .utf8)
        }
        let first = try scores()
        #expect(first.split(separator: "\n").count == HistoryFederation.rows + 1)
        #expect(try scores() == first)
        let log = "\(made.files[owner].folder)/visits.csv"
        let events = try String(contentsOfFile: log, encoding: .utf8)
        // Shortly after everything that visitors did, they did something else.
        let news = (1..<HistoryFederation.visitors).flatMap { visitor in
            (0..<HistoryFederation.events).map { "v\(visitor),\(1000 * $0 + 600),k1,1\n" }
        }.joined()
        try (events + news).write(toFile: log, atomically: false, encoding: .utf8)
        #expect(try scores() != first)
        try events.write(toFile: log, atomically: false, encoding: .utf8)
        #expect(try scores() == first)
    }

    // MARK: - Before anything is computed

    private func proposal(
        _ made: HistoryFederation, _ towers: String
    ) throws -> (served: ServedFederation, desk: ServedFederation.Desk) {
        let served = try ServedFederation(made.files)
        return (served, served.desk(for: try made.job("protection=blind", towers)))
    }

    @Test func aBudgetThatNothingFitsIsRefusedBeforeTheJobBegins() throws {
        let made = try HistoryFederation(owners: [1])
        let towers = "towers={phone: {kind: history, events: 65536, width: 1024, layers: 8, budget: 16 MiB}}"
        let (served, desk) = try proposal(made, towers)
        defer { served.stop() }
        let proposal = try desk.controller.prepare()
        let error = #expect(throws: ControlError.self) { try desk.controller.propose(proposal) }
        guard case .unfit(let problems) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let sentence = try #require(problems[made.parties[1]]?.first)
        #expect(problems.count == 1)
        for part in ["the tower of phone, history 'visits'", "would do", "raise towers.phone.budget"] {
            #expect(sentence.contains(part), "\(sentence)")
        }
    }

    @Test func planSaysWhatEveryHistoryTakes() throws {
        let made = try HistoryFederation(owners: [1])
        let (served, desk) = try proposal(made, Self.frozen)
        defer { served.stop() }
        let proposal = try desk.controller.prepare()
        #expect(proposal.effective.job.towers[made.parties[1]]?.history?.histories == ["visits"])
        _ = try desk.controller.propose(proposal)
        let demands = try desk.controller.measure(proposal)
        let plan = JobPlan(proposal.effective.job, demands)
        #expect(plan.parties.map(\.party) == made.parties)
        #expect(plan.parties[0].histories == nil)
        let history = try #require(plan.parties[1].histories?.first)
        #expect(history.events == (HistoryFederation.visitors - 1) * HistoryFederation.events)
        #expect(history.entities == HistoryFederation.visitors - 1 && history.longest == HistoryFederation.events)
        #expect(history.budgetBytes == 64_000_000 && history.arenaBytes <= history.budgetBytes)
        #expect(plan.text.contains("history visits"))
    }

    @Test func historiesThatAreNotOfferedAreNamed() throws {
        let unknown = "towers={phone: \(HistoryFederation.tower(", histories: [calls]"))}"
        for (towers, words) in [
            (unknown, "history 'calls' is not offered; it offers visits"), (Self.learning, "it offers no histories"),
        ] {
            let made = try HistoryFederation(owners: [1])
            let (served, desk) = try proposal(made, towers)
            // Its files go with it.
            defer { withExtendedLifetime(made) { served.stop() } }
            let error = #expect(throws: ControlError.self) { try desk.controller.prepare() }
            #expect("\(String(describing: error))".contains(words))
        }
    }
}
