public import OutOfCore

/// What a tower's training will take, worked out before anything runs.
public struct HistoryPlan: Hashable, Codable, Sendable {
    /// Bytes that it may take.
    public var budgetBytes: Int
    /// Bytes of the arena, exactly.
    public var arenaBytes: Int
    /// Bytes of parameters, their gradients and what moves them, beside the arena.
    public var stateBytes: Int
    /// Bytes of the optimiser's state on the disk; 0 where it is in memory, among ``stateBytes``.
    public var stateDiskBytes: Int
    /// Bytes in memory of large fields' tables, with what is known of their pages, and of a step's rows.
    public var tableBytes: Int
    /// Bytes of those tables on the disk while they are learned; 0 where they are in memory.
    public var tableDiskBytes: Int
    /// The share of rows whose tensors are all kept or put away; those of the others are computed again.
    public var alpha: Double
    /// Layers whose tensors are put away.
    public var swappedLayers: Int
    /// Put away in memory, within the budget.
    public var hostBytes: Int
    /// Tensors put away on the disk.
    public var diskBytes: Int
    /// The share of a step that is expected to be spent waiting for the disk; not for pages of tables, since only events say how many come.
    public var expectedStall: Double
    /// Of one step, expected.
    public var secondsAStep: Double
    /// Steps of the whole training.
    public var steps: Int

    /// Whether no tensor is put away or computed again.
    public var keepsEverything: Bool { swappedLayers == 0 && alpha == 1 }
}

extension HistoryTower {
    /// Events of one step of pre-training at most: as many short histories as these have, or one long one.
    static func stepEvents(_ shape: HistoryShape) -> Int { max(shape.events, 1024) }

    /// Steps of pre-training on histories of some lengths.
    public static func steps(_ shape: HistoryShape, lengths: [Int], epochs: Int) -> Int {
        epochs * Workload(lengths: lengths, shape).packs
    }

    /// What pre-training needs.
    ///
    /// - Parameters:
    ///   - budget: bytes for arena, what is put away in memory, parameters and what moves them, and pages of large fields' tables.
    ///   - lengths: events of each history.
    ///   - epochs: passes over them.
    ///   - scratch: a folder for what is put away on the disk; nil: nothing is.
    ///   - staleness: of updates.
    /// - Throws: ``HistoryTowerError/budget(_:least:)``, ``HistoryTowerError/shape(problems:)``, and where the folder
    ///   cannot be written to.
    public static func plan(
        _ shape: HistoryShape, _ schema: EventSchema, budget: Int, lengths: [Int], epochs: Int, scratch: String?,
        staleness: Staleness = .synchronous
    ) throws(HistoryTowerError) -> HistoryPlan {
        guard shape.problems.isEmpty else { throw .shape(problems: shape.problems) }
        let work = Workload(lengths: lengths, shape)
        let plan = try TrainingPlan(
            TowerGraph(shape, schema, .prediction),
            extent: .init(events: stepEvents(shape), histories: stepEvents(shape)),
            .init(budget: budget, scratch: scratch, staleness: staleness), attended: work.attended)
        return HistoryPlan(plan, budget: budget, steps: epochs * work.packs)
    }
}

extension HistoryPlan {
    init(_ plan: TrainingPlan, budget: Int, steps: Int) {
        let (policy, forecast) = (plan.planned.program.policy, plan.planned.forecast)
        let seconds = forecast.seconds + plan.stateStall
        self.init(
            budgetBytes: budget, arenaBytes: plan.planned.program.arenaBytes, stateBytes: plan.stateBytes,
            stateDiskBytes: plan.stateDiskBytes, tableBytes: plan.tables.bytes,
            tableDiskBytes: plan.tables.diskBytes, alpha: policy.alpha, swappedLayers: policy.swapped,
            hostBytes: forecast.hostBytes, diskBytes: forecast.fileBytes,
            expectedStall: seconds > 0 ? (forecast.stalled + plan.stateStall) / seconds : 0, secondsAStep: seconds,
            steps: steps)
    }
}

/// What histories of some lengths come to.
struct Workload {
    /// Packs of an epoch.
    let packs: Int
    /// Pairs of events of a pack, of which one sees the other.
    let attended: Double

    init(lengths: [Int], _ shape: HistoryShape) {
        var events = 0
        var pairs = 0.0
        for length in lengths where length > 1 {
            let (whole, rest) = (length - 1).quotientAndRemainder(dividingBy: shape.events)
            events += length - 1
            let full = Double(shape.events) * Double(shape.events + 1) / 2
            pairs += Double(whole) * full + Double(rest) * Double(rest + 1) / 2
        }
        packs = max(1, (events + HistoryTower.stepEvents(shape) - 1) / HistoryTower.stepEvents(shape))
        attended = pairs / Double(packs)
    }
}
