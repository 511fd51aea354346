public import HistoryTower
public import ParallelPlanning
public import Ranks

/// Pre-training of a history tower by several ranks together, each layer spread over them as a plan says.
///
/// What is learned is what ``HistoryTower/HistoryTower/pretrain(_:epochs:rate:seed:budget:scratch:progress:)`` learns at one rank, but for
/// the last bits: the same histories in the same order, the same dropout, the same gradients cut to the same length, the same Adam.
/// All ranks have the same tower, plan and histories; they may be threads or processes.
public struct ParallelPretraining: Sendable {
    private let tower: HistoryTower
    private let plan: ParallelPlan
    private let ranks: any Collectives
    private let layout: TrainingLayout

    /// What a training gives.
    public struct Outcome: Sendable {
        /// The tower that has learned, at rank 0; `nil` elsewhere.
        public let tower: HistoryTower?
        /// Of each epoch, the mean cross-entropy of a predicted code, in nats.
        public let losses: [Double]
        /// Of each step, the length of the gradient before it was cut to 1.
        public let lengths: [Double]
        /// What every rank took, in order.
        public let measured: [TrainingMeasurement]

        /// Steps that were taken.
        public var steps: Int { lengths.count }
        /// Of a step, at the slowest rank: to be held against the plan's.
        public var secondsAStep: Double { measured.reduce(0) { max($0, $1.secondsAStep) } }
    }

    /// - Parameters:
    ///   - tower: the same at every rank.
    ///   - plan: for as many ranks.
    /// - Throws: ``ParallelTrainingError/plan(problems:)``, at every rank.
    public init(_ tower: HistoryTower, _ plan: ParallelPlan, ranks: any Collectives) throws(ParallelTrainingError) {
        layout = try TrainingLayout(
            plan, layers: tower.shape.layers, heads: tower.shape.heads, ranks: ranks.count)
        (self.tower, self.plan, self.ranks) = (tower, plan, ranks)
    }

    /// Learns to predict each next event of histories, together with all other ranks, which call it with the same values.
    ///
    /// - Parameters:
    ///   - histories: of this tower's schema, the same at every rank.
    ///   - rate: Adam's largest.
    ///   - seed: of the order of histories and of dropout; no secret.
    ///   - budget: bytes that this rank may take: arenas, parameters with their optimiser's state, what is gathered, messages.
    ///   - events: of a step at most; `nil`: as many as the plan's batch of whole windows has. With the number that pre-training at
    ///     one rank has by itself, ``pretrainingEvents(_:)``, the steps are the same as there.
    ///   - progress: after each step: steps done, steps in all, and the last step's mean loss. What it throws at one rank ends the
    ///     work of all.
    /// - Throws: ``ParallelTrainingError/budget(rank:budget:least:)`` and `HistoryTowerError`, at every rank; what exchanges throw.
    public func run(
        _ histories: EventHistories, epochs: Int, rate: Double, seed: UInt64, budget: Int, events: Int? = nil,
        progress: (_ done: Int, _ of: Int, _ loss: Double) throws -> Void = { _, _, _ in }
    ) throws -> Outcome {
        precondition(histories.schema == tower.schema && epochs > 0 && rate > 0, "histories of this tower, and a rate")
        let course = try TrainingCourse(
            layout, tower.shape, histories, epochs: epochs, seed: seed, events: events)
        let trainer = try RankTrainer(tower, layout, course.needs, budget: budget, ranks: ranks)
        var losses: [Double] = []
        var lengths: [Double] = []
        for windows in course.schedule.epochs {
            var (sum, count) = (0.0, 0)
            for windows in windows {
                let step = course.deal(windows, of: histories)
                let (loss, length) = try trainer.step(
                    step, histories, seed: seed, rate: rate * course.schedule.pace(trainer.steps))
                let labels = step.labels.reduce(0, +)
                (sum, count) = (sum + loss, count + labels)
                lengths.append(length)
                try progress(trainer.steps, course.schedule.steps, loss / Double(max(1, labels)))
            }
            losses.append(sum / Double(max(1, count)))
        }
        let learned = try trainer.gatherParameters()
        return Outcome(
            tower: learned.map { learned in
                var tower = tower
                tower.learned = learned
                return tower
            }, losses: losses, lengths: lengths, measured: try trainer.measurements())
    }

    /// What each rank will take, to the byte, worked out without any exchange.
    ///
    /// - Parameters: as of ``run(_:epochs:rate:seed:budget:events:progress:)``.
    /// - Throws: ``ParallelTrainingError/plan(problems:)``, and where nothing is to be learned.
    public static func bytes(
        _ tower: HistoryTower, _ plan: ParallelPlan, _ histories: EventHistories, epochs: Int, seed: UInt64,
        events: Int? = nil
    ) throws -> [Int] {
        let ranks = plan.stages.last?.ranks.upperBound ?? 0
        let layout = try TrainingLayout(plan, layers: tower.shape.layers, heads: tower.shape.heads, ranks: ranks)
        let course = try TrainingCourse(
            layout, tower.shape, histories, epochs: epochs, seed: seed, events: events)
        return try (0..<ranks).map { try RankPlan(layout, tower, course.needs, at: $0).memory.bytes }
    }

    /// Events of a step of pre-training at one rank, at most.
    public static func pretrainingEvents(_ shape: HistoryShape) -> Int { HistoryTower.eventsAStep(shape) }
}
