import Tensors
import Testing
import Workers

@Suite struct InterpreterTests {
    private struct Classifier: Sendable {
        let graph: Graph
        let inputs: Value
        let labels: IndexValue
        let outputs: [Value]

        init() {
            var graph = Graph()
            inputs = graph.input("inputs", [16, 5])
            labels = graph.indexInput("labels", [16])
            let weights = graph.parameter("weights", [5, 8])
            let top = graph.parameter("top", [8, 3])
            let hidden = graph.normalizeRows(graph.gelu(graph.matmul(inputs, weights)))
            let loss = graph.softmaxCrossEntropy(graph.matmul(hidden, top), labels: labels)
            outputs = [loss] + graph.gradients(of: loss, withRespectTo: [weights, top])
            self.graph = graph
        }

        func interpreter(_ heap: TensorHeap = TensorHeap()) -> Interpreter {
            let interpreter = Interpreter(graph, computing: outputs, heap: heap)
            var numbers = Numbers(5)
            for (_, value) in graph.parameters { interpreter.write(numbers.tensor(value.shape), to: value) }
            interpreter.write(numbers.tensor(inputs.shape), to: inputs)
            interpreter.write(IndexTensor([16], (0..<16).map { $0 % 3 }), to: labels)
            return interpreter
        }
    }

    @Test func runningAllocatesNothing() {
        let heap = TensorHeap()
        let classifier = Classifier()
        let interpreter = classifier.interpreter(heap)
        let (allocations, bytes) = (heap.allocations, heap.bytes)
        #expect(allocations == classifier.graph.nodes.count)
        #expect(bytes == classifier.graph.nodes.reduce(0) { $0 + 4 * $1.shape.count })
        interpreter.run()
        let once = classifier.outputs.map { interpreter.tensor($0) }
        interpreter.run()
        #expect(classifier.outputs.map { interpreter.tensor($0) } == once)
        #expect(heap.allocations == allocations && heap.bytes == bytes)
    }

    @Test func onlyWhatOutputsNeedIsAllocated() {
        var graph = Graph()
        let x = graph.input("x", [100])
        let (needed, unneeded) = (graph.sum(x), graph.exp(x))
        let heap = TensorHeap()
        let interpreter = Interpreter(graph, computing: [needed], heap: heap)
        #expect(heap.bytes == 404 && unneeded.shape == [100])
        interpreter.write(Tensor([100], repeating: 0.5), to: x)
        interpreter.run()
        #expect(interpreter.scalar(needed) == 50)
    }

    @Test func buffersBeginAtCacheLines() {
        var graph = Graph()
        let values = (1...20).map { graph.input("x", [$0]) }
        let interpreter = Interpreter(graph, computing: values)
        for value in values {
            interpreter.withElements(of: value) {
                #expect(UInt(bitPattern: $0.baseAddress) % UInt(TensorHeap.alignment) == 0)
            }
        }
    }

    @Test func everyRunOnEveryThreadGivesTheSameBits() throws {
        let classifier = Classifier()
        let results = try #require(
            Parallel.map(count: 16) { _ in
                let interpreter = classifier.interpreter()
                interpreter.run()
                return classifier.outputs.map { interpreter.tensor($0) }
            })
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test func indicesOutsideTheirTableTrap() async {
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            let rows = graph.indexInput("rows", [1])
            let gathered = graph.gather(graph.parameter("table", [3, 2]), rows)
            let interpreter = Interpreter(graph, computing: [gathered])
            interpreter.write(IndexTensor([1], [3]), to: rows)
            interpreter.run()
        }
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            let labels = graph.indexInput("labels", [1])
            let loss = graph.softmaxCrossEntropy(graph.input("logits", [1, 2]), labels: labels)
            let interpreter = Interpreter(graph, computing: [loss])
            interpreter.write(IndexTensor([1], [-1]), to: labels)
            interpreter.run()
        }
    }

    @Test func whatIsComputedIsNotWritten() async {
        await #expect(processExitsWith: .failure) {
            var graph = Graph()
            let sum = graph.sum(graph.input("x", [2]))
            Interpreter(graph, computing: [sum]).write(Tensor(.scalar, [1]), to: sum)
        }
    }
}
