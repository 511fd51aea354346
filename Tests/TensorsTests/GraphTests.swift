import Tensors
import Testing

@Suite struct GraphTests {
    @Test func gradientsAreThoseOfAnyTensor() {
        var graph = Graph()
        let x = graph.parameter("x", [2])
        let y = graph.square(x)
        let loss = graph.sum(graph.multiply(y, x))
        let gradients = graph.gradients(of: loss, withRespectTo: [x, y, loss])
        let interpreter = Interpreter(graph, computing: gradients)
        interpreter.write(Tensor([2], [3, -2]), to: x)
        interpreter.run()
        // d(x³) = 3 x² and, x² held apart, d(y x) / dy = x.
        #expect(interpreter.tensor(gradients[0]).elements == [27, 12])
        #expect(interpreter.tensor(gradients[1]).elements == [3, -2])
        #expect(interpreter.scalar(gradients[2]) == 1)
    }

    @Test func whatTheLossDoesNotDependOnHasAGradientOfZeros() {
        var graph = Graph()
        let (x, other) = (graph.parameter("x", [2, 3]), graph.parameter("other", [4, 1]))
        let later = graph.tanh(x)
        let gradients = graph.gradients(of: graph.sum(x), withRespectTo: [other, later, x])
        let interpreter = Interpreter(graph, computing: gradients)
        interpreter.run()
        #expect(interpreter.tensor(gradients[0]) == Tensor([4, 1], repeating: 0))
        #expect(interpreter.tensor(gradients[1]) == Tensor([2, 3], repeating: 0))
        #expect(interpreter.tensor(gradients[2]) == Tensor([2, 3], repeating: 1))
    }

    @Test func onlyWantedGradientsAreComputed() {
        var graph = Graph()
        let (x, table) = (graph.input("x", [1, 3]), graph.parameter("table", [1000, 3]))
        let rows = graph.gather(table, graph.indexInput("rows", [1]))
        let loss = graph.sum(graph.multiply(rows, x))
        _ = graph.gradients(of: loss, withRespectTo: [rows])
        #expect(graph.nodes.filter { $0.shape == table.shape }.count == 1)
    }

    @Test func parametersAreListedInOrder() {
        var graph = Graph()
        let first = graph.parameter("first", [2])
        _ = graph.input("input", [2])
        let second = graph.parameter("second", .scalar)
        #expect(graph.parameters.map(\.name) == ["first", "second"])
        #expect(graph.parameters.map(\.value) == [first, second])
    }

    @Test func everyNodeComesAfterThoseItNeeds() {
        for operation in OperationCase.all {
            let graph = Evaluation(
                operation.build, operation.inputs, operation.indices, weights: OperationCase.weights
            ).graph
            for (index, node) in graph.nodes.enumerated() {
                #expect(node.inputs.allSatisfy { $0.node < index } && node.indices.allSatisfy { $0.node < index })
            }
        }
    }

    @Test func shapesThatDoNotFitTrap() async {
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            _ = graph.matmul(graph.input("a", [2, 3]), graph.input("b", [2, 3]))
        }
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            _ = graph.add(graph.input("a", [2, 3]), graph.input("b", [3, 2]))
        }
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            _ = graph.addRow(graph.input("a", [2, 3]), graph.input("b", [2]))
        }
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            _ = graph.slice(graph.input("a", [2, 3]), columns: 2..<4)
        }
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            _ = graph.softmaxCrossEntropy(graph.input("a", [2, 3]), labels: graph.indexInput("b", [3]))
        }
        await #expect(processExitsWith: .failure) { _ = Shape([2, 0]) }
        await #expect(processExitsWith: .failure) { _ = Tensor([2], [1]) }
    }

    @Test func valuesOfOtherGraphsTrap() async {
        await #expect(processExitsWith: .failure) {
            var (graph, other) = (Graph(), Graph())
            _ = graph.relu(other.input("x", [2]))
        }
    }

    @Test func derivativesOfDerivativesTrap() async {
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            let x = graph.input("x", [2])
            let gradient = graph.gradients(of: graph.sum(graph.tanh(x)), withRespectTo: [x])[0]
            _ = graph.gradients(of: graph.sum(gradient), withRespectTo: [x])
        }
    }
}
