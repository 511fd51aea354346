/// The fastest strategies for the layers of one stage, within its memory.
///
/// Memory is a sum over layers, and on top of it the largest of what single layers need while they are worked on. For
/// each such peak that some strategy has, the search leaves out strategies with a higher one, and gives the layers what
/// the peak leaves.
struct StageSearch {
    /// What a stage's seconds are weighed by.
    enum Weight: Hashable {
        /// It is the slowest stage, which each micro-batch waits for.
        case slowest
        /// It is another one, which only the first micro-batch waits for.
        case other
    }

    private struct Key: Hashable {
        var stage: Int
        var layers: Range<Int>
        var weight: Weight
    }

    /// Peaks are told apart up to so many; above, some are taken for higher ones.
    private static let peakLimit = 16
    /// What budgets are divided into: each layer's memory is rounded up to such a unit.
    private static let units = 16384

    let problem: PipelineProblem
    private var known: [Key: StagePlan?] = [:]

    init(_ problem: PipelineProblem) { self.problem = problem }

    /// Nil if nothing fits.
    mutating func best(_ stage: Int, _ layers: Range<Int>, _ weight: Weight) -> StagePlan? {
        let key = Key(stage: stage, layers: layers, weight: weight)
        if let plan = known[key] { return plan }
        let plan = search(stage, layers, weight)
        known[key] = .some(plan)
        return plan
    }

    private func search(_ stage: Int, _ layers: Range<Int>, _ weight: Weight) -> StagePlan? {
        let budget = problem.budgets[stage]
        var best: (plan: StagePlan, cost: Double)?
        func offer(_ strategies: [Int]) {
            guard let plan = problem.stage(stage, layers, strategies), plan.bytes <= budget else { return }
            let cost = weighted(plan.timing, weight)
            if cost < best?.cost ?? .infinity { best = (plan, cost) }
        }
        let unit = max(1, divided(budget, Self.units))
        for peak in peaks(stage, layers) where peak <= budget {
            let choices = layers.map { options(stage, $0, layers, weight, peak: peak, unit: unit) }
            let memory = (budget - peak) / unit
            if let found = AssignmentSearch(choices, upTo: memory).best(within: memory) { offer(found.strategies) }
        }
        // What units round away can decide whether anything fits.
        if best == nil { offer(leastMemory(stage, layers)) }
        return best?.plan
    }

    private func weighted(_ timing: PipelineSchedule.Stage, _ weight: Weight) -> Double {
        let micro = weight == .slowest ? Double(problem.microBatches) : 1
        return (timing.forward + timing.backward) * micro + timing.once
    }

    private func options(
        _ stage: Int, _ layer: Int, _ layers: Range<Int>, _ weight: Weight, peak: Int, unit: Int
    ) -> LayerOptions {
        // More than any budget, and far from overflow in a sum over layers.
        let never = 1 << 50
        let costs = (0..<problem.strategyCount).map { strategy in
            problem.cost(stage, layer, strategy, in: layers).flatMap { $0.peak <= peak ? $0 : nil }
        }
        let micro = weight == .slowest ? Double(problem.microBatches) : 1
        return LayerOptions(
            memory: costs.map { $0.map { divided($0.bytes, unit) } ?? never },
            seconds: costs.map { $0.map { ($0.forward + $0.backward) * micro + $0.once } ?? 0 },
            switching: layer == layers.lowerBound ? nil : problem.switching[stage][layer].map { $0 * micro })
    }

    /// The peaks to be tried, ascending, with the highest one.
    private func peaks(_ stage: Int, _ layers: Range<Int>) -> [Int] {
        let all = Set(layers.flatMap { problem.costs[stage][$0].compactMap { $0?.peak } }).sorted()
        guard all.count > Self.peakLimit else { return all }
        return (1...Self.peakLimit).map { all[all.count * $0 / Self.peakLimit - 1] }
    }

    /// The strategies that take the least memory; none if a layer cannot be carried out at all.
    private func leastMemory(_ stage: Int, _ layers: Range<Int>) -> [Int] {
        var best: (strategies: [Int], bytes: Int) = ([], .max)
        let peaks = Set(layers.flatMap { problem.costs[stage][$0].compactMap { $0?.peak } })
        for peak in peaks.sorted() {
            var strategies: [Int] = []
            var bytes = peak
            for layer in layers {
                let costs = problem.costs[stage][layer]
                let fitting = costs.indices.filter { costs[$0].map { $0.peak <= peak } ?? false }
                guard let least = fitting.min(by: { (costs[$0]?.bytes ?? 0) < (costs[$1]?.bytes ?? 0) }) else { break }
                strategies.append(least)
                bytes += costs[least]?.bytes ?? 0
            }
            if strategies.count == layers.count && bytes < best.bytes { best = (strategies, bytes) }
        }
        return best.strategies
    }
}
