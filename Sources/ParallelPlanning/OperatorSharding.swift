/// How the parameters of one operator lie on data parallel ranks.
public struct OperatorPlacement: Hashable, Codable, Sendable {
    /// The operator is computed in so many slices of its input's elements, one after the other, whose results are added
    /// up.
    public var slices: Int
    /// How many of these have their parameters, gradients and states sharded over all ranks; the others are at each
    /// rank.
    public var sharded: Int

    /// A placement.
    public init(slices: Int = 1, sharded: Int) {
        self.slices = slices
        self.sharded = sharded
    }

    /// Such as `replicated`, `sharded` or `3 of 4 slices sharded`.
    public var label: String {
        if sharded == 0 { return "replicated" }
        if slices == 1 { return "sharded" }
        return "\(sharded) of \(slices) slices sharded"
    }

    /// All placements with at most so many slices, in powers of two.
    static func all(slices limit: Int) -> [OperatorPlacement] {
        let counts = (0..<Int.bitWidth - 2).map { 1 << $0 }.prefix { $0 <= max(1, limit) }
        return [OperatorPlacement(sharded: 0)]
            + counts.flatMap { slices in (1...slices).map { OperatorPlacement(slices: slices, sharded: $0) } }
    }
}

/// A placement for each operator, and a batch size.
public struct OperatorShardingPlan: Hashable, Codable, Sendable {
    /// By operator.
    public var placements: [OperatorPlacement]
    /// Sequences of a step, of all ranks together.
    public var batch: Int
    /// Predicted.
    public var secondsAStep: Double
    /// Of each rank, predicted.
    public var bytes: Int

    /// A plan with what it is predicted to take.
    public init(placements: [OperatorPlacement], batch: Int, secondsAStep: Double, bytes: Int) {
        self.placements = placements
        self.batch = batch
        self.secondsAStep = secondsAStep
        self.bytes = bytes
    }

    /// Predicted.
    public var sequencesASecond: Double { Double(batch) / secondsAStep }

    /// The same as a plan for layers, with all ranks data parallel in one stage; nil if an operator is divided into
    /// slices.
    public func parallelPlan(ranks: Int) -> ParallelPlan? {
        guard placements.allSatisfy({ $0.slices == 1 }) else { return nil }
        return ParallelPlan(
            stages: [ParallelPlan.Stage(layers: placements.indices, ranks: 0..<ranks)],
            layers: placements.map { LayerStrategy(tensor: 1, data: ranks, sharded: $0.sharded > 0) }, batch: batch,
            microBatches: 1, secondsAStep: secondsAStep, bytes: Array(repeating: bytes, count: ranks))
    }
}

/// Decides for every operator by itself whether it is sharded, where all ranks are data parallel (OSDP, arXiv
/// 2209.13258).
///
/// A replicated operator sums its gradients over all ranks; a sharded one gathers its parameters on both ways and
/// sums and scatters its gradients, so half as much again is sent, for an N-th of the states. Slices gather less at a
/// time. Unlike the scheduler that was published with the paper, which takes the batch size with the shortest step,
/// this one takes the one with the most sequences a second, as the paper has it.
public struct OperatorShardingPlanner: Sendable {
    /// What was measured.
    public var profile: ClusterProfile
    /// In order.
    public var operators: [LayerCost]
    /// Bytes of each rank.
    public var budgetPerRank: Int
    /// Sequences of a step that are possible: multiples of the number of ranks.
    public var batches: [Int]
    /// The most slices of an operator; 1 for whole ones only.
    public var slices: Int

    /// - Parameters:
    ///   - profile: Of the machines.
    ///   - operators: Of the model.
    ///   - budgetPerRank: Bytes for parameters, their states, and activations.
    ///   - batches: Sequences of a step that the caller can train with.
    ///   - slices: The most slices of an operator.
    public init(profile: ClusterProfile, operators: [LayerCost], budgetPerRank: Int, batches: [Int], slices: Int = 4) {
        self.profile = profile
        self.operators = operators
        self.budgetPerRank = budgetPerRank
        self.batches = batches
        self.slices = slices
    }

    /// The plan with the most sequences a second; among equals the one with the smaller batch.
    ///
    /// - Throws: ``ParallelPlanningError``, as ``ParallelPlanner/plan()`` does.
    public func plan() throws(ParallelPlanningError) -> OperatorShardingPlan {
        let model = try ParallelCostModel(profile, operators)
        let possible = batches.filter { $0 > 0 && $0 % profile.ranks == 0 }.sorted()
        guard !possible.isEmpty else { throw .notDivisible(batches: batches, ranks: profile.ranks) }
        let placements = OperatorPlacement.all(slices: slices)
        var best: OperatorShardingPlan?
        var least: (bytes: Int, batch: Int)?
        for batch in possible {
            let problem = try problem(model, placements, batch)
            var search = StageSearch(problem)
            if let found = search.best(0, 0..<operators.count, .slowest) {
                let seconds = PipelineSolution(stages: [found], microBatches: 1).seconds
                let plan = OperatorShardingPlan(
                    placements: found.strategies.map { placements[$0] }, batch: batch, secondsAStep: seconds,
                    bytes: found.bytes)
                if plan.sequencesASecond > best?.sequencesASecond ?? 0 { best = plan }
            } else if let bytes = PipelineSearch(problem).leastBytes(), bytes < least?.bytes ?? .max {
                least = (bytes, batch)
            }
        }
        if let best { return best }
        guard let least else { throw .notDivisible(batches: batches, ranks: profile.ranks) }
        throw .doesNotFit(budgetPerRank: budget, needed: least.bytes, batch: least.batch)
    }

    private var budget: Int {
        profile.hosts.filter { $0.ranks > 0 }.reduce(budgetPerRank) { min($0, $1.memoryBytes / $1.ranks) }
    }

    /// One stage of all ranks, whose strategies are placements.
    private func problem(
        _ model: ParallelCostModel, _ placements: [OperatorPlacement], _ batch: Int
    ) throws(ParallelPlanningError) -> PipelineProblem {
        var rows: [LayerCost: [StepCost?]] = [:]
        for layer in operators where rows[layer] == nil {
            var row: [StepCost?] = []
            for placement in placements { row.append(try model.cost(layer, placement, batch: batch)) }
            rows[layer] = row
        }
        let zeros = Array(repeating: 0.0, count: placements.count * placements.count)
        return PipelineProblem(
            microBatches: 1, budgets: [budget], costs: [operators.map { rows[$0] ?? [] }],
            switching: [operators.map { _ in zeros }])
    }
}

extension ParallelCostModel {
    /// What an operator takes if all ranks are data parallel; nil if the batch cannot be divided among them.
    func cost(_ layer: LayerCost, _ placement: OperatorPlacement, batch: Int) throws(ParallelPlanningError) -> StepCost?
    {
        let ranks = 0..<profile.ranks
        guard batch % ranks.count == 0 else { return nil }
        let sequences = batch / ranks.count
        let slice = divided(layer.parameters, placement.slices)
        let replicated = max(0, layer.parameters - slice * placement.sharded)
        let compute = computeSeconds(layer, ranks, sequences: sequences, calls: placement.slices)
        var cost = StepCost(forward: compute, backward: compute * profile.backwardFactor, bytes: 0)
        if ranks.count > 1 && placement.sharded > 0 {
            let count = Double(placement.sharded)
            let gather = try seconds(.allGather, parameters: slice, ranks)
            cost.forward += gather * count
            cost.backward += (gather + (try seconds(.reduceScatter, parameters: slice, ranks))) * count
        }
        if ranks.count > 1 && replicated > 0 {
            let sum = try seconds(.allReduce, parameters: replicated, ranks)
            cost.once += sum - min(sum * profile.overlap, cost.backward)
        }
        let held = replicated + placement.sharded * divided(slice, ranks.count)
        cost.once += Double(held) * profile.updateSecondsAParameter
        cost.bytes = held * Self.stateBytes + layer.activations(tensor: 1) * sequences
        cost.peak = layer.transientBytes * sequences
        // The slice, gathered, and its gradient before it is scattered.
        if placement.sharded > 0 { cost.peak += 2 * slice * MemoryLayout<Float>.size }
        return cost
    }

    private func seconds(
        _ kind: ClusterProfile.Collective.Kind, parameters: Int, _ ranks: Range<Int>
    ) throws(ParallelPlanningError) -> Double {
        try slowest(kind, [Array(0..<ranks.count)], ranks, bytes: parameters * MemoryLayout<Float>.size)
    }
}

/// What placements cost at each operator, for one batch size: as measured, rather than predicted from a profile.
public struct MeasuredBatch: Sendable {
    /// Sequences of a step.
    public var batch: Int
    /// By operator, with placements as strategies and without changes between them.
    public var operators: [LayerOptions]

    /// Measurements of one batch size.
    public init(batch: Int, operators: [LayerOptions]) {
        self.batch = batch
        self.operators = operators
    }

    /// The fastest placements within a memory, in the unit of the options; nil if none fit.
    public func best(within memory: Int) -> StrategyAssignment? {
        AssignmentSearch(operators, upTo: memory).best(within: memory)
    }

    /// The batch size with the most sequences a second, and its placements; nil if nothing fits.
    public static func best(
        of batches: [MeasuredBatch], within memory: Int
    ) -> (batch: Int, assignment: StrategyAssignment)? {
        var best: (batch: Int, assignment: StrategyAssignment)?
        for batch in batches {
            guard let found = batch.best(within: memory) else { continue }
            let rate = best.map { Double($0.batch) / $0.assignment.seconds } ?? 0
            if Double(batch.batch) / found.seconds > rate { best = (batch.batch, found) }
        }
        return best
    }
}
