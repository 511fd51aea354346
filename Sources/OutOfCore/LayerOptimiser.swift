public import Kernels

/// The rule by which a ``LayerUpdater`` changes parameters, and with it how many numbers a parameter has on the disk.
public enum LayerOptimiser: Sendable {
    /// A velocity for each parameter.
    case gradientDescent(GradientDescent)
    /// A sum of squares for each parameter.
    case adaGrad(AdaGrad)
    /// Two means for each parameter.
    case adam(Adam)

    /// Numbers that are kept for each parameter beside its value.
    public var slots: Int {
        switch self {
        case .gradientDescent, .adaGrad: 1
        case .adam: 2
        }
    }

    /// The same at another rate.
    func at(_ rate: Double?) -> LayerOptimiser {
        guard let rate else { return self }
        return switch self {
        case .gradientDescent(let rule):
            .gradientDescent(GradientDescent(rate: rate, momentum: rule.momentum, decay: rule.decay))
        case .adaGrad(let rule): .adaGrad(AdaGrad(rate: rate, epsilon: rule.epsilon))
        case .adam(let rule):
            .adam(
                Adam(rate: rate, beta1: rule.beta1, beta2: rule.beta2, epsilon: rule.epsilon, decay: rule.decay))
        }
    }

    /// One step on some elements.
    ///
    /// - Parameters:
    ///   - values: changed in place.
    ///   - state: the slots, each of `stride` numbers, of which the first `count` count.
    ///   - step: from 1 on.
    func update(
        _ values: OutputSlice, gradient: InputSlice, state: OutputSlice, stride: Int, count: Int, step: Int
    ) {
        switch self {
        case .gradientDescent(let rule): rule.update(values, gradient: gradient, velocity: state, count: count)
        case .adaGrad(let rule): rule.update(values, gradient: gradient, squares: state, count: count)
        case .adam(let rule):
            rule.update(
                values, gradient: gradient, means: state, squares: state + stride, count: count, step: step)
        }
    }
}
