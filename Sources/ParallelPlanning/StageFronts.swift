/// All that a stage could sensibly do: its assignments that fit and that no other one beats in forward time, backward
/// time and time once a step.
///
/// A step never gets shorter when a stage gets slower, so that the fastest plan is made of such assignments. There can
/// be too many of them; then there is no answer.
struct StageFronts {
    /// An assignment of the first layers of a stage.
    private struct Label {
        var strategies: [Int]
        var timing: PipelineSchedule.Stage
        var bytes: Int
        var peak: Int

        var last: Int { strategies[strategies.count - 1] }

        /// Whether whatever follows the other one could as well follow this.
        func beats(_ other: Label) -> Bool {
            last == other.last && bytes <= other.bytes && peak <= other.peak
                && timing.forward <= other.timing.forward && timing.backward <= other.timing.backward
                && timing.once <= other.timing.once
        }
    }

    private struct Start: Hashable {
        var stage: Int
        var layer: Int
    }

    private let problem: PipelineProblem
    /// Labels that are looked at after each layer, at most.
    private let limit: Int
    /// By where a stage begins: labels by number of layers, from one on, up to the first number with too many.
    private var chains: [Start: [[Label]]] = [:]
    private var overflows: Set<Start> = []

    init(_ problem: PipelineProblem, limit: Int) {
        self.problem = problem
        self.limit = limit
    }

    /// The assignments of a stage; nil if they are too many.
    ///
    /// - Parameter bound: Seconds of a step that is known: what takes longer by itself is left out.
    mutating func front(_ stage: Int, _ layers: Range<Int>, bound: Double) -> [StagePlan]? {
        let start = Start(stage: stage, layer: layers.lowerBound)
        var chain = chains[start] ?? []
        while chain.count < layers.count, !overflows.contains(start) {
            let labels = extended(chain.last, stage, layers.lowerBound, chain.count, bound)
            if labels.count > limit { overflows.insert(start) } else { chain.append(labels) }
        }
        chains[start] = chain
        guard chain.count >= layers.count else { return nil }
        let plans = chain[layers.count - 1].compactMap { problem.stage(stage, layers, $0.strategies) }
        return Self.undominated(plans)
    }

    private func extended(
        _ labels: [Label]?, _ stage: Int, _ first: Int, _ offset: Int, _ bound: Double
    ) -> [Label] {
        let layer = first + offset
        var next: [Label] = []
        for strategy in 0..<problem.strategyCount {
            // Sends at the end are not known to be needed yet.
            guard var cost = problem.costs[stage][layer][strategy] else { continue }
            if offset == 0 && stage > 0 { cost.backward += cost.sendsGradient }
            for label in labels.map({ $0.map(Optional.some) }) ?? [nil] {
                let longer = self.label(label, cost, strategy, stage, layer)
                let alone =
                    (longer.timing.forward + longer.timing.backward) * Double(problem.microBatches)
                    + longer.timing.once
                guard longer.bytes + longer.peak <= problem.budgets[stage], alone < bound else { continue }
                guard !next.contains(where: { $0.beats(longer) }) else { continue }
                next.removeAll { longer.beats($0) }
                next.append(longer)
                if next.count > limit { return next }
            }
        }
        return next
    }

    private func label(_ label: Label?, _ cost: StepCost, _ strategy: Int, _ stage: Int, _ layer: Int) -> Label {
        var next =
            label
            ?? Label(
                strategies: [], timing: PipelineSchedule.Stage(forward: 0, backward: 0, once: 0), bytes: 0, peak: 0)
        var change = 0.0
        if label != nil { change = problem.switching[stage][layer][next.last * problem.strategyCount + strategy] }
        next.strategies.append(strategy)
        next.timing.forward += cost.forward + change / 2
        next.timing.backward += cost.backward + change / 2
        next.timing.once += cost.once
        next.bytes += cost.bytes
        next.peak = max(next.peak, cost.peak)
        return next
    }

    private static func undominated(_ plans: [StagePlan]) -> [StagePlan] {
        var front: [StagePlan] = []
        func beats(_ a: StagePlan, _ b: StagePlan) -> Bool {
            a.timing.forward <= b.timing.forward && a.timing.backward <= b.timing.backward
                && a.timing.once <= b.timing.once
        }
        for plan in plans where !front.contains(where: { beats($0, plan) }) {
            front.removeAll { beats(plan, $0) }
            front.append(plan)
        }
        // Promising ones first.
        return front.sorted { $0.timing.forward + $0.timing.backward < $1.timing.forward + $1.timing.backward }
    }
}

/// The fastest combination of stages' assignments, by branch and bound on the schedule itself.
struct ExactPipeline {
    private var fronts: StageFronts
    private let problem: PipelineProblem
    /// Schedules that may still be carried out.
    private var stepsLeft: Int

    /// - Parameters:
    ///   - labels: Assignments of a stage that are looked at, at most.
    ///   - steps: Schedules that are carried out, at most.
    init(_ problem: PipelineProblem, labels: Int = 400, steps: Int = 20_000) {
        self.problem = problem
        fronts = StageFronts(problem, limit: labels)
        stepsLeft = steps
    }

    /// A solution with this division that is faster than the known one; nil if there is none, or if there are too many
    /// to tell.
    mutating func better(than known: PipelineSolution, _ division: [Range<Int>]) -> PipelineSolution? {
        var choices: [[StagePlan]] = []
        for (stage, layers) in division.enumerated() {
            guard let front = fronts.front(stage, layers, bound: known.seconds), !front.isEmpty else { return nil }
            choices.append(front)
        }
        // What stages that are not chosen yet take at least.
        let least = choices.map { front in
            StagePlan(
                layers: 0..<0, strategies: [],
                timing: PipelineSchedule.Stage(
                    forward: front.map(\.timing.forward).min() ?? 0, backward: front.map(\.timing.backward).min() ?? 0,
                    once: front.map(\.timing.once).min() ?? 0), bytes: 0)
        }
        var best = known
        extend([], choices, least, &best)
        return best.seconds < known.seconds ? best : nil
    }

    private mutating func extend(
        _ chosen: [StagePlan], _ choices: [[StagePlan]], _ least: [StagePlan], _ best: inout PipelineSolution
    ) {
        guard stepsLeft > 0 else { return }
        stepsLeft -= 1
        let solution = PipelineSolution(stages: chosen + least[chosen.count...], microBatches: problem.microBatches)
        guard solution.seconds < best.seconds else { return }
        guard chosen.count < choices.count else {
            best = solution
            return
        }
        for plan in choices[chosen.count] { extend(chosen + [plan], choices, least, &best) }
    }
}
