/// How the layers of a model are trained by the ranks of one organisation.
public struct ParallelPlan: Hashable, Codable, Sendable {
    /// Some layers, and the ranks that they are at.
    public struct Stage: Hashable, Codable, Sendable {
        /// The layers, one after the other.
        public var layers: Range<Int>
        /// The ranks, as many at each stage.
        public var ranks: Range<Int>

        /// Puts layers on ranks.
        public init(layers: Range<Int>, ranks: Range<Int>) {
            self.layers = layers
            self.ranks = ranks
        }
    }

    /// Micro-batches pass through them in this order, and back: one forward, one backward (1F1B).
    public var stages: [Stage]
    /// By layer.
    public var layers: [LayerStrategy]
    /// Sequences of a step.
    public var batch: Int
    /// Into how many parts the batch is divided.
    public var microBatches: Int
    /// Predicted.
    public var secondsAStep: Double
    /// Predicted, by rank.
    public var bytes: [Int]

    /// A plan with what it is predicted to take.
    public init(
        stages: [Stage], layers: [LayerStrategy], batch: Int, microBatches: Int, secondsAStep: Double, bytes: [Int]
    ) {
        self.stages = stages
        self.layers = layers
        self.batch = batch
        self.microBatches = microBatches
        self.secondsAStep = secondsAStep
        self.bytes = bytes
    }

    /// Predicted.
    public var sequencesASecond: Double { Double(batch) / secondsAStep }
}
