import Documents
import Foundation
import Jobs
import Models
import Specification
import Testing

@Suite struct ModelReaderTests {
    private func job(_ model: String, _ more: String = "", protection: String = "blind") throws -> Job {
        let yaml = """
            name: flights-late
            parties: {airline: {role: label}, weather: {role: feature}}
            align: {key: [set, flight]}
            label: late
            columns: {airline: [carrier, hour, distance], weather: [temp, wind]}
            train: {epochs: 1}
            protection: \(protection)
            model: \(model)
            \(more)
            """
        return try Job(Document(yaml: yaml, file: "job.yaml"))
    }

    @Test(arguments: [
        ("{kind: logistic}", Target.binary, 1, 1, 0, 0), ("{kind: linear}", .number, 1, 1, 0, 0),
        ("{kind: poisson}", .count, 1, 1, 0, 0), ("{kind: multinomial, classes: 4}", .classes, 4, 4, 0, 0),
        ("{kind: mlp}", .binary, 1, 2, 0, 0), ("{kind: mlp, target: number, source: {width: 3}}", .number, 1, 3, 0, 0),
        ("{kind: wide-deep}", .binary, 1, 5, 0, 8),
        ("{kind: wide-deep, target: class, classes: 3, embed: {dimension: 4}}", .classes, 3, 7, 0, 4),
        ("{kind: dlrm}", .binary, 1, 8, 4, 8), ("{kind: dlrm, source: {width: 9, vector: 3}}", .binary, 1, 9, 3, 8),
    ])
    func everyKindHasDefaultsThatWork(
        model: String, target: Target, classes: Int, width: Int, vector: Int, dimension: Int
    ) throws {
        let job = try job(model)
        #expect(job.model.target == target && job.model.classes == classes && job.model.width == width)
        #expect(job.model.vector == vector && job.model.dimension == dimension)
        #expect(job.invalidities.isEmpty)
        #expect(job.evaluate.metrics.contains(.auc) == (target == .binary))
    }

    @Test(arguments: [
        ("{kind: logistic, hidden: [4]}", "model.hidden"), ("{kind: multinomial}", "model.classes"),
        ("{kind: multinomial, classes: 1}", "model.classes"), ("{kind: mlp, target: colour}", "model.target"),
        ("{kind: wide-deep, source: {width: 1}}", "model.source"), ("{kind: dlrm, source: {width: 7}}", "model.source"),
        ("{kind: mlp, embed: {dimension: 4}}", "model.embed"),
        ("{kind: dlrm, embed: {dimension: 0}}", "model.embed.dimension"),
    ])
    func impossibleModelsAreRefused(model: String, field: String) throws {
        let error = #expect(throws: DocumentError.self) { try job(model) }
        #expect(error?.field == field)
    }

    @Test(arguments: [
        ("{kind: mlp}", "towers: {airline: {columns: [hour], outputs: 4}}", "blind", nil),
        ("{kind: mlp}", "towers: {weather: {columns: [temp, wind], outputs: 2, hidden: []}}", "blind", nil),
        ("{kind: logistic}", "towers: {weather: {columns: [temp], outputs: 2}}", "blind", nil),
        ("{kind: mlp}", "towers: {weather: {columns: [temp], outputs: 2, training: end-to-end}}", "none", nil),
        (
            "{kind: mlp}", "towers: {weather: {columns: [temp], outputs: 2, training: end-to-end}}", "blind",
            "towers.weather"
        ),
        (
            "{kind: mlp}", "towers: {airline: {columns: [hour], outputs: 4, training: frozen}}", "blind",
            "towers.airline"
        ),
        (
            "{kind: mlp}", "towers: {airline: {columns: [carrier, hour, distance], outputs: 4}}", "blind",
            "towers.airline"
        ),
        ("{kind: logistic}", "towers: {airline: {columns: [hour], outputs: 4}}", "blind", "towers.airline"),
        ("{kind: mlp}", "towers: {airline: {columns: [seats], outputs: 4}}", "blind", "towers.airline"),
        ("{kind: mlp}", "towers: {airline: {columns: [], outputs: 4}}", "blind", "towers.airline"),
        ("{kind: mlp}", "towers: {bank: {columns: [hour], outputs: 4}}", "blind", "towers.bank"),
        ("{kind: mlp}", "towers: {airline: {columns: [hour], outputs: 0}}", "blind", "towers.airline.outputs"),
    ])
    func towersAreOfThePartyThatMayTrainThem(model: String, towers: String, protection: String, field: String?) throws {
        guard let field else {
            let job = try job(model, towers, protection: protection)
            return #expect(job.towers.count == 1 && job.invalidities.isEmpty)
        }
        let error = #expect(throws: DocumentError.self) { try job(model, towers, protection: protection) }
        #expect(error?.field == field)
    }

    @Test(arguments: [
        ("airline: {kind: history}", "{kind: mlp}", "blind", nil),
        ("airline: {kind: history, training: frozen}", "{kind: logistic}", "blind", nil),
        ("weather: {kind: history, budget: 256MB, histories: [rain]}", "{kind: logistic}", "blind", nil),
        ("weather: {kind: history, budget: 1 GiB, outputs: 3, epochs: 1}", "{kind: logistic}", "none", nil),
        ("weather: {kind: columns, columns: [temp], outputs: 2}", "{kind: mlp}", "blind", nil),
        ("airline: {kind: history}", "{kind: logistic}", "blind", "towers.airline"),
        ("weather: {kind: history, training: end-to-end}", "{kind: mlp}", "blind", "towers.weather"),
        ("weather: {kind: history, training: end-to-end}", "{kind: mlp}", "none", "towers.weather"),
        ("weather: {kind: history, history-budget: 0.2}", "{kind: logistic}", "blind", nil),
        ("airline: {kind: history, history-budget: 1}", "{kind: mlp}", "none", nil),
        ("weather: {kind: history, history-budget: 0}", "{kind: logistic}", "blind", "towers.weather.history-budget"),
        ("weather: {kind: history, history-budget: 1.5}", "{kind: logistic}", "blind", "towers.weather.history-budget"),
        ("weather: {kind: history, history-budget: a lot}", "{kind: mlp}", "none", "towers.weather.history-budget"),
        ("weather: {kind: history, epochs: 0}", "{kind: mlp}", "blind", "towers.weather"),
        ("weather: {kind: history, epochs: 1001}", "{kind: mlp}", "blind", "towers.weather.epochs"),
        ("weather: {kind: history, budget: 8 MiB}", "{kind: mlp}", "blind", "towers.weather.budget"),
        ("weather: {kind: history, budget: 64 Mb}", "{kind: mlp}", "blind", "towers.weather.budget"),
        ("weather: {kind: history, events: 0}", "{kind: mlp}", "blind", "towers.weather.events"),
        ("weather: {kind: history, width: 30}", "{kind: mlp}", "blind", "towers.weather.width"),
        ("weather: {kind: history, heads: 33}", "{kind: mlp}", "blind", "towers.weather.heads"),
        ("weather: {kind: history, staleness: 3}", "{kind: mlp}", "blind", nil),
        ("weather: {kind: history, staleness: free}", "{kind: mlp}", "blind", nil),
        ("weather: {kind: history, codes: 16777216, rare: 0}", "{kind: mlp}", "blind", nil),
        ("airline: {kind: history, codes: 65536}", "{kind: mlp}", "blind", nil),
        ("airline: {kind: history, codes: 65537}", "{kind: mlp}", "blind", "towers.airline"),
        ("weather: {kind: history, codes: 1}", "{kind: mlp}", "blind", "towers.weather.codes"),
        ("weather: {kind: history, rare: 0.9}", "{kind: mlp}", "blind", "towers.weather.rare"),
        ("weather: {kind: history, staleness: 65}", "{kind: mlp}", "blind", "towers.weather.staleness"),
        ("weather: {kind: history, staleness: often}", "{kind: mlp}", "blind", "towers.weather.staleness"),
        ("weather: {kind: history, layers: 0}", "{kind: mlp}", "blind", "towers.weather.layers"),
        ("weather: {kind: history, rate: 0}", "{kind: mlp}", "blind", "towers.weather.rate"),
        ("weather: {kind: history, outputs: 257}", "{kind: mlp}", "blind", "towers.weather.outputs"),
        ("weather: {kind: history, histories: []}", "{kind: mlp}", "blind", "towers.weather.histories"),
        ("weather: {kind: history, histories: [a, a]}", "{kind: mlp}", "blind", "towers.weather.histories"),
        ("weather: {kind: history, hidden: [4]}", "{kind: mlp}", "blind", "towers.weather.hidden"),
        ("weather: {kind: events}", "{kind: mlp}", "blind", "towers.weather.kind"),
        ("weather: {columns: [temp], outputs: 2, budget: 64 MB}", "{kind: mlp}", "blind", "towers.weather.budget"),
    ])
    func towersOverHistories(tower: String, model: String, protection: String, field: String?) throws {
        let towers = "towers: {\(tower)}"
        guard let field else {
            var job = try job(model, towers, protection: protection)
            // A coordinator names histories before anybody else sees the job.
            for party in job.towers.keys {
                let named = job.towers[party]?.history?.histories ?? ["rain"]
                job.towers[party]?.history?.histories = named
            }
            return #expect(job.towers.count == 1 && job.invalidities.isEmpty)
        }
        let error = #expect(throws: DocumentError.self) { try job(model, towers, protection: protection) }
        #expect(error?.field == field)
        #expect(error?.line == 9)
    }

    @Test func aTowerOverHistoriesHasDefaults() throws {
        let job = try job("{kind: mlp}", "towers: {airline: {kind: history}, weather: {kind: history, budget: 20 MB}}")
        let (airline, weather) = (try Party("airline"), try Party("weather"))
        let tower = try #require(job.towers[airline])
        #expect(tower.training == .endToEnd && tower.outputs == 16 && tower.columns.isEmpty)
        #expect(job.towers[weather]?.training == .frozen)
        let history = try #require(tower.history)
        #expect(history.budget == 256 << 20 && history.histories == nil)
        #expect(history.epochs == 5 && history.rate == "0.002" && history.staleness == nil)
        #expect((history.events, history.width, history.layers, history.heads) == (128, 64, 2, 4))
        #expect(job.towers[weather]?.history?.budget == 20_000_000)
        #expect(job.invalidities.count == 2, "histories that nobody has named")
    }

    /// What is written of a tower over columns is what was written before there were others.
    @Test func aTowerOverColumnsIsWrittenAsItWas() throws {
        let job = try job("{kind: mlp}", "towers: {weather: {columns: [temp], outputs: 2}}")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(job.towers.values.first), as: UTF8.self)
        #expect(text == #"{"columns":["temp"],"hidden":[16],"outputs":2,"training":"frozen"}"#)
    }

    @Test(arguments: [
        ("256 MB", 256_000_000), ("256MB", 256_000_000), ("256 MiB", 256 << 20), ("1 GB", 1_000_000_000),
        ("2TiB", 2 << 40), ("512", 512), ("1 kB", 1000), ("1 KiB", 1024), ("1  MB", nil), ("MB", nil), ("-1 MB", nil),
        ("1.5 GB", nil), ("٣ MB", nil), ("2000000 TiB", nil), ("5 mb", nil),
    ])
    func sizesAsPeopleWriteThem(text: String, bytes: Int?) { #expect(ByteCount.read(text) == bytes) }

    @Test func theReasonIsSaid() throws {
        let error = #expect(throws: DocumentError.self) {
            try job("{kind: mlp}", "towers: {weather: {columns: [temp], outputs: 2, training: end-to-end}}")
        }
        #expect(error?.description.contains("shows the derivative of the loss, and with it labels") == true)
    }

    @Test func heldBackShares() throws {
        #expect(try job("{kind: logistic}").evaluate.test == .share("0.25"))
        #expect(try job("{kind: logistic}", "evaluate: {test: 0.2}").evaluate.test == .share("0.2"))
        #expect(try job("{kind: logistic}", "evaluate: {metrics: [auc]}").evaluate.test == .share("0.25"))
        for wrong in ["evaluate: {test: 0.95}", "evaluate: {test: some}", "evaluate: {test: [0.2]}"] {
            #expect(throws: DocumentError.self, "\(wrong)") { try job("{kind: logistic}", wrong) }
        }
    }

    @Test func rowsAreHeldBackByTheirKey() throws {
        let job = try job("{kind: logistic}", "evaluate: {test: {set: test}}")
        #expect(job.evaluate.test == .key(column: "set", value: "test"))
        let schedule = Schedule(job: job, rows: 10) { [2, 3, 7].contains($0) }
        #expect(Array(schedule.testRows) == [2, 3, 7] && Array(schedule.trainRows) == [0, 1, 4, 5, 6, 8, 9])
        #expect(schedule.trainBatches.flatMap { $0 }.sorted() == Array(schedule.trainRows))
        for wrong in ["evaluate: {test: {late: 1}}", "evaluate: {test: {}}", "evaluate: {test: {set: a, flight: b}}"] {
            #expect(throws: DocumentError.self) { try self.job("{kind: logistic}", wrong) }
        }
    }

    @Test(arguments: [
        ("{kind: linear}", "evaluate: {metrics: [auc]}", "evaluate.metrics"),
        ("{kind: logistic}", "evaluate: {metrics: [deviance]}", "evaluate.metrics"),
        ("{kind: logistic}", "touched-rows: some", "touched-rows"),
    ])
    func choicesThatDoNotFitAreRefused(model: String, more: String, field: String) throws {
        let error = #expect(throws: DocumentError.self) { try job(model, more) }
        #expect(error?.field == field)
    }

    @Test func embeddedBatchesAreBounded() throws {
        var job = try job("{kind: dlrm}")
        job.train.batch = 257
        #expect(job.invalidities.count == 1)
        job.protection = .none
        #expect(job.invalidities.isEmpty)
    }

    @Test func theTopModelMayHaveAnOptimiserOfItsOwn() throws {
        let yaml = "{kind: mlp}\ntrain: {epochs: 1, top-optimizer: {kind: adam}}"
        let text = """
            name: a
            parties: {airline: {role: label}, weather: {role: feature}}
            align: {key: id}
            label: late
            model: \(yaml)
            """
        let job = try Job(Document(yaml: text, file: "job.yaml"))
        let top = try #require(job.train.top)
        #expect(top.kind == .adam && top.rate == "0.001" && top.momentum == "0")
    }
}
