/// The fastest strategies for layers in a row, within a memory (Galvatron, arXiv 2211.13878):
///
///     f(0, v, s) = 0
///     f(l, v, s) = min over s' of [ f(l-1, v - memory(l, s), s') + switching(l, s', s) ] + seconds(l, s)
///
/// As a function of the memory v each f(l, v, s) is a staircase, which falls only at sums of the layers' memory. The
/// search holds the stairs alone (``Staircase``), not all v. Every value is computed by the same additions as in the
/// plain algorithm, so that the minima, the first strategies among equal ones and the memory left are the same, bit by
/// bit.
public struct AssignmentSearch: Sendable {
    /// Those of the caller's strategies that can be best.
    let strategies: [Int]
    private let layers: [LayerOptions]
    private let limit: Int
    /// After so many layers.
    private var stairs: [Staircase]

    /// Searches all memories up to a limit at once.
    ///
    /// - Parameters:
    ///   - layers: All with the same strategies.
    ///   - memory: The largest memory that ``best(within:)`` is asked for.
    public init(_ layers: [LayerOptions], upTo memory: Int) {
        precondition(layers.allSatisfy { $0.count == layers[0].count }, "layers with different strategies")
        let strategies = Dominance.survivors(layers)
        let kept = strategies.count == layers.first?.count ? layers : layers.map { $0.keeping(strategies) }
        self.strategies = strategies
        self.layers = kept
        limit = memory
        // What the layers still to come take at least cannot be used up earlier.
        var reach = memory - kept.reduce(0) { $0 + ($1.memory.min() ?? 0) }
        stairs = [Staircase(strategies: strategies.count)]
        for layer in kept {
            reach += layer.memory.min() ?? 0
            stairs.append(stairs[stairs.count - 1].adding(layer, upTo: reach))
        }
    }

    /// The fastest assignment; the first one among equally fast ones, from the last layer on.
    ///
    /// - Parameter memory: At most the limit that the search was made for.
    /// - Returns: Nil if no assignment fits.
    public func best(within memory: Int) -> StrategyAssignment? {
        precondition(memory <= limit, "a memory beyond what was searched")
        guard let last = stairs.last, let values = last.values(at: memory) else { return nil }
        guard !layers.isEmpty else { return StrategyAssignment(strategies: [], seconds: 0, remaining: memory) }
        var choice = firstMinimum(values.count) { values[values.startIndex + $0] }
        let seconds = values[values.startIndex + choice]
        guard seconds < .infinity else { return nil }
        var plan = Array(repeating: 0, count: layers.count)
        var left = memory
        for index in layers.indices.reversed() {
            plan[index] = strategies[choice]
            let layer = layers[index]
            left -= layer.memory[choice]
            guard let former = stairs[index].values(at: left) else { preconditionFailure("a step without a way") }
            let latter = choice
            choice = firstMinimum(layer.count) {
                former[former.startIndex + $0] + layer.switching[$0 * layer.count + latter] + layer.seconds[latter]
            }
        }
        return StrategyAssignment(strategies: plan, seconds: seconds, remaining: left)
    }

    /// How many stairs all layers have together, for what the search costs: `strategies` squared additions for each.
    public var stepCount: Int { stairs.reduce(0) { $0 + $1.count } }

    private func firstMinimum(_ count: Int, _ value: (Int) -> Double) -> Int {
        var (best, place) = (value(0), 0)
        for index in 1..<max(count, 1) {
            let other = value(index)
            if other < best { (best, place) = (other, index) }
        }
        return place
    }
}
