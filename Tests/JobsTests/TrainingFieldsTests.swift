import AuditedFederation
import Coordination
import Documents
import Foundation
import Jobs
import Testing

/// Weight decay, rate schedules and weights of rows: what job files say, and that protection changes nothing but rounding.
@Suite struct TrainingFieldsTests {
    /// As rates and decay act on shares of ciphertexts, they do on numbers in one place from the same first weights.
    @Test func protectionRoundsAndNothingElse() throws {
        let federation = try MadeUpFederation()
        let csv = try federation.files.map { try String(contentsOfFile: #require($0.data.rows.file), encoding: .utf8) }
        let lines = csv[0].split(separator: "\n").enumerated().map { index, line in
            "\(line),\(index == 0 ? "w" : "\(1 + index % 7)")"
        }
        let tables = try OwnTables([lines.joined(separator: "\n") + "\n", csv[1]])
        let plain = try tables.run(["protection=blind", "columns.shop=[shop0, shop1, shop2, shop3]"])
        var metrics = [plain.report.metrics]
        for change in [
            ["train.l2=0.2"], ["train.schedule={kind: cosine, warmup: 1}"],
            ["train.sample-weights=w", "train.class-weights=balanced"],
            [
                "train.l2=0.2", "train.schedule={kind: step, every: 1, factor: 0.3}", "train.sample-weights=w",
                "model={kind: logistic}",
            ],
        ] {
            let run = try tables.run(["protection=blind", "columns.shop=[shop0, shop1, shop2, shop3]"] + change)
            let found = try #require(run.report.metrics?.logloss)
            #expect(abs(found - (run.colocated.logloss ?? 0)) < 2e-4, "\(change)")
            #expect(!metrics.contains(run.report.metrics), "\(change)")
            metrics.append(run.report.metrics)
        }
    }

    @Test func aDecayedModelPredictsAsItWasMeasured() throws {
        let federation = try MadeUpFederation()
        let run = try federation.run("train.epochs=1", "train.l2=0.9", "model={kind: logistic}")
        // The last point is of all shares put together, alpha applied; the report's is of what was opened.
        let last = try #require(run.points.last)
        let (found, opened) = (last.metrics.logloss ?? 0, run.report.metrics?.logloss ?? 1)
        #expect(abs(found - opened) < 1e-5)
    }

    private func job(_ overrides: String...) throws -> Job {
        let yaml = """
            name: x
            parties: {a: {role: label}, b: {role: feature}}
            align: {key: id}
            label: y
            model: {kind: logistic}
            train: {epochs: 10, batch: 16}
            """
        return try Job(Document(yaml: yaml, file: "job.yaml", overrides: overrides))
    }

    @Test func fieldsAreRead() throws {
        let job = try job(
            "train.l2=0.01", "train.schedule={kind: step, every: 3, factor: 0.1, warmup: 2}", "train.sample-weights=w",
            "train.class-weights={0: 1, 1: 5}")
        #expect(job.train.l2 == "0.01")
        let schedule = try #require(job.train.schedule)
        #expect(schedule.kind == .step && schedule.warmup == 2 && schedule.every == 3 && schedule.factor == "0.1")
        #expect(job.train.sampleWeights == "w")
        #expect(job.train.classWeights == .given(["0": "1", "1": "5"]))
        #expect(try self.job("train.class-weights=balanced").train.classWeights == .balanced)
    }

    @Test(arguments: [
        ("train.l2=2", "0.0 to 1.0"), ("train.l2=-1", "decimal"), ("train.schedule={kind: fast}", "constant"),
        ("train.schedule={kind: step}", "every"), ("train.schedule={kind: cosine, every: 2}", "every"),
        ("train.schedule={warmup: 10}", "warmup"), ("train.class-weights=heavy", "balanced"),
        ("train.class-weights={2: 1}", "labels 0 and 1"), ("train.class-weights={1: 0}", "1"),
        ("train.sample-weights=y", "neither label nor feature"),
    ]) func whatMakesNoTrainingIsRefused(override: String, expected: String) {
        do {
            _ = try job(override)
            Issue.record("\(override) was read")
        } catch { #expect("\(error)".contains(expected), "\(error)") }
    }

    @Test func aDecayThatLeavesNothingIsRefusedBeforeTheFirstRound() throws {
        let federation = try MadeUpFederation()
        do {
            _ = try federation.run("train.epochs=100", "train.l2=0.9")
            Issue.record("it was trained")
        } catch { #expect("\(error)".contains("train.l2 of 0.9"), "\(error)") }
    }

    @Test func weightsThatAreTooLargeOrMissingAreRefused() throws {
        let ids = (0..<200)
        for (weight, expected) in [("1000", "times the mean"), ("0", "not above 0"), ("", "no weight")] {
            let label = ids.map { "r\($0),\($0 % 2),\($0 % 3 % 2),\($0 == 100 ? weight : "1")" }
            let tables = try OwnTables([
                (["id,x,y,w"] + label).joined(separator: "\n") + "\n",
                (["id,z"] + ids.map { "r\($0),\($0 % 5 % 2)" }).joined(separator: "\n") + "\n",
            ])
            do {
                // All but a few are trained on.
                _ = try tables.run([
                    "protection=none", "model={kind: logistic}", "train.sample-weights=w", "evaluate.test=0.05",
                    "name=weights",
                ])
                Issue.record("a weight of '\(weight)' passed")
            } catch { #expect("\(error)".contains(expected), "\(error)") }
        }
    }
}
