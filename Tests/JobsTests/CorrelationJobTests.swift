import AuditedFederation
import Auditing
import Coordination
import Documents
import Foundation
import Jobs
import Link
import Runtime
import Specification
import Testing

/// Correlations, variance inflations and what a selection makes of them, in whole jobs.
@Suite struct CorrelationJobTests {
    private static let policy = "{reveal: woe, min-bin: 5, bins: 500, correlations: 1000, correlation-rows: 100}"

    private func failure(_ run: () throws -> Report) -> JobFailure? {
        do {
            _ = try run()
            return nil
        } catch { return error as? JobFailure }
    }

    /// The matrix that the label party has kept.
    private func matrix(_ survey: Survey) throws -> [[Double]] {
        let folder = try #require(survey.files.first).state + "/statistics"
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix("-matrix.csv") })
        let lines = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n")
        return try lines.dropFirst().map { try $0.split(separator: ",").dropFirst().map { try #require(Double($0)) } }
    }

    @Test(
        arguments: ["blind", "none"],
        [
            (1, "max-correlation: 0.7"), (2, "max-correlation: 0.6, max-vif: 1.5"),
            (2, "bins: 6, min-bin: 5, max-correlation: 0.6"),
        ])
    func columnsAreChosenAsInOnePlace(protection: String, selection: (Int, String)) throws {
        let (features, select) = selection
        let survey = try Survey(features: features, statistics: Self.policy)
        let options = ["protection=\(protection)", "select={\(select)}"]
        let report = try survey.run(options[0], options[1])
        let job = try survey.job(options)
        let pooled = try PooledColumns(survey, training: survey.trainingRows(of: job))
        // What the label party opens is Pearson's correlation, to the sixth digit.
        let opened = try matrix(survey)
        #expect(opened.count == pooled.names.count)
        for (row, values) in opened.enumerated() {
            for (column, value) in values.enumerated() {
                #expect(abs(value - pooled.correlations[row][column]) < 1e-6, "\(row) \(column)")
            }
        }
        let choice = pooled.choose(
            byValue: job.select?.bins != nil, above: job.select?.maximumCorrelation.flatMap(Double.init) ?? 1,
            inflationAbove: job.select?.maximumInflation.flatMap(Double.init) ?? .infinity)
        #expect(choice.contains { $0 != "stays" } && choice.contains("stays"))
        let first = pooled.inflations(Array(choice.indices))
        for (party, place) in survey.parties.flatMap({ party in pooled.places(of: party).map { (party, $0) } }) {
            let name = pooled.names[place].column
            let told = try #require(report.correlations?[party]?.first { $0.column == name })
            if first[place].isFinite {
                #expect(abs(try #require(told.inflation) - first[place]) < 1e-5 * first[place], "\(name)")
            } else {
                #expect(told.inflation == nil, "\(name)")
            }
            #expect(told.isKept == (choice[place] == "stays"), "\(name)")
            #expect(told.reason?.rawValue ?? "stays" == choice[place].prefix { $0 != " " }, "\(name)")
            // Of another party's column nothing but that there is one.
            let rival = choice[place].split(separator: " ").dropFirst().first.flatMap { Int($0) }
            let isOwn = rival.map { pooled.names[$0].party == party } ?? false
            #expect(told.alike == (isOwn ? rival.map { pooled.names[$0].column } : nil), "\(name)")
            if let rival, isOwn {
                #expect(abs(try #require(told.correlation) - pooled.correlations[place][rival]) < 1e-9)
            } else {
                #expect(told.correlation == nil)
            }
            // What is left out enters no model.
            #expect((try survey.prepared(party, report)[name] != nil) == told.isKept, "\(name)")
        }
        #expect(report.correlations?.values.reduce(0) { $0 + $1.count } == pooled.names.count)
        if job.select?.bins != nil {
            for (party, columns) in try #require(report.correlations) {
                for column in columns {
                    #expect(report.statistics?[party]?.first { $0.column == column.column }?.isKept == column.isKept)
                }
            }
        } else {
            #expect(report.statistics == nil)
        }
    }

    @Test func columnsThatFollowFromOthersHaveAnInfiniteInflation() throws {
        let federation = try MadeUpFederation()
        let (shop, phone) = (federation.parties[0], federation.parties[1])
        let rows = 0..<300
        let (one, other) = (rows.map { ($0 * 37) % 101 }, rows.map { ($0 * 53) % 89 })
        let cells: [Party: [String: [String]]] = [
            shop: ["shop-a": one.map { "\($0)" }, "shop-b": other.map { "\($0)" }],
            phone: [
                "phone-c": rows.map { "\(($0 * 71) % 97)" }, "phone-d": rows.map { "\(($0 * 29) % 83)" },
                "phone-sum": rows.map { "\(3 - 2 * one[$0] + other[$0])" },
            ],
        ]
        let survey = try Survey(
            federation, cells, rows.map { one[$0] > 50 ? 1 : 0 },
            statistics: "{correlations: 20, correlation-rows: 10}")
        let report = try survey.run("select={max-vif: 10}")
        let told = try #require(report.correlations)
        #expect(told[shop]?.map(\.inflation) == [nil, nil] && told[shop]?.map(\.isKept) == [true, true])
        #expect(told[phone]?.map(\.isKept) == [true, true, false])
        #expect(told[phone]?.last?.inflation == nil && told[phone]?.last?.reason == .inflation)
        #expect(try #require(told[phone]?.first?.inflation) < 1.5)
        #expect(try #require(told[shop]?.first?.lastInflation) < 1.5)
        #expect(report.text.contains("phone-sum infinite (left out: inflation infinite)"), "\(report.text)")
    }

    @Test func predictionsUseTheColumnsThatWereChosen() throws {
        let survey = try Survey(statistics: Self.policy)
        let select = "select={bins: 6, min-bin: 5, min-iv: 0.01, max-correlation: 0.6}"
        let report = try survey.run(select)
        let model = try #require(report.modelID)
        let prediction = try survey.run(select, "predict=\(model)")
        for party in survey.parties {
            let (then, now) = (try survey.prepared(party, report), try survey.prepared(party, prediction))
            #expect(then == now && !then.isEmpty)
        }
        #expect(prediction.correlations == nil && prediction.scores?.rows == survey.rows)
        let frames = try MadeUpFederation.crossings(
            try #require(prediction.transcripts[survey.parties[1]]?.file))
        #expect(frames.allSatisfy { $0.header.protocolName != "correlation" })
    }

    @Test func onePlaceSelectsAlike() throws {
        let survey = try Survey(features: 2, statistics: Self.policy)
        let options = ["select={max-correlation: 0.6, max-vif: 2}", "train={epochs: 30, batch: 64}"]
        let report = try survey.run(options[0], options[1])
        var job = try survey.job(options)
        for (index, file) in survey.files.enumerated() {
            job.members[index].columns = survey.cells[file.name]?.keys.sorted()
        }
        let joint = try #require(try Colocated.metrics(job, parties: survey.files).auc)
        #expect(abs(try #require(report.metrics?.auc) - joint) < 0.02)
    }

    // MARK: - What auditors see

    @Test(arguments: [1, 2]) func transcriptsHold(features: Int) throws {
        let survey = try Survey(features: features, statistics: Self.policy)
        let label = survey.parties[0]
        let report = try survey.run(
            "select={bins: 6, min-bin: 5, max-correlation: 0.6, max-vif: 5}", insecurely: true)
        let paths = try survey.parties.map { try #require(report.transcripts[$0]?.file) }
        let verification = Verification(
            of: paths, views: paths.map { $0.replacing(".transcript", with: ".view") }, against: Software.conventions,
            revealing: Software.viewConventions)
        #expect(
            verification.verdict == .accepted, "\(verification.findings) \(verification.transcripts.map(\.findings))")
        let frames = try MadeUpFederation.crossings(paths[1]).filter { $0.header.protocolName == "correlation" }
        let steps = frames.filter { $0.peer == label }.map(\.header.step)
        #expect(steps.count { $0 == "S1" } == 2)
        #expect(
            steps.filter { $0 != "S1" } == ["C1", "C2", "C3"] + (features > 1 ? ["C7"] : []) + ["C8", "C9", "A1", "A2"])
        #expect(
            frames.filter { $0.peer != label && $0.header.step != "S1" }.map(\.header.step)
                == (features > 1 ? ["C4", "C5"] : []))
        for (file, path) in zip(survey.files, paths) {
            let replay = try Replay(
                transcript: path, view: path.replacing(".transcript", with: ".view"),
                party: file.audited(insecurely: true))
            #expect(replay.verdict == .accepted, "\(replay.findings)")
        }
        let told = "\(label) learns the correlation of each two"
        #expect(try Leakage.sentences(of: survey.job(["select={max-vif: 5}"])).contains { $0.contains(told) })
        #expect(try !Leakage.sentences(of: survey.job(["select={}"])).contains { $0.contains(told) })
    }

    /// A job that asks for nothing has no room for numbers about columns.
    @Test func jobsAllowStatisticsWhereTheyAskForThem() throws {
        func tells(_ options: [String]) throws -> Bool {
            let effective = EffectiveJob(job: try Survey().job(options), certificates: [:], protocols: [])
            return try #require(Software.conventions.job(String(decoding: effective.encoded, as: UTF8.self)))
                .tellsStatistics
        }
        #expect(try tells(["select={max-vif: 5}"]) && !tells([]))
    }

    // MARK: - Policies

    @Test func policiesRefuseWhatTheyDoNotAllow() throws {
        let survey = try Survey()
        func refusals(_ text: String, at place: Int) throws -> [String] {
            var policy = Policy()
            policy.minimumKeyBits = 2048
            policy.statistics = try Survey.policy(text)
            let job = try survey.job(["select={max-correlation: 0.9}"])
            return policy.refusals(of: job, job.members[place], offered: ["y"])
        }
        for place in [0, 1] {
            let refused = try refusals("{reveal: woe}", at: place)
            #expect(refused.count == 1 && refused[0].contains("policy.statistics.correlations"))
            // No bins are counted, so nobody has to reveal any.
            #expect(try refusals("{correlations: 1}", at: place) == [])
        }
        #expect(throws: DocumentError.self) { try Survey.policy("{correlations: -1}") }
        #expect(throws: DocumentError.self) { try Survey.policy("{correlation-rows: 1}") }
        var policy = Policy()
        #expect(policy.sentences.contains("correlations of columns: none are told"))
        policy.statistics = try Survey.policy("{correlations: 30, correlation-rows: 500}")
        #expect(
            policy.sentences.contains(
                "correlations of columns: at most 30 for each partner, over at least 500 training rows; not for the coordinator"
            ))
        #expect(policy.text.contains(#""correlation-rows":500,"correlations":30"#))
    }

    @Test(arguments: [0, 1]) func fewRowsAreNotCorrelated(place: Int) throws {
        let survey = try Survey(statistics: Self.policy)
        let party = survey.parties[place]
        try survey.setPolicy("{correlations: 1000}", at: party)
        let failure = try #require(failure { try survey.run("select={max-correlation: 0.7}") })
        #expect(failure.cause.reason == .policyRefused && failure.cause.party == party, "\(failure)")
        // Why, its own people read.
        if place == 0 { #expect("\(failure)".contains("policy.statistics.correlation-rows"), "\(failure)") }
    }

    @Test func aBudgetIsUsedUpOverJobs() throws {
        let survey = try Survey(statistics: Self.policy)
        let (label, feature) = (survey.parties[0], survey.parties[1])
        // Three columns of either: three pairs within, nine between.
        try survey.setPolicy("{correlations: 25, correlation-rows: 100}", at: feature)
        func used(_ party: Party, by partner: Party) throws -> Int {
            let file = try #require(survey.files.first { $0.name == party })
            return try StatisticsLedger(path: "\(file.state)/statistics/\(file.data.name).correlations")[partner]
        }
        let select = "select={max-correlation: 0.7}"
        _ = try survey.run(select)
        #expect(try used(feature, by: label) == 12 && used(label, by: feature) == 3)
        _ = try survey.run(select, "train.epochs=2")
        #expect(try used(feature, by: label) == 24)
        let refused = try #require(failure { try survey.run(select, "train.epochs=3") })
        #expect(refused.cause.reason == .policyRefused && refused.cause.party == feature, "\(refused)")
        #expect(try used(feature, by: label) == 24)
        // The label party's answers have a budget, too; whether the job that was refused has used it is a matter of moments.
        let before = try used(label, by: feature)
        try survey.setPolicy("{correlations: \(before + 2), correlation-rows: 100}", at: label)
        try survey.setPolicy("{correlations: 1000, correlation-rows: 100}", at: feature)
        let spent = try #require(failure { try survey.run(select, "train.epochs=4") })
        #expect(spent.cause.reason == .policyRefused && spent.cause.party == label, "\(spent)")
        #expect("\(spent)".contains("policy.statistics.correlations"), "\(spent)")
        #expect(try used(label, by: feature) == before)
        // Nothing of bins was booked.
        let file = try #require(survey.files.first { $0.name == label })
        #expect(try StatisticsLedger(path: "\(file.state)/statistics/\(file.data.name).ledger")[feature] == 0)
    }

    @Test func theCoordinatorHearsWhatPoliciesRelease() throws {
        let survey = try Survey(statistics: Self.policy)
        let report = try survey.run("select={max-correlation: 0.7}")
        let party = survey.parties[1]
        var own = PartyReport(
            party: party, role: "feature", rows: 1, columns: 1, certificate: "",
            transcript: .init(file: "", frames: 0, root: ""))
        own.correlations = report.correlations?[party]
        var policy = Policy()
        #expect(policy.released(own).correlations == nil)
        policy.statistics = try Survey.policy("{release: true}")
        #expect(policy.released(own).correlations?.count == 3)
        #expect(report.text.contains("inflation of \(party)") && report.text.contains("left out: correlation 0."))
        #expect(report.html.contains("How columns follow from each other") && report.html.contains("\(party)-near"))
        let copy = try JSONDecoder().decode(Report.self, from: JSONEncoder().encode(report))
        #expect(copy.correlations == report.correlations)
        // What a party knows stands in its own folder; the matrix at the label party alone.
        for (index, file) in survey.files.enumerated() {
            let names = try FileManager.default.contentsOfDirectory(atPath: file.state + "/statistics")
            #expect(names.contains { $0.hasSuffix("-correlations.csv") })
            #expect(names.contains { $0.hasSuffix("-matrix.csv") } == (index == 0))
        }
    }

    // MARK: - Jobs that cannot be

    @Test func selectionsThatLeaveNothingFail() throws {
        let survey = try Survey(statistics: Self.policy)
        let party = survey.parties[1]
        let failure = try #require(
            failure {
                try survey.run("columns={\(party): [\(party)-near]}", "select={max-correlation: 0.1}")
            })
        #expect(failure.cause.reason == .badData && failure.cause.party == party, "\(failure)")
    }

    @Test func fieldsAreChecked() throws {
        let survey = try Survey()
        #expect(
            try survey.job(["select={max-correlation: 0.9, max-vif: 5}"]).select
                == .init(
                    bins: nil, minimumBin: 20, minimumValue: nil, maximumCorrelation: "0.9", maximumInflation: "5"))
        #expect(try survey.job(["select={min-iv: 0.1, max-vif: 5}"]).select?.bins == 10)
        for text in [
            "select={max-correlation: 1.1}", "select={max-correlation: x}", "select={max-correlation: -0.5}",
            "select={max-vif: 0.5}", "select={max-vif: 1e9}", "select={max-iv: 3}",
        ] { #expect(throws: DocumentError.self, "\(text)") { try survey.job([text]) } }
        // Any target has correlated columns; only labels of 0 and 1 have information values.
        let linear = "model={kind: linear}"
        #expect(try survey.job([linear, "evaluate={metrics: [rmse]}", "select={max-vif: 5}"]).asksCorrelations)
        #expect(throws: DocumentError.self) {
            try survey.job([linear, "evaluate={metrics: [rmse]}", "select={max-vif: 5, min-iv: 0.1}"])
        }
        // Among decoys nobody but the label party knows which rows count.
        let decoys = "align={key: id, result: label, decoys: 1}"
        #expect(throws: DocumentError.self) { try survey.job([decoys, "select={max-vif: 5}"]) }
        var job = try survey.job(["select={max-vif: 5}"])
        for index in job.members.indices { job.members[index].columns = ["a"] }
        #expect(job.invalidities == [])
        job.select = .init(
            bins: nil, minimumBin: 20, minimumValue: nil, maximumCorrelation: "2", maximumInflation: "0.1")
        job.align.result = .label(decoys: "1", multiple: 1)
        #expect(job.invalidities.count { $0.contains("select") } == 3, "\(job.invalidities)")
        #expect(try !survey.job(["select={max-vif: 5}", "predict=0123456789ab-0"]).asksCorrelations)
    }
}
