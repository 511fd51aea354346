/// How a source layer in the clear is optimised: mini-batch gradient descent with momentum.
///
/// In the order of the protected source layers: gradients are summed over the batch, not averaged; the batch size
/// enters with the rate, once, where the step is taken.
public struct SourceDescent: Hashable, Codable, Sendable {
    /// The learning rate, for the mean gradient of a batch.
    public let rate: Double
    /// How much of the velocity is kept from one batch to the next.
    public let momentum: Double

    /// - Parameters:
    ///   - rate: above 0.
    ///   - momentum: at least 0, below 1.
    public init(rate: Double, momentum: Double = 0) {
        precondition(rate > 0 && rate.isFinite && (0..<1).contains(momentum), "a rate above 0, a momentum in 0 ..< 1")
        self.rate = rate
        self.momentum = momentum
    }
}
