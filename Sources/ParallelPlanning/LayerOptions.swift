/// What each strategy costs at one layer of a row.
///
/// Memory is in any whole unit, the same for all layers. Layers of one kind can hold the same value.
public struct LayerOptions: Hashable, Sendable {
    /// Units of memory that the layer takes, by strategy.
    public let memory: [Int]
    /// Seconds that it takes, by strategy.
    public let seconds: [Double]
    /// Seconds for changing strategies on the way into this layer: that of the layer before times `memory.count`, plus
    /// this layer's. The first layer's are added too: zeros, if nothing happens there.
    public let switching: [Double]

    /// - Parameters:
    ///   - memory: Units by strategy, none of them negative.
    ///   - seconds: Seconds by strategy, finite.
    ///   - switching: A square by strategy of the layer before and of this layer, finite; nil for zeros.
    public init(memory: [Int], seconds: [Double], switching: [Double]? = nil) {
        let count = memory.count
        let switching = switching ?? Array(repeating: 0, count: count * count)
        precondition(seconds.count == count && switching.count == count * count, "options of different counts")
        precondition(memory.allSatisfy { $0 >= 0 }, "negative memory")
        precondition(seconds.allSatisfy(\.isFinite) && switching.allSatisfy(\.isFinite), "costs that are not finite")
        self.memory = memory
        self.seconds = seconds
        self.switching = switching
    }

    /// How many strategies there are.
    public var count: Int { memory.count }

    /// The same without the strategies that are not named.
    func keeping(_ strategies: [Int]) -> LayerOptions {
        LayerOptions(
            memory: strategies.map { memory[$0] }, seconds: strategies.map { seconds[$0] },
            switching: strategies.flatMap { former in strategies.map { switching[former * count + $0] } })
    }
}

/// A strategy for each layer of a row.
public struct StrategyAssignment: Hashable, Sendable {
    /// By layer.
    public var strategies: [Int]
    /// The sum of all layers' seconds and of the changes between them, added from the first layer on.
    public var seconds: Double
    /// Units of memory left.
    public var remaining: Int

    /// An assignment with what it costs.
    public init(strategies: [Int], seconds: Double, remaining: Int) {
        self.strategies = strategies
        self.seconds = seconds
        self.remaining = remaining
    }
}
