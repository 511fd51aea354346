import Tensors

/// Repeatable numbers for tests.
struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// Uniform in `-bound ..< bound`.
    mutating func uniform(_ bound: Float = 1) -> Float { (Float(next() >> 40) * 0x1p-23 - 1) * bound }

    mutating func tensor(_ shape: Shape, _ bound: Float = 1) -> Tensor {
        Tensor(shape, (0..<shape.count).map { _ in uniform(bound) })
    }
}

/// A function of tensors, as a graph builds it.
typealias Build = @Sendable (inout Graph, [Value], [IndexValue]) -> Value

/// A function at a point: its value, and the gradients of `Σ weights output` by every input, as graphs give them.
struct Evaluation {
    let output: Tensor
    let gradients: [Tensor]
    /// With everything: the function, the sum and the gradients.
    let graph: Graph

    init(_ build: Build, _ inputs: [Tensor], _ indices: [IndexTensor], weights: (Shape) -> Tensor) {
        var graph = Graph()
        let values = inputs.enumerated().map { graph.input("input \($0)", $1.shape) }
        let indexValues = indices.enumerated().map { graph.indexInput("index \($0)", $1.shape) }
        let output = build(&graph, values, indexValues)
        let weight = graph.constant(weights(output.shape))
        let product = graph.multiply(output, weight)
        let gradients = graph.gradients(of: graph.sum(product), withRespectTo: values)
        let interpreter = Interpreter(graph, computing: [output] + gradients + values)
        for (value, tensor) in zip(values, inputs) { interpreter.write(tensor, to: value) }
        for (value, tensor) in zip(indexValues, indices) { interpreter.write(tensor, to: value) }
        interpreter.run()
        self.output = interpreter.tensor(output)
        self.gradients = gradients.map { interpreter.tensor($0) }
        self.graph = graph
    }
}
