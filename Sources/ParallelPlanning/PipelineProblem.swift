/// Layers to be divided among the stages of a pipeline, each with a strategy.
package struct PipelineProblem: Sendable {
    package var microBatches: Int
    /// Bytes of a rank, by stage.
    package var budgets: [Int]
    /// By stage, layer and strategy; nil where a strategy cannot be carried out.
    package var costs: [[[StepCost?]]]
    /// Seconds a micro-batch for changing strategies on the way into a layer, by stage and layer: that of the layer
    /// before times the number of strategies, plus this layer's.
    package var switching: [[[Double]]]

    package init(microBatches: Int, budgets: [Int], costs: [[[StepCost?]]], switching: [[[Double]]]) {
        self.microBatches = microBatches
        self.budgets = budgets
        self.costs = costs
        self.switching = switching
    }

    package var stageCount: Int { budgets.count }
    package var layerCount: Int { costs[0].count }
    package var strategyCount: Int { costs[0][0].count }

    /// A layer's cost as one of a stage that begins and ends somewhere.
    func cost(_ stage: Int, _ layer: Int, _ strategy: Int, in layers: Range<Int>) -> StepCost? {
        guard var cost = costs[stage][layer][strategy] else { return nil }
        if layer == layers.upperBound - 1 && stage < stageCount - 1 { cost.forward += cost.sendsOutput }
        if layer == layers.lowerBound && stage > 0 { cost.backward += cost.sendsGradient }
        return cost
    }

    /// What a stage takes with these strategies; nil if one of them cannot be carried out.
    package func stage(_ stage: Int, _ layers: Range<Int>, _ strategies: [Int]) -> StagePlan? {
        var timing = PipelineSchedule.Stage(forward: 0, backward: 0, once: 0)
        var (bytes, peak) = (0, 0)
        for (offset, layer) in layers.enumerated() {
            guard let cost = cost(stage, layer, strategies[offset], in: layers) else { return nil }
            timing.forward += cost.forward
            timing.backward += cost.backward
            timing.once += cost.once
            bytes += cost.bytes
            peak = max(peak, cost.peak)
            if offset > 0 {
                let change = switching[stage][layer][strategies[offset - 1] * strategyCount + strategies[offset]]
                timing.forward += change / 2
                timing.backward += change / 2
            }
        }
        return StagePlan(layers: layers, strategies: strategies, timing: timing, bytes: bytes + peak)
    }
}

/// The layers of one stage, with their strategies.
package struct StagePlan: Hashable, Sendable {
    package var layers: Range<Int>
    package var strategies: [Int]
    package var timing: PipelineSchedule.Stage
    /// Of each of its ranks, at its highest.
    package var bytes: Int

    package init(layers: Range<Int>, strategies: [Int], timing: PipelineSchedule.Stage, bytes: Int) {
        self.layers = layers
        self.strategies = strategies
        self.timing = timing
        self.bytes = bytes
    }
}

/// A division of all layers, with their strategies.
package struct PipelineSolution: Hashable, Sendable {
    package var stages: [StagePlan]
    /// Of a step.
    package var seconds: Double

    package init(stages: [StagePlan], microBatches: Int) {
        self.stages = stages
        seconds = PipelineSchedule(stages: stages.map(\.timing), microBatches: microBatches).seconds
    }
}
