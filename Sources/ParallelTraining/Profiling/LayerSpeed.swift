internal import HistoryTower
internal import Kernels
public import ParallelPlanning
internal import StaticExecution
internal import Tiers

/// How fast a rank computes transformer layers, measured with the executor that trains them: what a planner's profile has of a host.
public struct LayerSpeed: Hashable, Codable, Sendable {
    /// The layers to measure.
    public struct Layer: Hashable, Codable, Sendable {
        /// Numbers of an event.
        public var width: Int
        /// Heads of attention; they divide the width.
        public var heads: Int
        /// Events of a sequence.
        public var length: Int
        /// Sequences at once.
        public var sequences: Int

        /// Describes a measurement.
        public init(width: Int, heads: Int, length: Int, sequences: Int) {
            (self.width, self.heads, self.length, self.sequences) = (width, heads, length, sequences)
        }
    }

    /// Ways there.
    public var forward: [ComputeSample]
    /// Seconds of the ways back, in the same order, with everything kept.
    public var backward: [Double]
    /// The same with activations computed again.
    public var recomputing: [Double]
    /// Seconds that Adam takes for each parameter.
    public var updateSecondsAParameter: Double

    /// How many times as long as the ways there the ways back take, without recomputation.
    public var backwardFactor: Double { backward.reduce(0, +) / forward.reduce(0) { $0 + $1.seconds } }

    /// Measures on this thread, each way `repetitions` times of which the fastest counts. What matters for a plan is measured at all of
    /// a host's ranks at once, since they share its caches and memory.
    ///
    /// - Throws: where there is not enough memory.
    public static func measured(_ layers: [Layer], repetitions: Int = 3) throws -> LayerSpeed {
        precondition(!layers.isEmpty && repetitions > 0, "something to measure")
        var speed = LayerSpeed(forward: [], backward: [], recomputing: [], updateSecondsAParameter: updateSeconds())
        for layer in layers {
            let kept = try seconds(layer, .plain(), repetitions)
            let again = try seconds(layer, .recomputing(), repetitions)
            let cost = LayerCost.transformer(width: layer.width, heads: layer.heads, length: layer.length)
            speed.forward.append(
                ComputeSample(cost, sequences: layer.sequences, length: layer.length, seconds: kept.forward))
            speed.backward.append(kept.backward)
            speed.recomputing.append(again.backward)
        }
        return speed
    }

    /// One layer there and back.
    private static func seconds(
        _ layer: Layer, _ policy: StepPolicy, _ repetitions: Int
    ) throws -> (forward: Double, backward: Double) {
        var graph = StepGraph()
        let input = graph.input("input", columns: layer.width, isLearned: true)
        let output = graph.transformerBlock("layer", input, heads: layer.heads, layers: 1, dropout: 0)
        graph.output(output)
        let events = layer.length * layer.sequences
        let program = try StepProgram(
            training: graph, extent: .init(events: events, histories: layer.sequences), policy: policy)
        let arena = try Arena(bytes: program.arenaBytes)
        let executor = StepExecutor(program, arena: arena.start, transfers: nil)
        executor.begin(histories: (0...layer.sequences).map { $0 * layer.length })
        // Numbers of the usual size without a pattern; what they are does not matter.
        fill(executor.parameters, 1 / Float(layer.width).squareRoot())
        fill(executor.input(input), 1)
        var best = (forward: Double.infinity, backward: Double.infinity)
        for _ in 0..<repetitions {
            best.forward = min(best.forward, try measured { try executor.forward() })
            fill(executor.outputGradient(output), 1)
            best.backward = min(best.backward, try measured { try executor.backward() })
        }
        return best
    }

    private static func measured(_ work: () throws -> Void) rethrows -> Double {
        try ContinuousClock().measure(work).inSeconds
    }

    private static func fill(_ numbers: UnsafeMutableBufferPointer<Float>, _ size: Float) {
        var state: UInt32 = 1
        for place in numbers.indices {
            state = state &* 1_664_525 &+ 1_013_904_223
            numbers[place] = size * (Float(state >> 8) * 0x1p-23 - 1)
        }
    }

    private static func updateSeconds() -> Double {
        let count = 1 << 18
        let state = (0..<4).map { _ in FloatBuffer(count) }
        fill(state[1].all, 1)
        guard let values = state[0].first, let gradient = state[1].first, let m = state[2].first, let v = state[3].first
        else { return 0 }
        let best = withExtendedLifetime(state) {
            (1...4).map { step in
                measured {
                    Adam(rate: 1e-3).update(
                        values, gradient: InputSlice(gradient), means: m, squares: v, count: count, step: step)
                }
            }.min()
        }
        return (best ?? 0) / Double(count)
    }
}
