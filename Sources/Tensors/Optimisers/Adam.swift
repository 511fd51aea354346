import Glibc

/// Adam (Kingma and Ba, arXiv 1412.6980), and with a decay AdamW (Loshchilov and Hutter, arXiv 1711.05101): decay
/// shrinks values directly and does not enter the moments.
///
/// `m <- β₁ m + (1 - β₁) g`, `v <- β₂ v + (1 - β₂) g²`,
/// `values <- (1 - rate decay) values - rate m̂ / (√v̂ + epsilon)`, with `m̂ = m / (1 - β₁ᵗ)` and `v̂ = v / (1 - β₂ᵗ)`.
/// For what one party holds in the clear.
public struct Adam: Optimiser {
    /// The learning rate.
    public let rate: Double
    /// How much of the mean gradient is kept from one step to the next.
    public let beta1: Double
    /// How much of the mean squared gradient is kept.
    public let beta2: Double
    /// Added to the root.
    public let epsilon: Double
    /// Weight decay.
    public let decay: Double

    public static var slotCount: Int { 2 }

    /// - Parameters:
    ///   - rate: above 0.
    ///   - beta1: in `0 ..< 1`.
    ///   - beta2: in `0 ..< 1`.
    ///   - epsilon: above 0.
    ///   - decay: at least 0; `rate decay` is below 1.
    public init(
        rate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, decay: Double = 0
    ) {
        precondition(
            rate > 0 && rate.isFinite && (0..<1).contains(beta1) && (0..<1).contains(beta2) && epsilon > 0
                && decay >= 0 && rate * decay < 1,
            "a rate and an epsilon above 0, betas in 0 ..< 1, a decay of less than 1 / rate")
        (self.rate, self.beta1, self.beta2, self.epsilon, self.decay) = (rate, beta1, beta2, epsilon, decay)
    }

    public func update(_ values: MutableFloats, gradient: Floats, slots: Slots, step: Int) {
        precondition(step > 0, "steps count from 1")
        slots.check(values, gradient, slots: Self.slotCount)
        // In double precision: 1 - 0.999 has three digits less than its terms.
        let size = rate / (1 - pow(beta1, Double(step)))
        let root = 1 / (1 - pow(beta2, Double(step))).squareRoot()
        adapt(
            values, gradient, slots, beta1: Float(beta1), fresh1: Float(1 - beta1), beta2: Float(beta2),
            fresh2: Float(1 - beta2), size: Float(size), root: Float(root), epsilon: Float(epsilon),
            kept: Float(1 - rate * decay))
    }
}

private func adapt(
    _ values: MutableFloats, _ gradient: Floats, _ slots: Slots, beta1: Float, fresh1: Float, beta2: Float,
    fresh2: Float, size: Float, root: Float, epsilon: Float, kept: Float
) {
    let (means, squares) = (slots.first, slots.second)
    for index in 0..<values.count {
        let g = gradient[index]
        let mean = beta1 * means[index] + fresh1 * g
        let square = beta2 * squares[index] + fresh2 * (g * g)
        means[index] = mean
        squares[index] = square
        values[index] = kept * values[index] - size * mean / (square.squareRoot() * root + epsilon)
    }
}
