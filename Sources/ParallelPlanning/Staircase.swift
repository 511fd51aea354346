/// Least seconds by memory and by the last layer's strategy, for all layers up to one: functions of the memory that
/// only fall, and only at some places.
struct Staircase: Sendable {
    private let strategies: Int
    /// Where at least one of the functions falls, ascending.
    private var starts: [Int]
    /// From each start on until the next, by start and strategy; infinite where the memory does not suffice.
    private var seconds: [Double]

    /// Before the first layer: zero everywhere.
    init(strategies: Int) {
        self.strategies = strategies
        starts = [0]
        seconds = Array(repeating: 0, count: strategies)
    }

    private init(strategies: Int, capacity: Int) {
        self.strategies = strategies
        starts = []
        seconds = []
        starts.reserveCapacity(capacity)
        seconds.reserveCapacity(capacity * strategies)
    }

    /// How many stairs there are.
    var count: Int { starts.count }

    /// Seconds by strategy within a memory; nil below the first stair.
    func values(at memory: Int) -> ArraySlice<Double>? {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= memory { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : seconds[(low - 1) * strategies..<low * strategies]
    }

    /// The functions after one more layer.
    ///
    /// - Parameter reach: Stairs beyond it are left out.
    func adding(_ layer: LayerOptions, upTo reach: Int) -> Staircase {
        let arrivals = arrivals(at: layer)
        var sum = Staircase(strategies: strategies, capacity: starts.count * 2)
        // Strategy s falls at starts[next[s]] + memory(s) next: the union of these places, in order.
        var next = Array(repeating: 0, count: strategies)
        var places = layer.memory.map { starts.isEmpty ? Int.max : starts[0] + $0 }
        var current = Array(repeating: Double.infinity, count: strategies)
        while let place = places.min(), place <= reach, place < .max {
            var falls = false
            for strategy in 0..<strategies where places[strategy] == place {
                let stair = next[strategy]
                let value = arrivals[stair * strategies + strategy]
                if value < current[strategy] {
                    current[strategy] = value
                    falls = true
                }
                next[strategy] = stair + 1
                places[strategy] = stair + 1 < starts.count ? starts[stair + 1] + layer.memory[strategy] : .max
            }
            guard falls else { continue }
            sum.starts.append(place)
            sum.seconds.append(contentsOf: current)
        }
        return sum
    }

    /// Seconds by stair and strategy if the layer follows: the least over all strategies of the layer before.
    ///
    /// Each candidate is rounded as the plain algorithm rounds it: (before + switching) + seconds.
    private func arrivals(at layer: LayerOptions) -> [Double] {
        let width = strategies
        return Array(unsafeUninitializedCapacity: seconds.count) { result, written in
            seconds.withUnsafeBufferPointer { before in
                layer.switching.withUnsafeBufferPointer { switching in
                    layer.seconds.withUnsafeBufferPointer { own in
                        for row in 0..<starts.count {
                            let target = result.baseAddress! + row * width  // Not empty: there is a stair.
                            for latter in 0..<width { (target + latter).initialize(to: .infinity) }
                            for former in 0..<width {
                                let base = before[row * width + former]
                                // Strategies of this layer lie side by side: the compiler makes vectors of them.
                                for latter in 0..<width {
                                    let candidate = base + switching[former * width + latter] + own[latter]
                                    target[latter] = candidate < target[latter] ? candidate : target[latter]
                                }
                            }
                        }
                    }
                }
            }
            written = seconds.count
        }
    }
}
