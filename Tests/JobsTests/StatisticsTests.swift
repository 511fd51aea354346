import AuditedFederation
import Auditing
import Coordination
import Documents
import Foundation
import Jobs
import Link
import Preparation
import Runtime
import Specification
import Testing

/// Weights of evidence and information values in whole jobs.
@Suite struct StatisticsTests {
    private func value(_ column: String, _ report: Report, of party: Party) throws -> PartyReport.ColumnStatistic {
        try #require(report.statistics?[party]?.first { $0.column == column })
    }

    @Test(arguments: ["blind", "none"], [1, 2]) func valuesAreThoseOfOnePlace(protection: String, features: Int) throws
    {
        let survey = try Survey(features: features)
        let options = ["protection=\(protection)", "select={bins: 6, min-bin: 5, min-iv: 0.2}"]
        let report = try survey.run(options[0], options[1])
        let training = try survey.trainingRows(of: survey.job(options))
        for party in survey.parties {
            for (column, cells) in try #require(survey.cells[party]) where !column.hasSuffix("same") {
                let pooled = Pooled(
                    cells, labels: survey.labels, training: training, count: column.hasSuffix("text") ? nil : 6)
                let found = try value(column, report, of: party)
                #expect(abs(found.informationValue - pooled.informationValue) < 1e-9, "\(column)")
                #expect(found.isKept == (pooled.informationValue >= 0.2), "\(column)")
            }
            #expect(try value("\(party)-near", report, of: party).isKept)
            #expect(try !value("\(party)-far", report, of: party).isKept)
            // What is left out enters no model.
            let prepared = try survey.prepared(party, report)
            #expect(prepared["\(party)-near"] != nil && prepared["\(party)-far"] == nil)
            #expect(report.parties[party]?.preparedColumns == prepared.count)
        }
    }

    @Test(.enabled(if: Survey.hasCredit, "needs ../shared/data/credit"))
    func valuesOfRealColumnsAreThoseOfOnePlace() throws {
        let survey = try Survey(creditRows: 3000)
        let select = "select={bins: 10, min-bin: 1}"
        let report = try survey.run(select, "train={epochs: 1, batch: 4096}")
        let training = try survey.trainingRows(of: survey.job([select]))
        var columns = 0
        for party in survey.parties {
            for (column, cells) in try #require(survey.cells[party]) {
                let pooled = Pooled(cells, labels: survey.labels, training: training, count: 10)
                let found = try value(column, report, of: party)
                #expect(abs(found.informationValue - pooled.informationValue) < 1e-9, "\(column)")
                columns += 1
            }
        }
        #expect(columns == 23)
    }

    @Test func weightsEnterTheModelAndItsPredictions() throws {
        let survey = try Survey()
        let feature = survey.parties[1]
        let lists = survey.parties.map { party in
            "\(party): {\(party)-near: [{woe: 5}], \(party)-gaps: [indicator, {woe: 4}], \(party)-text: [{woe: 9}]}"
        }
        let options = ["prepare={\(lists.joined(separator: ", "))}", "select={min-bin: 5}"]
        let report = try survey.run(options[0], options[1])
        let training = try survey.trainingRows(of: survey.job(options))
        let model = try #require(report.modelID)
        let prediction = try survey.run(options[0], options[1], "predict=\(model)")
        for party in survey.parties {
            let (then, now) = (try survey.prepared(party, report), try survey.prepared(party, prediction))
            #expect(then == now)
            for (name, count) in [("near", 5), ("gaps", 4), ("text", nil)] as [(String, Int?)] {
                let column = "\(party)-\(name)"
                let pooled = Pooled(
                    try #require(survey.cells[party]?[column]), labels: survey.labels, training: training, count: count)
                let values = try #require(now[column])
                for row in 0..<survey.rows {
                    // Twenty fractional bits are what a source layer takes.
                    #expect(abs(values[row] - (pooled.weights[row] ?? 0)) < 0x1p-20, "\(column) \(row)")
                }
                #expect(
                    abs(try value(column, report, of: party).informationValue - pooled.informationValue) < 1e-9)
            }
            #expect(now["\(party)-gaps missing"] != nil)
        }
        // Scoring asks nobody anything.
        #expect(prediction.statistics == nil && prediction.scores?.rows == survey.rows)
        #expect(try frames(prediction, of: feature).allSatisfy { $0.header.protocolName != "bin-statistics" })
    }

    private func frames(_ report: Report, of party: Party) throws -> [MadeUpFederation.Crossing] {
        try MadeUpFederation.crossings(try #require(report.transcripts[party]?.file))
    }

    @Test func onePlaceSelectsAlike() throws {
        let survey = try Survey()
        let lists = "prepare={\(survey.parties[1]): {\"*\": {numbers: [{woe: 5}], categories: [{woe: 5}]}}}"
        let select = "select={bins: 6, min-bin: 5, min-iv: 0.2}"
        let report = try survey.run(lists, select, "train={epochs: 30, batch: 64}")
        var job = try survey.job([lists, select, "train={epochs: 30, batch: 64}"])
        for (index, file) in survey.files.enumerated() {
            job.members[index].columns = survey.cells[file.name]?.keys.sorted()
        }
        let joint = try #require(try Colocated.metrics(job, parties: survey.files).auc)
        #expect(abs(try #require(report.metrics?.auc) - joint) < 0.02)
    }

    // MARK: - What auditors see

    @Test(arguments: [1, 2]) func transcriptsHold(features: Int) throws {
        let survey = try Survey(features: features)
        let party = survey.parties[1]
        let report = try survey.run(
            "prepare={\(party): {\(party)-near: [{woe: 5}]}}", "select={min-bin: 5, min-iv: 0.05}", insecurely: true)
        let paths = try survey.parties.map { try #require(report.transcripts[$0]?.file) }
        let verification = Verification(
            of: paths, views: paths.map { $0.replacing(".transcript", with: ".view") }, against: Software.conventions,
            revealing: Software.viewConventions)
        #expect(
            verification.verdict == .accepted, "\(verification.findings) \(verification.transcripts.map(\.findings))")
        let statistics = try frames(report, of: party).filter { $0.header.protocolName == "bin-statistics" }
        #expect(statistics.map(\.header.step) == ["S1", "S2", "S3", "S4", "S5", "S6", "S7"])
        #expect(statistics.filter { $0.header.kind == .statistic }.map(\.length) == [4 * 8, 11 * 8])
        for (file, path) in zip(survey.files, paths) {
            let replay = try Replay(
                transcript: path, view: path.replacing(".transcript", with: ".view"),
                party: file.audited(insecurely: true))
            #expect(replay.verdict == .accepted, "\(replay.findings)")
        }
    }

    /// A job that asks for nothing has no room for numbers about labels.
    @Test func jobsWithoutStatisticsAllowNone() throws {
        let job = try Survey().job()
        func statement(_ job: Job) throws -> JobStatement {
            let effective = EffectiveJob(job: job, certificates: [:], protocols: [])
            return try #require(Software.conventions.job(String(decoding: effective.encoded, as: UTF8.self)))
        }
        #expect(try !statement(job).tellsStatistics)
        #expect(try statement(Survey().job(["select={}"])).tellsStatistics)
    }

    // MARK: - Policies

    private func failure(_ run: () throws -> Report) -> JobFailure? {
        do {
            _ = try run()
            return nil
        } catch { return error as? JobFailure }
    }

    @Test func smallBinsAreNotAnsweredFor() throws {
        let survey = try Survey()
        let label = survey.parties[0]
        try survey.setPolicy("{reveal: iv, min-bin: 40}", at: label)
        // The feature party joins bins up to what the job says, and that is less.
        let failure = try #require(failure { try survey.run("select={bins: 20, min-bin: 5}") })
        #expect(failure.cause.reason == .policyRefused, "\(failure)")
        #expect("\(failure)".contains("policy.statistics.min-bin"), "\(failure)")
        #expect(try StatisticsLedger(path: ledger(survey, of: label))[survey.parties[1]] == 0)
        _ = try survey.run("select={bins: 20, min-bin: 40}")
    }

    /// What was refused when the job was proposed is refused again before an answer.
    @Test func answersAreHeldToThePolicy() throws {
        let survey = try Survey()
        for (policy, job) in [
            ("{}", "select={min-bin: 20}"),
            ("{reveal: iv}", "prepare={\(survey.parties[1]): {\(survey.parties[1])-near: [{woe: 5}]}}"),
        ] {
            try survey.setPolicy(policy, at: survey.parties[0])
            let failure = try #require(failure { try survey.run(job) })
            #expect(failure.cause.reason == .policyRefused && failure.cause.party == survey.parties[0], "\(failure)")
            #expect("\(failure)".contains("policy.statistics.reveal"), "\(failure)")
        }
    }

    private func ledger(_ survey: Survey, of party: Party) throws -> String {
        let file = try #require(survey.files.first { $0.name == party })
        return "\(file.state)/statistics/\(file.data.name).ledger"
    }

    @Test func aBudgetIsUsedUpOverJobs() throws {
        let survey = try Survey()
        let (label, feature) = (survey.parties[0], survey.parties[1])
        try survey.setPolicy("{reveal: iv, min-bin: 5, bins: 50}", at: label)
        _ = try survey.run("select={bins: 6, min-bin: 5}")
        // Six of each number, one of gaps, four texts; rounded numbers may share an edge.
        let used = try StatisticsLedger(path: ledger(survey, of: label))[feature]
        #expect((20...23).contains(used))
        _ = try survey.run("select={bins: 6, min-bin: 5}", "train.epochs=2")
        #expect(try StatisticsLedger(path: ledger(survey, of: label))[feature] == 2 * used)
        let failure = try #require(failure { try survey.run("select={bins: 6, min-bin: 5}", "train.epochs=3") })
        #expect(failure.cause.reason == .policyRefused, "\(failure)")
        #expect("\(failure)".contains("policy.statistics.bins"), "\(failure)")
        #expect(try StatisticsLedger(path: ledger(survey, of: label))[feature] == 2 * used)
    }

    @Test func damagedLedgersAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a.ledger"
        var ledger = try StatisticsLedger(path: path)
        let (first, second) = (try Party("first"), try Party("second"))
        try ledger.book(7, for: first, limit: 10)
        try ledger.book(3, for: first, limit: 10)
        try ledger.book(10, for: second, limit: 10)
        #expect(throws: RunError.self) { try ledger.book(1, for: first, limit: 10) }
        try ledger.save()
        let again = try StatisticsLedger(path: path)
        #expect(try again[first] == 10 && again[second] == 10 && again[Party("third")] == 0)
        let bytes = try #require(try StateFile.read(path))
        _ = try folder.write(Array(bytes.dropLast()), "a.ledger")
        #expect(throws: StateError.damaged(path: path)) { try StatisticsLedger(path: path) }
        _ = try folder.write(bytes + [0], "a.ledger")
        #expect(throws: StateError.damaged(path: path)) { try StatisticsLedger(path: path) }
    }

    @Test func policiesRefuseWhatTheyDoNotAllow() throws {
        let survey = try Survey()
        let feature = survey.parties[1]
        let select = "select={min-bin: 20}"
        let weights = "prepare={\(feature): {\(feature)-near: [{woe: 5}]}}"
        func refusals(_ text: String, _ overrides: [String], at place: Int = 0) throws -> [String] {
            var policy = Policy()
            policy.minimumKeyBits = 2048
            policy.statistics = try Survey.policy(text)
            let job = try survey.job(overrides)
            return policy.refusals(of: job, job.members[place], offered: ["y"])
        }
        for place in [0, 1] {
            // Nothing is told where nothing is said.
            #expect(try refusals("{}", [select], at: place).count == 1)
            #expect(try refusals("{}", [select], at: place)[0].contains("policy.statistics.reveal"))
            #expect(try refusals("{}", [], at: place) == [])
            #expect(try refusals("{reveal: iv}", [select], at: place) == [])
            #expect(
                try refusals("{reveal: iv, min-bin: 21}", [select], at: place)[0].contains(
                    "policy.statistics.min-bin"))
        }
        #expect(try refusals("{reveal: iv}", [weights])[0].contains("policy.statistics.reveal"))
        #expect(try refusals("{reveal: woe}", [weights]) == [])
        #expect(try refusals("{reveal: iv}", [weights], at: 1) == [])
        // The label party's own columns need nobody's leave.
        let own = "prepare={\(survey.parties[0]): {\"*\": [{woe: 5}]}}"
        #expect(try refusals("{}", [own]) == [])
        #expect(throws: DocumentError.self) { try Survey.policy("{reveal: all}") }
        #expect(throws: DocumentError.self) { try Survey.policy("{min-bin: 0}") }
    }

    @Test func theCoordinatorHearsWhatPoliciesRelease() throws {
        let survey = try Survey()
        let report = try survey.run("select={min-bin: 5}")
        let party = survey.parties[1]
        var own = PartyReport(
            party: party, role: "feature", rows: 1, columns: 1, certificate: "",
            transcript: .init(file: "", frames: 0, root: ""))
        own.statistics = report.statistics?[party]
        var policy = Policy()
        #expect(policy.released(own).statistics == nil)
        policy.statistics = try Survey.policy("{release: true}")
        #expect(policy.released(own).statistics?.count == 4)
        #expect(report.text.contains("information of \(party)"))
        #expect(report.html.contains("What columns say of the label") && report.html.contains("\(party)-near"))
        // What a party knows stands in its own folder.
        let folder = try #require(survey.files.first { $0.name == party }).state + "/statistics"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".csv") }
        let text = try String(contentsOfFile: "\(folder)/\(#require(names.first))", encoding: .utf8)
        #expect(text.hasPrefix("column,information-value,kept\n") && text.split(separator: "\n").count == 5)
    }

    // MARK: - Jobs that cannot be

    @Test func selectionsThatLeaveNothingFail() throws {
        let survey = try Survey()
        let failure = try #require(failure { try survey.run("select={min-bin: 5, min-iv: 9}") })
        #expect(failure.cause.reason == .badData && "\(failure)".contains("select.min-iv"), "\(failure)")
    }

    @Test func fieldsAreChecked() throws {
        let survey = try Survey()
        #expect(try survey.job(["select={}"]).select == .init(bins: 10, minimumBin: 20, minimumValue: nil))
        #expect(
            try survey.job(["select={bins: 5, min-bin: 9, min-iv: 0.02}"]).select
                == .init(bins: 5, minimumBin: 9, minimumValue: "0.02"))
        #expect(try survey.job().asksStatistics == false)
        let feature = survey.parties[1]
        let texts = [
            "select={bins: 1}", "select={min-bin: 0}", "select={min-iv: -1}", "select={min-iv: x}", "select={best: 3}",
            "prepare={\(feature): {\(feature)-near: [{woe: 1}]}}", "prepare={\(feature): {\(feature)-near: [woe]}}",
        ]
        for text in texts { #expect(throws: DocumentError.self, "\(text)") { try survey.job([text]) } }
        // Only labels of 0 and 1 have weights of evidence.
        for text in ["select={}", "prepare={\(feature): {\(feature)-near: [{woe: 4}]}}"] {
            #expect(throws: DocumentError.self, "\(text)") { try survey.job(["model={kind: linear}", text]) }
        }
        var job = try survey.job(["select={}"])
        for index in job.members.indices { job.members[index].columns = ["a"] }
        #expect(job.invalidities == [])
        job.select = .init(bins: 1000, minimumBin: 0, minimumValue: "11")
        #expect(job.invalidities.count == 3)
    }

    /// Rows that the label party has no label for are in no bin, and nobody but it knows which they are.
    @Test func hiddenRowsCountNowhere() throws {
        let survey = try Survey()
        let (label, feature) = (survey.parties[0], survey.parties[1])
        let report = try survey.run(
            "align={key: id, result: label, decoys: 1}", "select={bins: 3, min-bin: 5}", "train={epochs: 1, batch: 512}"
        )
        #expect(report.statistics?[label]?.count == 4 && report.statistics?[feature]?.count == 4)
    }
}
