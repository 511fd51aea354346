import ParallelPlanning

/// The recursion of training by dynamic programming as it is written, with a table over all memories.
enum PlainSearch {
    static func best(_ layers: [LayerOptions], within memory: Int) -> StrategyAssignment? {
        guard memory >= 0, let count = layers.first?.count else { return nil }
        let empty = Array(repeating: Array(repeating: 0.0, count: count), count: memory + 1)
        var least = [empty]
        for layer in layers {
            var after = empty
            for v in 0...memory {
                for s in 0..<count {
                    after[v][s] =
                        v < layer.memory[s]
                        ? .infinity
                        : (0..<count).map { way(least[least.count - 1], layer, v, from: $0, to: s) }.min() ?? 0
                }
            }
            least.append(after)
        }
        var choice = firstMinimum(least[layers.count][memory])
        let seconds = least[layers.count][memory][choice]
        guard seconds < .infinity else { return nil }
        var plan = Array(repeating: 0, count: layers.count)
        var left = memory
        for (index, layer) in layers.enumerated().reversed() {
            plan[index] = choice
            let former = firstMinimum((0..<count).map { way(least[index], layer, left, from: $0, to: choice) })
            left -= layer.memory[choice]
            choice = former
        }
        return StrategyAssignment(strategies: plan, seconds: seconds, remaining: left)
    }

    private static func way(_ before: [[Double]], _ layer: LayerOptions, _ v: Int, from: Int, to: Int) -> Double {
        before[v - layer.memory[to]][from] + layer.switching[from * layer.count + to] + layer.seconds[to]
    }

    private static func firstMinimum(_ values: [Double]) -> Int { values.firstIndex(of: values.min() ?? 0) ?? 0 }

    /// The least sum over every assignment that fits, added from the first layer on.
    static func bruteForce(_ layers: [LayerOptions], within memory: Int) -> Double? {
        guard let count = layers.first?.count else { return 0 }
        var best = Double.infinity
        func extend(_ index: Int, _ last: Int, _ seconds: Double, _ left: Int) {
            guard index < layers.count else { return best = min(best, seconds) }
            let layer = layers[index]
            for s in 0..<count where layer.memory[s] <= left {
                // Of the strategies before the first layer, which there are not, the cheapest.
                let changes = index > 0 ? [last] : Array(0..<count)
                for former in changes {
                    let sum = seconds + layer.switching[former * count + s] + layer.seconds[s]
                    extend(index + 1, s, sum, left - layer.memory[s])
                }
            }
        }
        extend(0, 0, 0, memory)
        return best < .infinity ? best : nil
    }
}
