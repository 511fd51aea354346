internal import Coordination

/// What a training leaves besides the model: how its loss went, and how the rows scored that it learned from.
struct TrainingCourse {
    /// Where training could stop early: after how many epochs it did, which was the best, counted from 1, and how good that was.
    var stopped: (epochs: Int, best: Int, validation: PartyReport.Metrics)?
    /// The local steps that were taken between rounds, in this attempt.
    var steps = LocalStepCount()
    /// The mean loss of each round.
    private(set) var losses: [Double] = []
    /// Predictions for the training rows with a label of the last rounds, batch by batch, before the model learned from them: no row
    /// is opened again for their sake.
    var scores: [Double] = []

    /// As it went so far.
    init(losses: [Double] = [], scores: [Double] = []) { (self.losses, self.scores) = (losses, scores) }

    /// How many rounds those are: a quarter of the last epoch, since the model moves meanwhile; more of it where that would be fewer
    /// than 1000 rows.
    static func scoredRounds(_ schedule: Schedule) -> Int {
        let rounds = schedule.epochRounds
        let enough = (1000 * rounds + schedule.trainRows.count - 1) / max(1, schedule.trainRows.count)
        return min(rounds, max(rounds / 4, enough))
    }

    /// As many points as a report has at most.
    private static let pointLimit = 200

    mutating func add(loss: Double) { losses.append(loss) }

    /// The losses, of neighbouring rounds together where there are many.
    var points: [PartyReport.Curves.Loss] {
        let width = max(1, (losses.count + Self.pointLimit - 1) / Self.pointLimit)
        return stride(from: 0, to: losses.count, by: width).map { start in
            let part = losses[start..<min(start + width, losses.count)]
            return .init(round: part.endIndex, loss: part.reduce(0, +) / Double(part.count))
        }
    }
}
