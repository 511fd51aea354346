import Tensors
import Testing

/// What operations promise to whoever plans their memory, for each node of each case's graph, gradients included.
@Suite struct OperationContractTests {
    @Test(arguments: OperationCase.all)
    func outputsMayHoldAnythingBefore(operation: OperationCase) {
        let nodes = Nodes(operation)
        for node in nodes.operations {
            #expect(nodes.run(node, before: .nan) == nodes.run(node, before: 7), "\(nodes.name(node))")
        }
    }

    @Test(arguments: OperationCase.all)
    func outputsMayTakeTheMemoryOfTheInputsTheyName(operation: OperationCase) {
        let nodes = Nodes(operation)
        for node in nodes.operations {
            guard case .operation(let operation) = nodes.graph.nodes[node].source else { continue }
            let expected = nodes.run(node, before: .nan)
            for input in operation.overwritableInputs {
                #expect(nodes.run(node, over: input) == expected, "\(operation.name) over its input \(input)")
            }
        }
    }

    @Test(arguments: OperationCase.all)
    func viewsHoldTheirInput(operation: OperationCase) {
        let nodes = Nodes(operation)
        for node in nodes.operations {
            guard case .operation(let operation) = nodes.graph.nodes[node].source, operation.isView else { continue }
            #expect(nodes.run(node, before: .nan) == nodes.elements[nodes.graph.nodes[node].inputs[0].node])
        }
    }
}

/// All tensors of a case's graph, from an interpreter; and its operations, one by one, on memory of the test.
private struct Nodes {
    let graph: Graph
    private(set) var elements: [Int: [Float]] = [:]
    private var indices: [Int: [Int32]] = [:]

    init(_ operation: OperationCase) {
        graph =
            Evaluation(operation.build, operation.inputs, operation.indices, weights: OperationCase.weights).graph
        var (inputs, indexInputs) = (operation.inputs[...], operation.indices[...])
        for (index, node) in graph.nodes.enumerated() {
            switch node.source {
            case .input: elements[index] = inputs.removeFirst().elements
            case .indexInput: indices[index] = indexInputs.removeFirst().elements
            case .parameter: break
            case .constant(let tensor): elements[index] = tensor.elements
            case .operation: elements[index] = run(index, before: 0)
            }
        }
    }

    var operations: [Int] {
        graph.nodes.indices.filter { if case .operation = graph.nodes[$0].source { true } else { false } }
    }

    func name(_ node: Int) -> String {
        if case .operation(let operation) = graph.nodes[node].source { operation.name } else { "" }
    }

    func run(_ node: Int, before: Float) -> [Float] {
        run(node, into: Array(repeating: before, count: graph.nodes[node].shape.count), over: nil)
    }

    func run(_ node: Int, over input: Int) -> [Float] {
        run(node, into: elements[graph.nodes[node].inputs[input].node] ?? [], over: input)
    }

    private func run(_ node: Int, into memory: [Float], over input: Int?) -> [Float] {
        guard case .operation(let operation) = graph.nodes[node].source else { return [] }
        var output = memory
        output.withUnsafeMutableBufferPointer { output in
            var floats: [Floats] = []
            for (place, value) in graph.nodes[node].inputs.enumerated() {
                if place == input {
                    floats.append(Floats(output))
                } else {
                    // unsafe: memory of its own, so that an overrun shows; freed below
                    let copy = MutableFloats.allocate(capacity: value.shape.count)
                    _ = copy.initialize(from: elements[value.node] ?? [])
                    floats.append(Floats(copy))
                }
            }
            let indexCopies = graph.nodes[node].indices.map { value in
                let copy = UnsafeMutableBufferPointer<Int32>.allocate(capacity: value.shape.count)
                _ = copy.initialize(from: indices[value.node] ?? [])
                return Indices(copy)
            }
            operation.run(Operands(inputs: floats, indices: indexCopies, output: output))
            for (place, buffer) in floats.enumerated() where place != input { buffer.deallocate() }
            for buffer in indexCopies { buffer.deallocate() }
        }
        return output
    }
}
