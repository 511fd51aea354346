/// Stochastic gradient descent (SGD) with momentum and decoupled weight decay (Loshchilov and Hutter, arXiv
/// 1711.05101).
///
/// The step of the protocols on shares: decay shrinks values directly and does not enter the velocity. Without momentum
/// this is plain L2.
public struct GradientDescent: LinearOptimiser {
    public let coefficients: LinearStep

    public static var slotCount: Int { 1 }

    /// - Parameters:
    ///   - rate: above 0.
    ///   - momentum: at least 0, below 1.
    ///   - decay: at least 0; `rate decay` is below 1.
    public init(rate: Double, momentum: Double = 0, decay: Double = 0) {
        precondition(
            rate > 0 && rate.isFinite && (0..<1).contains(momentum) && decay >= 0 && rate * decay < 1,
            "a rate above 0, a momentum in 0 ..< 1, a decay of less than 1 / rate")
        coefficients = LinearStep(rate: rate, momentum: momentum, decay: decay)
    }

    public func update(_ values: MutableFloats, gradient: Floats, slots: Slots, step: Int) {
        slots.check(values, gradient, slots: Self.slotCount)
        let kept = Float(1 - coefficients.rate * coefficients.decay)
        descend(
            values, gradient, velocity: slots.first, rate: Float(coefficients.rate),
            momentum: Float(coefficients.momentum), kept: kept)
    }
}

private func descend(
    _ values: MutableFloats, _ gradient: Floats, velocity: MutableFloats, rate: Float, momentum: Float, kept: Float
) {
    for index in 0..<values.count {
        let next = momentum * velocity[index] + gradient[index]
        velocity[index] = next
        values[index] = kept * values[index] - rate * next
    }
}
