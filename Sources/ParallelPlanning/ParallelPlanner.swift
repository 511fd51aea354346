/// Finds how an organisation's ranks train a model fastest within the memory that each of them has.
///
///     let plan = try ParallelPlanner(profile: profile, layers: layers, budgetPerRank: 4_000_000_000).plan()
///
/// The search looks at every batch size, every number of stages that divides the ranks and every number of
/// micro-batches that divides the batch. For each, stages get layers (``PipelineSearch``), and layers get strategies of
/// the decision trees (``StrategyTree``) by dynamic programming (``AssignmentSearch``). The plan with the most
/// sequences a second is the answer; among equals, the one with the smaller batch, then with fewer stages, then with
/// fewer micro-batches. What could not be faster even if memory had no end is left out.
public struct ParallelPlanner: Sendable {
    /// What was measured.
    public var profile: ClusterProfile
    /// In order.
    public var layers: [LayerCost]
    /// Bytes that each rank may use; less where its host has less.
    public var budgetPerRank: Int
    /// Sequences of a step that are possible.
    public var batches: [Int]
    /// Whether layers may be recomputed.
    public var recomputing = true
    /// Whether all layers have the same degrees of tensor and data parallelism, so that nothing moves between layers of
    /// a stage; they can still be sharded or recomputed one by one.
    public var oneLayout = false

    /// - Parameters:
    ///   - profile: Of the machines.
    ///   - layers: Of the model.
    ///   - budgetPerRank: Bytes for parameters, their states, and activations.
    ///   - batches: Sequences of a step that the caller can train with; the most sequences a second decide.
    public init(
        profile: ClusterProfile, layers: [LayerCost], budgetPerRank: Int, batches: [Int] = [1, 2, 4, 8, 16, 32, 64]
    ) {
        self.profile = profile
        self.layers = layers
        self.budgetPerRank = budgetPerRank
        self.batches = batches
    }

    /// The plan with the most sequences a second.
    ///
    /// - Throws: ``ParallelPlanningError/doesNotFit(budgetPerRank:needed:batch:)`` with the least budget that has a plan;
    ///   other cases for what is wrong with the profile or the batches.
    public func plan() throws(ParallelPlanningError) -> ParallelPlan {
        let candidates = try candidates()
        guard !candidates.isEmpty else { throw .notDivisible(batches: batches, ranks: profile.ranks) }
        var best: (plan: ParallelPlan, place: Int)?
        for candidate in candidates.sorted(by: { $0.limit > $1.limit }) {
            let rate = best?.plan.sequencesASecond ?? 0
            // The limit is rounded otherwise than plans are.
            guard candidate.limit * (1 + 1e-9) >= rate else { break }
            guard let plan = plan(candidate) else { continue }
            let isFaster = plan.sequencesASecond > rate
            if isFaster || plan.sequencesASecond == rate && candidate.place < best?.place ?? 0 {
                best = (plan, candidate.place)
            }
        }
        if let best { return best.plan }
        throw whatIsNeeded(candidates)
    }

    /// What a plan that is already made takes: stages and strategies as they are given.
    ///
    /// - Throws: ``ParallelPlanningError/notDivisible(batches:ranks:)`` if the batch or a layer cannot be divided so.
    public func predict(
        stages: [ParallelPlan.Stage], layers strategies: [LayerStrategy], batch: Int, microBatches: Int
    ) throws(ParallelPlanningError) -> ParallelPlan {
        precondition(strategies.count == layers.count, "\(strategies.count) strategies for \(layers.count) layers")
        let shape = Shape(batch: batch, stages: stages.count, microBatches: microBatches)
        let distinct = Array(Set(strategies))
        let problem = try problem(ParallelCostModel(profile, layers), shape, distinct)
        var plans: [StagePlan] = []
        for (index, stage) in stages.enumerated() {
            let choices = strategies[stage.layers].map { distinct.firstIndex(of: $0) ?? 0 }
            guard stage.ranks == shape.ranks(index, of: profile.ranks),
                let plan = problem.stage(index, stage.layers, choices)
            else { throw .notDivisible(batches: [batch], ranks: profile.ranks) }
            plans.append(plan)
        }
        return plan(PipelineSolution(stages: plans, microBatches: microBatches), shape, distinct)
    }
}

extension ParallelPlanner {
    /// What is decided on before layers are.
    struct Shape: Hashable {
        var batch: Int
        var stages: Int
        var microBatches: Int

        func ranks(_ stage: Int, of all: Int) -> Range<Int> {
            all / stages * stage..<all / stages * (stage + 1)
        }
    }

    /// A shape with the costs of its layers.
    private struct Candidate {
        var shape: Shape
        var strategies: [LayerStrategy]
        var problem: PipelineProblem
        /// No plan has more sequences a second.
        var limit: Double
        /// Among all, simpler ones first.
        var place: Int
    }

    /// All shapes that can be carried out, if there were memory enough.
    private func candidates() throws(ParallelPlanningError) -> [Candidate] {
        let model = try ParallelCostModel(profile, layers)
        var candidates: [Candidate] = []
        for batch in Set(batches).filter({ $0 > 0 }).sorted() {
            for stages in StrategyTree.pipelines(ranks: profile.ranks) where stages <= layers.count {
                for microBatches in 1...batch where batch % microBatches == 0 {
                    let shape = Shape(batch: batch, stages: stages, microBatches: microBatches)
                    for strategies in choices(shape) {
                        let problem = try problem(model, shape, strategies)
                        guard let seconds = PipelineSearch(problem).leastSeconds() else { continue }
                        candidates.append(
                            Candidate(
                                shape: shape, strategies: strategies, problem: problem,
                                limit: Double(batch) / seconds, place: candidates.count))
                    }
                }
            }
        }
        return candidates
    }

    /// The strategies that layers choose among; more than one set of them if layers have one layout.
    private func choices(_ shape: Shape) -> [[LayerStrategy]] {
        let strategies = StrategyTree.strategies(ranks: profile.ranks / shape.stages, recomputing: recomputing)
            .filter { shape.batch % (shape.microBatches * $0.data) == 0 }
        guard oneLayout else { return strategies.isEmpty ? [] : [strategies] }
        return strategies.reduce(into: [[LayerStrategy]]()) { sets, strategy in
            let index = sets.firstIndex { $0[0].tensor == strategy.tensor && $0[0].consecutive == strategy.consecutive }
            if let index { sets[index].append(strategy) } else { sets.append([strategy]) }
        }
    }

    private func plan(_ candidate: Candidate) -> ParallelPlan? {
        var search = PipelineSearch(candidate.problem)
        return search.best().map { plan($0, candidate.shape, candidate.strategies) }
    }

    private func plan(_ solution: PipelineSolution, _ shape: Shape, _ strategies: [LayerStrategy]) -> ParallelPlan {
        ParallelPlan(
            stages: solution.stages.enumerated().map {
                ParallelPlan.Stage(layers: $1.layers, ranks: shape.ranks($0, of: profile.ranks))
            },
            layers: solution.stages.flatMap { stage in stage.strategies.map { strategies[$0] } },
            batch: shape.batch, microBatches: shape.microBatches, secondsAStep: solution.seconds,
            bytes: solution.stages.flatMap { Array(repeating: $0.bytes, count: profile.ranks / shape.stages) })
    }

    /// The costs of all layers at all stages.
    private func problem(
        _ model: ParallelCostModel, _ shape: Shape, _ strategies: [LayerStrategy]
    ) throws(ParallelPlanningError) -> PipelineProblem {
        let batch = ParallelCostModel.Batch(sequences: shape.batch, microBatches: shape.microBatches)
        var problem = PipelineProblem(microBatches: shape.microBatches, budgets: [], costs: [], switching: [])
        for stage in 0..<shape.stages {
            let ranks = shape.ranks(stage, of: profile.ranks)
            problem.budgets.append(budget(of: ranks))
            let inFlight = min(shape.microBatches, shape.stages - stage)
            // Layers of one kind cost the same.
            var costs: [LayerCost: [StepCost?]] = [:]
            var changes: [Int: [Double]] = [:]
            for layer in layers {
                if costs[layer] == nil {
                    var row: [StepCost?] = []
                    for strategy in strategies {
                        row.append(try model.cost(layer, strategy, ranks: ranks, batch: batch, inFlight: inFlight))
                    }
                    costs[layer] = row
                }
                if changes[layer.boundaryBytes] == nil {
                    var square: [Double] = []
                    for former in strategies {
                        for latter in strategies {
                            square.append(
                                try model.switching(
                                    layer.boundaryBytes, from: former, to: latter, ranks: ranks, batch: batch))
                        }
                    }
                    changes[layer.boundaryBytes] = square
                }
            }
            problem.costs.append(layers.map { costs[$0] ?? [] })
            // What the layer before puts out is what moves.
            problem.switching.append(
                layers.indices.map { changes[layers[max(0, $0 - 1)].boundaryBytes] ?? [] })
        }
        return problem
    }

    /// Bytes of a rank of a stage: the budget, or its part of a host's memory.
    private func budget(of ranks: Range<Int>) -> Int {
        ranks.reduce(budgetPerRank) { least, rank in
            let host = profile.hosts[profile.host(of: rank)]
            return min(least, host.memoryBytes / host.ranks)
        }
    }

    /// The error that says with how much memory there would be a plan.
    private func whatIsNeeded(_ candidates: [Candidate]) -> ParallelPlanningError {
        var least: (bytes: Int, batch: Int)?
        for candidate in candidates {
            guard let bytes = PipelineSearch(candidate.problem).leastBytes() else { continue }
            if bytes < least?.bytes ?? .max { least = (bytes, candidate.shape.batch) }
        }
        guard let least else { return .notDivisible(batches: batches, ranks: profile.ranks) }
        return .doesNotFit(budgetPerRank: budget(of: 0..<profile.ranks), needed: least.bytes, batch: least.batch)
    }
}
