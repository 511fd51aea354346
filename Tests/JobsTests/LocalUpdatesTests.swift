import AuditedFederation
import Coordination
import Jobs
import Specification
import Testing

/// Whole jobs with local updates, in memory: what stays as it was without, what is the same in every run, what is reported.
@Suite struct LocalUpdatesTests {
    @Test(arguments: ["none", "blind"]) func aBatchUsedOnceIsNoLocalUpdate(protection: String) throws {
        let federation = try MadeUpFederation()
        let overrides = ["protection=\(protection)", "train.epochs=1"]
        let plain = try federation.run(overrides[0], overrides[1])
        let run = try federation.run(overrides[0], overrides[1], "local-updates={workset: 3, reuse: 1}")
        #expect(run.points == plain.points)
        #expect(run.report.metrics == plain.report.metrics)
        #expect(run.report.bytes == plain.report.bytes)
        #expect(Set(plain.points.map(\.metrics)).count == 5, "the model moves in every round")
        for report in [plain.report, run.report] {
            #expect(report.localUpdates == 0 && report.meanWeights == nil && report.bytesSaved == nil)
        }
    }

    /// However long messages take, and whatever parties do in the meantime.
    @Test(arguments: [
        ("none", "{workset: 3, reuse: 3, overlap: true}"), ("none", "{workset: 3, reuse: 3, overlap: false}"),
        ("blind", "{workset: 3, reuse: 3, replay: label}"),
    ])
    func runsRepeatThemselves(protection: String, updates: String) throws {
        let federation = try MadeUpFederation(features: protection == "none" ? 2 : 1)
        func run(delay: Double) throws -> MadeUpFederation.Outcome {
            try federation.run(
                "protection=\(protection)", "train.epochs=1", "local-updates=\(updates)", delay: delay)
        }
        let (prompt, slow) = (try run(delay: 0), try run(delay: 0.004))
        #expect(prompt.points.count == 5)
        #expect(prompt.points == slow.points)
        #expect(prompt.report.metrics == slow.report.metrics)
        #expect(prompt.report.meanWeights == slow.report.meanWeights)
    }

    // MARK: - Report

    @Test func theReportCountsWhatWasSaved() throws {
        let federation = try MadeUpFederation(features: 2)
        let run = try federation.run("protection=none", "local-updates={workset: 3, reuse: 3, max-angle: 60}")
        // One after each of the first two rounds, where the workset fills; then two after each.
        let (rounds, steps) = (15, 28)
        #expect(run.report.localUpdates == steps)
        #expect(run.report.rounds == rounds + 2)
        let weights = try #require(run.report.meanWeights)
        #expect(Set(weights.keys) == Set(federation.parties))
        #expect(weights.values.allSatisfy { $0 > 0 && $0 < 1 }, "\(weights)")
        let bytes = federation.parties.map(run.trainingBytes)
        #expect(bytes.allSatisfy { $0 > 0 })
        #expect(run.report.bytesSaved == bytes.reduce(0) { $0 + $1 * steps / rounds })
    }

    /// Under 180 degrees, and where Z is a single number that has no direction.
    @Test(arguments: [
        ["local-updates={workset: 3, reuse: 3, max-angle: 180}"],
        ["local-updates={workset: 3, reuse: 3, max-angle: 60}", "model={kind: logistic}"],
    ])
    func rowsWithoutWeightsCountInFull(overrides: [String]) throws {
        let federation = try MadeUpFederation()
        let run = try federation.run("protection=none", overrides[0], overrides.count > 1 ? overrides[1] : "label=y")
        #expect(run.report.localUpdates == 28)
        #expect(run.report.meanWeights == Dictionary(uniqueKeysWithValues: federation.parties.map { ($0, 1) }))
    }
}
