/// Sets elements to zero by a mask that is computed, not kept; its derivative is the same operation.
struct Dropout: DifferentiableOperation {
    private let mask: DropoutMask
    let outputShape: Shape

    var name: String { "dropout" }
    var overwritableInputs: [Int] { [0] }

    init(_ input: Shape, step: Shape, rate: Float, seed: UInt64, layer: UInt32) {
        precondition(rate >= 0 && rate < 1, "dropout: a rate in 0 ..< 1")
        precondition(step.count == 1, "dropout: a step is one index, not \(step)")
        mask = DropoutMask(
            seed: seed, layer: layer, threshold: UInt32(Double(rate) * 0x1p32), factor: 1 / (1 - rate))
        outputShape = input
    }

    func run(_ operands: Operands) {
        dropOut(operands.inputs[0], mask, step: operands.indices[0][0], into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(&graph, { $0.apply(self, gradient, indices: application.indices) })
    }
}

extension Graph {
    /// Each element times `1 / (1 - rate)`, or 0 with probability `rate` (Srivastava et al., JMLR 15, 2014).
    ///
    /// The mask is a function of seed, layer, step and place alone, so that the backward pass, and whoever computes a
    /// discarded tensor again, sees the same one. It is not secret: see ``Philox``.
    ///
    /// - Parameters:
    ///   - step: one index, which the caller changes with every batch.
    ///   - rate: in `0 ..< 1`.
    ///   - layer: another for each dropout of a graph.
    public mutating func dropout(_ value: Value, step: IndexValue, rate: Float, seed: UInt64, layer: UInt32) -> Value {
        apply(
            Dropout(value.shape, step: step.shape, rate: rate, seed: seed, layer: layer), value, indices: [step])
    }
}
