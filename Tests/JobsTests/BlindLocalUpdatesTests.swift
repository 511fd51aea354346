import AuditedFederation
import Coordination
import Jobs
import Specification
import Testing

/// Protected jobs with local updates: another model out of the very same messages.
@Suite struct BlindLocalUpdatesTests {
    @Test func replaysMoveTheModelAndNothingThatCrosses() throws {
        let federation = try MadeUpFederation(features: 2)
        let (label, features) = (federation.parties[0], federation.parties.dropFirst())
        let plain = try federation.run("train.epochs=1")
        var metrics = [plain.report.metrics]
        for replay in Job.LocalUpdates.Replay.allCases {
            let run = try federation.run(
                "train.epochs=1", "local-updates={workset: 3, reuse: 3, max-angle: 60, replay: \(replay)}")
            #expect(run.report.bytes == plain.report.bytes, "\(replay)")
            for party in federation.parties {
                let frames = try #require(run.frames[party])
                // Many frames: a difference is named by its place.
                let difference = zip(frames, plain.frames[party] ?? []).enumerated().first { $1.0 != $1.1 }
                #expect(difference == nil, "\(replay) at \(party)")
                #expect(frames.count == plain.frames[party]?.count && frames.count > 50, "\(replay) at \(party)")
            }
            #expect(!metrics.contains(run.report.metrics), "\(replay)")
            metrics.append(run.report.metrics)
            check(run.report, of: replay, run, label: label, features: Array(features))
        }
    }

    /// Five rounds: one step after each of the first two, two after each of the others.
    private func check(
        _ report: Report, of replay: Job.LocalUpdates.Replay, _ run: MadeUpFederation.Outcome, label: Party,
        features: [Party]
    ) {
        #expect(report.localUpdates == 8, "\(replay)")
        let bytes = ([label] + features).map(run.trainingBytes)
        #expect(report.bytesSaved == bytes.reduce(0) { $0 + $1 * 8 / 5 }, "\(replay)")
        var weights = report.meanWeights ?? [:]
        let own = weights.removeValue(forKey: label) ?? 0
        switch replay {
        // Shares of gradients have no rows that could be weighed.
        case .shares: #expect(own == 1)
        case .label, .both: #expect(own > 0 && own < 1, "\(replay): \(own)")
        }
        #expect(weights == (replay == .label ? [:] : Dictionary(uniqueKeysWithValues: features.map { ($0, 1) })))
    }
}
