internal import Tensors

/// How the parts in the clear are optimised: public, a part of the job.
public struct LocalOptimiser: Hashable, Codable, Sendable {
    /// The rule; `Tensors` says what each computes.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Gradient descent with momentum.
        case sgd
        /// AdaGrad.
        case adagrad
        /// Adam.
        case adam
    }

    /// The rule.
    public var kind: Kind
    /// The learning rate, for the mean gradient of a batch.
    public var rate: Double
    /// How much of the velocity `sgd` keeps from one batch to the next; 0 under the others.
    public var momentum: Double
    /// Decoupled weight decay: each step first shrinks weights, not biases, by `1 - rate * decay` (Loshchilov and Hutter, ICLR 2019).
    public var decay: Double

    /// Members as given; see ``problems``.
    public init(_ kind: Kind, rate: Double, momentum: Double = 0, decay: Double = 0) {
        (self.kind, self.rate, self.momentum, self.decay) = (kind, rate, momentum, decay)
    }

    /// Sentences on what makes no optimiser; empty if it is one.
    public var problems: [String] {
        var problems: [String] = []
        if !(rate > 0 && rate.isFinite) { problems.append("a learning rate is above 0") }
        if !(0..<1).contains(momentum) { problems.append("a momentum is at least 0 and below 1") }
        if decay != 0 && !(decay > 0 && rate * decay < 1) {
            problems.append("a rate times weight decay is at least 0 and below 1")
        }
        if kind != .sgd && momentum != 0 { problems.append("\(kind.rawValue) takes no momentum") }
        return problems
    }

    /// Traps where there are ``problems``.
    var rule: any Optimiser {
        switch kind {
        case .sgd: GradientDescent(rate: rate, momentum: momentum)
        case .adagrad: AdaGrad(rate: rate)
        case .adam: Adam(rate: rate)
        }
    }
}
