package import Coordination
internal import HistoryTower
internal import Models
internal import Specification
internal import Synchronization

/// How good a model is while it is trained, as somebody sees it who may see everything: for measurements on data that are public.
///
/// Parties leave here what they hold after some of the rounds; what that is worth is computed when the run is over, so that it takes
/// none of the run's time. Without protection a feature party's part of a round lacks the local steps that follow it, which the label
/// party has taken by then: they are taken while the next round is on its way.
package final class TrainingCurve: Sendable {
    /// After a round.
    package struct Point: Sendable {
        /// Rounds done.
        package let round: Int
        /// Since the label party began to train.
        package let seconds: Double
        /// Of the held-back rows.
        package let metrics: PartyReport.Metrics
    }

    private struct Moment {
        var parts: [Party: HeldPart] = [:]
        var top: ModelParameters?
        var towers: [HistoryTower]?
        var seconds = 0.0
    }

    private let interval: Int
    private let moments = Mutex<[Int: Moment]>([:])

    /// - Parameter interval: Rounds from one point to the next.
    package init(every interval: Int) {
        precondition(interval > 0, "points lie some rounds apart")
        self.interval = interval
    }

    /// Takes what a party holds after a round, where there is a point.
    ///
    /// - Parameter top: The label party's own part of the model.
    func record(
        _ party: Party, round: Int, top: LabelModel? = nil, seconds: Double = 0, _ part: () throws -> HeldPart
    ) throws {
        guard round.isMultiple(of: interval) else { return }
        let (part, towers) = (try part(), try top?.towers())
        moments.withLock { moments in
            moments[round, default: .init()].parts[party] = part
            guard let top else { return }
            moments[round]?.top = top.parameters
            moments[round]?.towers = towers
            moments[round]?.seconds = seconds
        }
    }

    /// The points in the order of their rounds.
    ///
    /// - Parameters:
    ///   - job: As it was run.
    ///   - parties: Every party of the job.
    package func points(_ job: Job, parties: [PartyFile]) throws -> [Point] {
        let data = try ColocatedData(job, parties: parties) { _ in try .reproducible("tower") }
        let training = data.training(job)
        return try moments.withLock { $0 }.sorted { $0.key < $1.key }.compactMap { round, moment in
            guard let parameters = moment.top, moment.parts.count == job.members.count else { return nil }
            var source = try data.source(job, JoinedWeights(label: job.labelParty, moment.parts))
            var top = try training.topModel(parameters, towers: moment.towers)
            return Point(
                round: round, seconds: moment.seconds,
                metrics: try training.metrics(training.score(&source, top: &top) { _, _ in }))
        }
    }
}
