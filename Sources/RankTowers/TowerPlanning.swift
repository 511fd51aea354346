public import HistoryTower
public import ParallelPlanning
internal import ParallelTraining

/// Plans how ranks train a tower: which of them has which layers, spread how.
public struct TowerPlanning {
    private let tower: HistoryTower
    private let histories: EventHistories
    private let profile: ClusterProfile

    /// - Parameters:
    ///   - histories: that it will learn from.
    ///   - profile: of the ranks, best with layers of the tower's own sizes.
    public init(_ tower: HistoryTower, _ histories: EventHistories, _ profile: ClusterProfile) {
        (self.tower, self.histories, self.profile) = (tower, histories, profile)
    }

    /// The fastest plan in which every rank keeps within a budget, with its bytes to the byte and its seconds as they are predicted.
    ///
    /// - Parameters:
    ///   - budget: bytes of each rank, beside histories.
    ///   - epochs, seed: of the training.
    /// - Throws: `ParallelPlanningError/doesNotFit(budgetPerRank:needed:batch:)` with what would be needed.
    public func plan(budget: Int, epochs: Int, seed: UInt64) throws -> ParallelPlan {
        var planner = ParallelPlanner(
            profile: profile, layers: layers, budgetPerRank: budget, batches: [max(1, stepEvents / shape.events)])
        // The model of memory is no more than one: a plan that takes more than it says is planned again with as much less.
        for _ in 0..<8 {
            let plan: ParallelPlan
            do { plan = try exact(planner.plan(), epochs: epochs, seed: seed) } catch {
                guard case .doesNotFit(_, let needed, _)? = error as? ParallelPlanningError else { throw error }
                return try least(planner, needed: needed, budget: budget, epochs: epochs, seed: seed)
            }
            let excess = (plan.bytes.max() ?? 0) - budget
            if excess <= 0 { return plan }
            planner.budgetPerRank = max(1, planner.budgetPerRank - excess)
        }
        planner.budgetPerRank = 1
        do { return try exact(planner.plan(), epochs: epochs, seed: seed) } catch {
            guard case .doesNotFit(_, let needed, _)? = error as? ParallelPlanningError else { throw error }
            return try least(planner, needed: needed, budget: budget, epochs: epochs, seed: seed)
        }
    }

    /// The plan that takes the least memory by the model, if it keeps within the budget.
    private func least(
        _ planner: ParallelPlanner, needed: Int, budget: Int, epochs: Int, seed: UInt64
    ) throws -> ParallelPlan {
        var planner = planner
        planner.budgetPerRank = needed
        let plan = try exact(planner.plan(), epochs: epochs, seed: seed)
        let most = plan.bytes.max() ?? 0
        guard most <= budget else {
            throw ParallelPlanningError.doesNotFit(budgetPerRank: budget, needed: most, batch: plan.batch)
        }
        return plan
    }

    /// A plan with what it takes, to the byte.
    private func exact(_ plan: ParallelPlan, epochs: Int, seed: UInt64) throws -> ParallelPlan {
        var plan = plan
        plan.bytes = try ParallelPretraining.bytes(
            tower, plan, histories, epochs: epochs, seed: seed, events: stepEvents)
        return plan
    }

    /// What some plan is predicted to take.
    ///
    /// - Throws: `ParallelPlanningError` for what cannot be divided so.
    public func predict(
        stages: [ParallelPlan.Stage], layers strategies: [LayerStrategy], microBatches: Int
    ) throws -> ParallelPlan {
        try ParallelPlanner(profile: profile, layers: layers, budgetPerRank: .max).predict(
            stages: stages, layers: strategies, batch: max(1, stepEvents / shape.events), microBatches: microBatches)
    }

    private var shape: HistoryShape { tower.shape }
    private var stepEvents: Int { ParallelPretraining.pretrainingEvents(shape) }

    /// Layers as the planner sees them; a sequence is a window full of events. What is before the first and after the last is a part of
    /// these two.
    private var layers: [LayerCost] {
        var layer = LayerCost.transformer(width: shape.width, heads: shape.heads, length: shape.events)
        layer.attentionOperations *= attendedShare
        var layers = Array(repeating: layer, count: shape.layers)
        let (schema, last) = (tower.schema, shape.layers - 1)
        let entering = schema.fields.reduce(2 + schema.numbers) { $0 + $1.codes } * shape.width
        layers[0].parameters += entering
        layers[0].replicatedParameters += entering
        let heads = schema.fields.filter(\.isPredicted).reduce(0) { $0 + $1.predictedCodes } * shape.outputs
        let leaving = heads + shape.width * shape.outputs
        layers[last].parameters += leaving
        layers[last].replicatedParameters += leaving
        layers[last].denseOperations += 2 * Double(shape.events) * Double(leaving)
        return layers
    }

    /// Pairs of events of which one sees the other, in histories as they are, as a share of those in full windows.
    private var attendedShare: Double {
        let window = Double(shape.events)
        var (pairs, events) = (0.0, 0.0)
        for entity in 0..<histories.entities {
            let count = histories.starts[entity + 1] - histories.starts[entity] - 1
            guard count > 0 else { continue }
            let (whole, rest) = count.quotientAndRemainder(dividingBy: shape.events)
            pairs += Double(whole) * window * (window + 1) / 2 + Double(rest) * Double(rest + 1) / 2
            events += Double(count)
        }
        return events > 0 ? pairs / (events * (window + 1) / 2) : 1
    }
}
