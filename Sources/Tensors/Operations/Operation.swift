/// What computes one tensor of a graph from others: a value that is made for given shapes.
///
/// Which tensors a backward pass needs is not said here a second time: ``DifferentiableOperation/backward(_:_:_:)``
/// adds nodes that name them, and a tensor is needed until the last node that names it.
package protocol Operation: Sendable {
    /// For messages.
    var name: String { get }
    /// The extents of the result.
    var outputShape: Shape { get }
    /// The inputs whose very memory the result may take, one of them at a time, where nothing reads that input later:
    /// each has as many elements as the result, and no element is read after its place was written.
    var overwritableInputs: [Int] { get }
    /// Whether the result holds the very elements of its one input, in their order: it needs no memory of its own, as
    /// long as neither is overwritten before the last use of both.
    var isView: Bool { get }
    /// Computes the result from the operands; every element of the output is written, whatever it held before.
    func run(_ operands: Operands)
}

extension Operation {
    package var overwritableInputs: [Int] { [] }
    package var isView: Bool { false }
}

/// An operation with a derivative.
package protocol DifferentiableOperation: Operation {
    /// Adds nodes that compute the gradient of each input from that of the result (a vector-Jacobian product).
    ///
    /// - Returns: one for each input, of its shape; nil where it is not wanted.
    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?]
}

/// Where an operation stands in a graph.
package struct Application {
    /// What it reads, in its order.
    package let inputs: [Value]
    /// The indices it reads, in its order.
    package let indices: [IndexValue]
    /// Its result.
    package let output: Value
    /// For each input, whether its gradient is asked for.
    package let isWanted: [Bool]

    /// `gradients`, each made only if it is wanted.
    func wanted(_ graph: inout Graph, _ gradients: (inout Graph) -> Value...) -> [Value?] {
        zip(isWanted, gradients).map { wanted, gradient in wanted ? gradient(&graph) : nil }
    }
}

/// The memory that one application of an operation works on; kept alive by whoever runs it.
package struct Operands {
    /// Its inputs, row-major.
    package let inputs: [Floats]
    /// Its indices.
    package let indices: [Indices]
    /// Room for its result, of `outputShape.count` elements.
    package let output: MutableFloats

    package init(inputs: [Floats], indices: [Indices], output: MutableFloats) {
        self.inputs = inputs
        self.indices = indices
        self.output = output
    }
}
