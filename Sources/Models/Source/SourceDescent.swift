/// How a source layer in the clear is optimised: mini-batch gradient descent with momentum and decoupled weight decay.
///
/// In the order of the protected source layers: gradients are summed over the batch, not averaged; the batch size
/// enters with the rate, once, where the step is taken.
public struct SourceDescent: Hashable, Codable, Sendable {
    /// The learning rate, for the mean gradient of a batch.
    public let rate: Double
    /// How much of the velocity is kept from one batch to the next.
    public let momentum: Double
    /// Weight decay: each step first shrinks the weights of numbers by `1 - rate * decay`. Without momentum this is plain L2, of
    /// the mean loss plus `decay / 2` times the sum of the squared weights. Embeddings do not decay.
    public let decay: Double

    /// - Parameters:
    ///   - rate: above 0.
    ///   - momentum: at least 0, below 1.
    ///   - decay: at least 0; `rate * decay` is below 1.
    public init(rate: Double, momentum: Double = 0, decay: Double = 0) {
        precondition(rate > 0 && rate.isFinite && (0..<1).contains(momentum), "a rate above 0, a momentum in 0 ..< 1")
        precondition(decay >= 0 && rate * decay < 1, "a decay of at least 0 that leaves something of the weights")
        self.rate = rate
        self.momentum = momentum
        self.decay = decay
    }

    /// The same of a step between two rounds, at which nothing decays.
    public var withoutDecay: SourceDescent { SourceDescent(rate: rate, momentum: momentum) }
}
