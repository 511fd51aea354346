/// Runs a graph node by node, each tensor in memory of its own.
///
/// All memory is allocated when it is made; running allocates nothing. It does not plan: whoever has little memory runs
/// the same graph by a plan over it. For one thread at a time.
public final class Interpreter {
    private struct Step {
        let operation: any Operation
        let operands: Operands
    }

    private let graph: Graph
    private let heap: TensorHeap
    private let steps: [Step]
    private let floats: [Int: MutableFloats]
    private let indices: [Int: UnsafeMutableBufferPointer<Int32>]  // unsafe: of `heap`, which lives as long

    /// Allocates what `outputs` need, and nothing else of the graph; parameters and inputs are zeros until they are
    /// written.
    public init(_ graph: Graph, computing outputs: [Value], heap: TensorHeap = TensorHeap()) {
        var isNeeded = Array(repeating: false, count: graph.nodes.count)
        for output in outputs {
            graph.check(output.node, output.shape)
            isNeeded[output.node] = true
        }
        for index in graph.nodes.indices.reversed() where isNeeded[index] {
            for input in graph.nodes[index].inputs { isNeeded[input.node] = true }
            for input in graph.nodes[index].indices { isNeeded[input.node] = true }
        }

        var floats: [Int: MutableFloats] = [:]
        var indices: [Int: UnsafeMutableBufferPointer<Int32>] = [:]  // unsafe: of `heap`
        var steps: [Step] = []
        for (index, node) in graph.nodes.enumerated() where isNeeded[index] {
            if case .indexInput = node.source {
                indices[index] = heap.allocate(Int32.self, count: node.shape.count)
                continue
            }
            let buffer = heap.allocate(Float.self, count: node.shape.count)
            floats[index] = buffer
            switch node.source {
            case .input, .indexInput, .parameter: break
            case .constant(let tensor): _ = buffer.update(fromContentsOf: tensor.elements)
            case .operation(let operation):
                let operands = Operands(
                    inputs: node.inputs.compactMap { floats[$0.node].map { Floats($0) } },
                    indices: node.indices.compactMap { indices[$0.node].map { Indices($0) } }, output: buffer)
                steps.append(Step(operation: operation, operands: operands))
            }
        }
        (self.graph, self.heap, self.steps, self.floats, self.indices) = (graph, heap, steps, floats, indices)
    }

    /// Computes every output from the inputs and parameters as they are.
    public func run() {
        for step in steps { step.operation.run(step.operands) }
    }

    /// Writes an input or parameter.
    public func write(_ tensor: Tensor, to value: Value) {
        precondition(tensor.shape == value.shape, "a tensor of shape \(tensor.shape) for one of \(value.shape)")
        withMutableElements(of: value) { _ = $0.update(fromContentsOf: tensor.elements) }
    }

    /// Writes indices.
    public func write(_ tensor: IndexTensor, to value: IndexValue) {
        precondition(tensor.shape == value.shape, "indices of shape \(tensor.shape) for \(value.shape)")
        graph.check(value.node, value.shape)
        // What no output needs has no memory, and writing it has no effect.
        _ = indices[value.node]?.update(fromContentsOf: tensor.elements)
    }

    /// A copy of any tensor that an output needs.
    public func tensor(_ value: Value) -> Tensor {
        withElements(of: value) { Tensor(value.shape, Array($0)) }
    }

    /// The one element of a tensor.
    public func scalar(_ value: Value) -> Float {
        precondition(value.shape.count == 1, "a scalar is one element, not \(value.shape)")
        return withElements(of: value) { $0[0] }
    }

    /// The elements of any tensor that an output needs, for reading during the call.
    public func withElements<Result>(of value: Value, _ body: (Floats) throws -> Result) rethrows -> Result {
        try body(Floats(memory(value)))
    }

    /// The elements of an input or parameter, for changing during the call.
    public func withMutableElements<Result>(
        of value: Value, _ body: (MutableFloats) throws -> Result
    ) rethrows -> Result {
        let memory = memory(value)
        switch graph.nodes[value.node].source {
        case .input, .parameter: return try body(memory)
        case .indexInput, .constant, .operation: preconditionFailure("only inputs and parameters are written")
        }
    }

    private func memory(_ value: Value) -> MutableFloats {
        graph.check(value.node, value.shape)
        guard let memory = floats[value.node] else { preconditionFailure("no output needs this tensor") }
        return memory
    }
}
