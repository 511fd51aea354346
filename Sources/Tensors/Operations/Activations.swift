/// A function of each element by itself.
struct Activation: DifferentiableOperation {
    enum Function: String, Sendable {
        case relu, gelu, sigmoid, tanh, exp, square
    }

    let function: Function
    let outputShape: Shape

    var name: String { function.rawValue }
    var overwritableInputs: [Int] { [0] }

    func run(_ operands: Operands) {
        let (input, output) = (operands.inputs[0], operands.output)
        switch function {
        case .relu: map(input, into: output, rectified)
        case .gelu: map(input, into: output, gaussianLinear)
        case .sigmoid: map(input, into: output, logistic)
        case .tanh: map(input, into: output, hyperbolicTangent)
        case .exp: map(input, into: output, exponential)
        case .square: map(input, into: output) { $0 * $0 }
        }
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        let (input, output) = (application.inputs[0], application.output)
        switch function {
        // Where the output says enough, the input need not be kept for the way back.
        case .relu, .sigmoid, .tanh, .exp:
            return application.wanted(
                &graph, { $0.apply(ActivationGradient(function, output.shape), gradient, output) })
        case .gelu, .square:
            return application.wanted(&graph, { $0.apply(ActivationGradient(function, input.shape), gradient, input) })
        }
    }
}

/// The gradient of an activation's input, from that of its output, and its output (relu, sigmoid, tanh, exp) or input.
struct ActivationGradient: Operation {
    let function: Activation.Function
    let outputShape: Shape

    var name: String { "the gradient of \(function.rawValue)" }
    var overwritableInputs: [Int] { [0, 1] }

    init(_ function: Activation.Function, _ shape: Shape) { (self.function, outputShape) = (function, shape) }

    func run(_ operands: Operands) {
        let (gradient, saved, output) = (operands.inputs[0], operands.inputs[1], operands.output)
        switch function {
        case .relu: zip(gradient, saved, into: output) { $1 > 0 ? $0 : 0 }
        case .gelu: zip(gradient, saved, into: output) { $0 * gaussianLinearDerivative($1) }
        case .sigmoid: zip(gradient, saved, into: output) { $0 * ($1 * (1 - $1)) }
        case .tanh: zip(gradient, saved, into: output) { $0 * (1 - $1 * $1) }
        case .exp: zip(gradient, saved, into: output) { $0 * $1 }
        case .square: zip(gradient, saved, into: output) { $0 * (2 * $1) }
        }
    }
}

extension Graph {
    /// `max(x, 0)`; its derivative at 0 is 0.
    public mutating func relu(_ value: Value) -> Value { activation(.relu, value) }

    /// `x (1 + erf(x / √2)) / 2`, by the error function and not by the approximation with tanh (Hendrycks and Gimpel,
    /// arXiv 1606.08415).
    public mutating func gelu(_ value: Value) -> Value { activation(.gelu, value) }

    /// `1 / (1 + exp(-x))`.
    public mutating func sigmoid(_ value: Value) -> Value { activation(.sigmoid, value) }

    /// The hyperbolic tangent.
    public mutating func tanh(_ value: Value) -> Value { activation(.tanh, value) }

    /// `e` to the power of each element.
    public mutating func exp(_ value: Value) -> Value { activation(.exp, value) }

    /// Each element squared.
    public mutating func square(_ value: Value) -> Value { activation(.square, value) }

    private mutating func activation(_ function: Activation.Function, _ value: Value) -> Value {
        apply(Activation(function: function, outputShape: value.shape), value)
    }
}
