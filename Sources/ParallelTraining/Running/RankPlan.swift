internal import HistoryTower
internal import ParallelPlanning
internal import StaticExecution

/// Bytes that a rank's part takes.
struct RankMemory {
    var stateBytes = 0
    var gatheredBytes = 0
    var arenaBytes = 0
    var workBytes = 0
    var messageBytes = 0

    var bytes: Int { stateBytes + gatheredBytes + arenaBytes + workBytes + messageBytes }
}

/// The most that a step asks for, over all steps of a training.
struct StepNeeds {
    /// By degree of data parallelism: events and windows of the largest part of a micro-batch.
    private(set) var extents: [Int: StepExtent] = [:]

    init(_ steps: some Sequence<DealtStep>, microBatches: Int, degrees: Set<Int>) {
        for degree in degrees { extents[degree] = StepExtent(events: 1) }
        for step in steps {
            for degree in degrees {
                for windows in (0..<microBatches).flatMap({ step.parts($0, degree: degree) }) {
                    guard let extent = extents[degree] else { continue }
                    let events = windows.reduce(0) { $0 + step.windows[$1].count }
                    extents[degree] = StepExtent(
                        events: max(extent.events, events), histories: max(extent.histories, windows.count))
                }
            }
        }
    }

    func extent(_ degree: Int) -> StepExtent {
        guard let extent = extents[degree] else { preconditionFailure("a degree of the plan") }
        return extent
    }
}

/// What a rank computes, laid out: before it takes any memory.
struct RankPlan {
    let segments: [Segment]
    /// By segment.
    let parts: [TowerPart]
    /// By segment.
    let programs: [StepProgram]
    /// Micro-batches under way at a time.
    let flights: Int
    /// Numbers of the largest sharded segment, padding included; and of the largest shard if gradients of micro-batches add up.
    let gathered: Int
    let incoming: Int
    /// Rows of the largest message.
    let messageRows: Int
    let memory: RankMemory

    init(_ layout: TrainingLayout, _ tower: HistoryTower, _ needs: StepNeeds, at rank: Int) throws {
        let plan = layout.plan
        segments = layout.segments(of: layout.stage(of: rank)).map { layout.segments[$0] }
        parts = segments.map {
            TowerPart(tower.shape, tower.schema, layers: $0.layers, ranks: $0.strategy.tensor)
        }
        flights = StageSchedule.flights(
            stage: layout.stage(of: rank), of: plan.stages.count, microBatches: plan.microBatches)
        var memory = RankMemory()
        var (gathered, incoming) = (0, 0)
        var programs: [StepProgram] = []
        for (segment, part) in zip(segments, parts) {
            let strategy = segment.strategy
            let program = try StepProgram(
                training: part.graph, extent: needs.extent(strategy.data),
                policy: strategy.recomputes ? .recomputing() : .plain(), parameters: .outside, work: .shared)
            programs.append(program)
            memory.arenaBytes += flights * program.arenaBytes
            memory.workBytes = max(memory.workBytes, program.workBytes)
            let isSharded = strategy.sharded && strategy.data > 1
            let count = part.graph.parameterCount
            memory.stateBytes += ParameterStore.stateBytes(count, over: isSharded ? strategy.data : 1)
            guard isSharded else { continue }
            let shard = ParameterStore.shardCount(of: count, over: strategy.data)
            gathered = max(gathered, shard * strategy.data)
            incoming = plan.microBatches > 1 ? max(incoming, shard) : 0
        }
        messageRows = Self.messageRows(layout, needs, stage: layout.stage(of: rank))
        memory.messageBytes = 4 * messageRows * tower.shape.width
        memory.gatheredBytes = 4 * (2 * gathered + incoming)
        (self.programs, self.gathered, self.incoming, self.memory) = (programs, gathered, incoming, memory)
    }

    /// The most rows that a message from or to a stage's ranks can have.
    private static func messageRows(_ layout: TrainingLayout, _ needs: StepNeeds, stage: Int) -> Int {
        zip(layout.segments, layout.segments.dropFirst()).reduce(0) { most, pair in
            let (before, after) = pair
            guard before.stage == stage || after.stage == stage, !before.isDealt(as: after) else { return most }
            return max(
                most, min(needs.extent(before.strategy.data).events, needs.extent(after.strategy.data).events))
        }
    }
}
