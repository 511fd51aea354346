import CKernels
import Glibc

/// Gradient descent with momentum: `v <- momentum v + g`, `w <- (1 - rate decay) w - rate v`.
///
/// Element by element: slices may be updated in pages of any size, with the same bits.
public struct GradientDescent: Sendable {
    /// The learning rate.
    public let rate: Double
    /// How much of the velocity is kept from one step to the next.
    public let momentum: Double
    /// Decoupled weight decay.
    public let decay: Double

    /// - Parameters:
    ///   - rate: above 0.
    ///   - momentum: in `0 ..< 1`.
    ///   - decay: at least 0; `rate decay` is below 1.
    public init(rate: Double, momentum: Double = 0, decay: Double = 0) {
        precondition(
            rate > 0 && rate.isFinite && (0..<1).contains(momentum) && decay >= 0 && rate * decay < 1,
            "a rate above 0, a momentum in 0 ..< 1, a decay of less than 1 / rate")
        (self.rate, self.momentum, self.decay) = (rate, momentum, decay)
    }

    /// - Parameters:
    ///   - values: w.
    ///   - gradient: g.
    ///   - velocity: v, zeros before the first step.
    ///   - count: elements of each.
    public func update(_ values: OutputSlice, gradient: InputSlice, velocity: OutputSlice, count: Int) {
        vectorKernels.momentum(
            values, gradient, velocity, count, Float(rate), Float(momentum), Float(1 - rate * decay))
    }
}

/// AdaGrad (Duchi, Hazan and Singer, JMLR 12, 2011): `s <- s + g²`, `w <- w - rate g / (√s + epsilon)`.
///
/// Element by element: slices may be updated in pages of any size, with the same bits; a row without a gradient stays
/// as it is.
public struct AdaGrad: Sendable {
    /// The learning rate.
    public let rate: Double
    /// Keeps the first steps finite.
    public let epsilon: Double

    /// - Parameters:
    ///   - rate: above 0.
    ///   - epsilon: above 0.
    public init(rate: Double, epsilon: Double = 1e-10) {
        precondition(rate > 0 && rate.isFinite && epsilon > 0, "a rate and an epsilon above 0")
        (self.rate, self.epsilon) = (rate, epsilon)
    }

    /// - Parameters:
    ///   - values: w.
    ///   - gradient: g.
    ///   - squares: s, zeros before the first step.
    ///   - count: elements of each.
    public func update(_ values: OutputSlice, gradient: InputSlice, squares: OutputSlice, count: Int) {
        vectorKernels.adagrad(values, gradient, squares, count, Float(rate), Float(epsilon))
    }
}

/// Adam (Kingma and Ba, arXiv 1412.6980), and with a decay AdamW (Loshchilov and Hutter, arXiv 1711.05101).
///
/// `m <- β₁ m + (1 - β₁) g`, `v <- β₂ v + (1 - β₂) g²`, `w <- (1 - rate decay) w - rate m̂ / (√v̂ + epsilon)`, with
/// `m̂ = m / (1 - β₁ᵗ)` and `v̂ = v / (1 - β₂ᵗ)`. Element by element: slices may be updated in pages of any size, with
/// the same bits.
public struct Adam: Sendable {
    /// The learning rate.
    public let rate: Double
    /// How much of the mean gradient is kept from one step to the next.
    public let beta1: Double
    /// How much of the mean squared gradient is kept.
    public let beta2: Double
    /// Added to the root.
    public let epsilon: Double
    /// Decoupled weight decay.
    public let decay: Double

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

    /// - Parameters:
    ///   - values: w.
    ///   - gradient: g.
    ///   - means: m, zeros before the first step.
    ///   - squares: v, zeros before the first step.
    ///   - count: elements of each.
    ///   - step: t, from 1 on.
    public func update(
        _ values: OutputSlice, gradient: InputSlice, means: OutputSlice, squares: OutputSlice, count: Int, step: Int
    ) {
        precondition(step > 0, "steps count from 1")
        // In double precision: 1 - 0.999 has three digits less than its terms.
        var numbers = ck_adam(
            kept1: Float(beta1), fresh1: Float(1 - beta1), kept2: Float(beta2), fresh2: Float(1 - beta2),
            size: Float(rate / (1 - pow(beta1, Double(step)))),
            root: Float(1 / (1 - pow(beta2, Double(step))).squareRoot()), epsilon: Float(epsilon),
            shrink: Float(1 - rate * decay))
        vectorKernels.adam(values, gradient, means, squares, count, &numbers)
    }
}
