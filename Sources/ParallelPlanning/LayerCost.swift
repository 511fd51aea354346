/// What one layer takes, apart from where it runs. Bytes and operations are for one sequence.
public struct LayerCost: Hashable, Codable, Sendable {
    /// For people.
    public var name: String
    /// All of the layer's.
    public var parameters: Int
    /// Those that tensor parallelism leaves whole at each rank, as normalisation's.
    public var replicatedParameters = 0
    /// Activations kept for the way back that tensor parallelism splits.
    public var activationBytes: Int
    /// Those that it leaves whole.
    public var replicatedActivationBytes = 0
    /// What is kept if the layer is recomputed and tensor parallelism leaves whole: its input.
    public var checkpointBytes: Int
    /// What is kept then and it splits: what attention gives, which is not computed twice.
    public var splitCheckpointBytes = 0
    /// What lives during the layer's passes only, and is split by tensor parallelism.
    public var transientBytes = 0
    /// Floating-point operations forward that grow with the number of tokens.
    public var denseOperations: Double
    /// Those that grow with the square of the length.
    public var attentionOperations = 0.0
    /// The layer's output, which tensor parallel ranks sum and the next stage is sent.
    public var boundaryBytes: Int
    /// Sums over the tensor parallel ranks, forward; as many backward.
    public var tensorCollectives = 2
    /// Tensor parallelism has a degree that divides this: the number of heads, 1 for layers that cannot be split.
    public var tensorLimit = 1

    /// A layer of any kind; it cannot be split until `tensorLimit` is set.
    public init(
        name: String, parameters: Int, activationBytes: Int, checkpointBytes: Int, denseOperations: Double,
        boundaryBytes: Int
    ) {
        self.name = name
        self.parameters = parameters
        self.activationBytes = activationBytes
        self.checkpointBytes = checkpointBytes
        self.denseOperations = denseOperations
        self.boundaryBytes = boundaryBytes
    }

    /// A transformer layer in 32-bit numbers with causal attention that keeps no matrix of scores.
    ///
    /// Kept are 16 numbers a token and element of the width for a feed-forward width of four times that (MEMO, arXiv
    /// 2407.12117): input, normalised input, queries, keys, values, attention's output, the sum after it,
    /// that normalised, and twice the feed-forward width; and one number a token and head.
    ///
    /// - Parameters:
    ///   - width: Elements of a token.
    ///   - heads: Of attention.
    ///   - length: Tokens of a sequence.
    ///   - feedForward: Elements between the two last matrices; nil for four times the width.
    public static func transformer(
        name: String = "transformer", width: Int, heads: Int, length: Int, feedForward: Int? = nil
    ) -> LayerCost {
        let inner = feedForward ?? 4 * width
        let float = MemoryLayout<Float>.size
        var layer = LayerCost(
            name: name, parameters: 4 * width * width + 2 * width * inner + 9 * width + inner,
            activationBytes: ((4 * width + 2 * inner) + heads) * length * float,
            checkpointBytes: width * length * float,
            denseOperations: 2 * Double(length) * Double(4 * width * width + 2 * width * inner),
            boundaryBytes: width * length * float)
        // Two normalisations with scale and shift, and two biases that are added after sums over ranks.
        layer.replicatedParameters = 6 * width
        layer.replicatedActivationBytes = 4 * width * length * float
        layer.splitCheckpointBytes = (width + heads) * length * float
        // Gradients of the widest activations, and of what they come from.
        layer.transientBytes = (2 * inner + 4 * width) * length * float
        layer.attentionOperations = 2 * Double(length) * Double(length) * Double(width)
        layer.tensorLimit = heads
        return layer
    }

    /// Parameters at one of `tensor` ranks.
    func parameters(tensor: Int) -> Int {
        replicatedParameters + divided(parameters - replicatedParameters, tensor)
    }

    func activations(tensor: Int) -> Int { replicatedActivationBytes + divided(activationBytes, tensor) }

    func checkpoints(tensor: Int) -> Int { checkpointBytes + divided(splitCheckpointBytes, tensor) }
}

/// A part of what is divided evenly, rounded up.
func divided(_ whole: Int, _ parts: Int) -> Int { (whole + parts - 1) / parts }
