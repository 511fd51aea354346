internal import StaticExecution

/// What a tower's training will take, worked out before anything runs.
public struct HistoryPlan: Hashable, Codable, Sendable {
    /// Bytes that it may take.
    public var budgetBytes: Int
    /// Bytes of the arena, exactly.
    public var arenaBytes: Int
    /// Bytes of parameters and of their optimiser's state beside it.
    public var stateBytes: Int
    /// The share of rows whose tensors are all kept or put away; those of the others are computed again.
    public var alpha: Double
    /// Layers whose tensors are put away.
    public var swappedLayers: Int
    /// Put away in memory, within the budget.
    public var hostBytes: Int
    /// Put away on the disk.
    public var diskBytes: Int
    /// The share of a step that is expected to be spent waiting for the disk.
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

    /// Bytes of parameters, and of means and squares, that lie beside the arena.
    static func stateBytes(parameters: Int) -> Int { 12 * parameters }

    /// What pre-training needs.
    ///
    /// - Parameters:
    ///   - budget: bytes for arena, what is put away in memory, and the optimiser's state.
    ///   - lengths: events of each history.
    ///   - epochs: passes over them.
    ///   - scratch: a folder for what is put away on the disk; nil: nothing is.
    /// - Throws: ``HistoryTowerError/budget(_:least:)``, ``HistoryTowerError/shape(problems:)``, and where the folder
    ///   cannot be written to.
    public static func plan(
        _ shape: HistoryShape, _ schema: EventSchema, budget: Int, lengths: [Int], epochs: Int, scratch: String?
    ) throws(HistoryTowerError) -> HistoryPlan {
        guard shape.problems.isEmpty else { throw .shape(problems: shape.problems) }
        let graph = TowerGraph(shape, schema, .prediction)
        let work = Workload(lengths: lengths, shape)
        let state = stateBytes(parameters: graph.graph.parameterCount)
        let machine: MachineProfile
        do { machine = try .measured(directory: scratch) } catch { throw .storage(error.description) }
        let planned: StepPlanner.Planned
        do throws(HistoryTowerError) {
            planned = try TowerMachine.plan(
                graph, StepExtent(events: stepEvents(shape), histories: stepEvents(shape)), budget: budget - state,
                machine: machine, attended: work.attended, scratch: scratch)
        } catch {
            guard case .budget(_, let least) = error else { throw error }
            throw .budget(budget, least: least + state)
        }
        return HistoryPlan(planned, budget: budget, state: state, steps: epochs * work.packs)
    }
}

extension HistoryPlan {
    init(_ planned: StepPlanner.Planned, budget: Int, state: Int, steps: Int) {
        let policy = planned.program.policy
        self.init(
            budgetBytes: budget, arenaBytes: planned.program.arenaBytes, stateBytes: state, alpha: policy.alpha,
            swappedLayers: policy.swapped, hostBytes: planned.forecast.hostBytes,
            diskBytes: planned.forecast.fileBytes, expectedStall: planned.forecast.stall,
            secondsAStep: planned.forecast.seconds, steps: steps)
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
