import Foundation
import Tensors
import Testing

/// Graph, interpreter and optimisers together, on problems whose optimum is known.
@Suite struct LearningTests {
    /// A graph, what it learns, and the loss.
    private struct Problem {
        let interpreter: Interpreter
        let loss: Value
        private let pairs: [(parameter: Value, gradient: Value)]

        init(_ graph: Graph, loss: Value, seed: UInt64) {
            var (graph, numbers) = (graph, Numbers(seed))
            let parameters = graph.parameters.map(\.value)
            let gradients = graph.gradients(of: loss, withRespectTo: parameters)
            (self.loss, pairs) = (loss, Array(zip(parameters, gradients)))
            interpreter = Interpreter(graph, computing: [loss] + gradients)
            for parameter in parameters { interpreter.write(numbers.tensor(parameter.shape), to: parameter) }
        }

        /// Trains, and returns the last loss.
        func learn(_ rule: some Optimiser, steps: Int) -> Float {
            var states = pairs.map { OptimiserState(rule, count: $0.parameter.shape.count) }
            for _ in 0..<steps {
                interpreter.run()
                for (index, pair) in pairs.enumerated() {
                    interpreter.withMutableElements(of: pair.parameter) { values in
                        interpreter.withElements(of: pair.gradient) { states[index].update(values, gradient: $0) }
                    }
                }
            }
            interpreter.run()
            return interpreter.scalar(loss)
        }
    }

    private static let rules: [any Optimiser] = [
        GradientDescent(rate: 0.5, momentum: 0.9), AdaGrad(rate: 0.3), Adam(rate: 0.02),
    ]

    /// Four categories, two features that name them as XOR's corners, classes with known frequencies: no model has less
    /// cross-entropy than the conditional entropy, and one with a hidden layer reaches it.
    @Test(arguments: 0..<3)
    func aPerceptronReachesTheConditionalEntropy(rule: Int) {
        let counts = [[6, 1, 1], [1, 3, 4], [2, 2, 4], [5, 2, 1]]
        var (features, labels): ([Float], [Int32]) = ([], [])
        var entropy = 0.0
        for (category, counts) in counts.enumerated() {
            for (label, count) in counts.enumerated() {
                for _ in 0..<count {
                    features += [category & 1 == 0 ? -1 : 1, category & 2 == 0 ? -1 : 1]
                    labels.append(Int32(label))
                }
                entropy -= Double(count) / 32 * log(Double(count) / 8)
            }
        }
        var graph = Graph()
        let x = graph.input("x", [32, 2])
        let y = graph.indexInput("y", [32])
        let hidden = graph.addRow(
            graph.matmul(x, graph.parameter("w1", [2, 16])), graph.parameter("b1", [16]))
        let logits = graph.addRow(
            graph.matmul(graph.tanh(hidden), graph.parameter("w2", [16, 3])), graph.parameter("b2", [3]))
        let loss = graph.softmaxCrossEntropy(logits, labels: y)
        let problem = Problem(graph, loss: loss, seed: 11)
        problem.interpreter.write(Tensor([32, 2], features), to: x)
        problem.interpreter.write(IndexTensor([32], labels), to: y)
        let reached = problem.learn(Self.rules[rule], steps: 3000)
        #expect(abs(Double(reached) - entropy) < 1e-4, "\(reached), entropy \(entropy)")
    }

    /// Noise-free targets of a linear map: least squares finds it.
    @Test func leastSquaresFindsTheMap() {
        var numbers = Numbers(2)
        let (features, map) = (numbers.tensor([64, 5]), numbers.tensor([5, 2]))
        var graph = Graph()
        let (x, y, w) = (graph.input("x", [64, 5]), graph.input("y", [64, 2]), graph.parameter("w", [5, 2]))
        let loss = graph.squaredError(graph.matmul(x, w), targets: y)
        let problem = Problem(graph, loss: loss, seed: 12)
        problem.interpreter.write(features, to: x)
        var targets = Tensor([64, 2], repeating: 0)
        for row in 0..<64 {
            for column in 0..<2 {
                for inner in 0..<5 { targets[row * 2 + column] += features[row * 5 + inner] * map[inner * 2 + column] }
            }
        }
        problem.interpreter.write(targets, to: y)
        #expect(problem.learn(GradientDescent(rate: 0.5, momentum: 0.9), steps: 500) < 1e-10)
        for (learned, element) in zip(problem.interpreter.tensor(w).elements, map.elements) {
            #expect(abs(learned - element) < 1e-5)
        }
    }

    /// Without features, the best rate of Poisson's distribution is the mean count.
    @Test func poissonFindsTheMean() {
        var graph = Graph()
        let (counts, level) = (graph.input("counts", [5, 1]), graph.parameter("level", [1, 1]))
        let loss = graph.poissonLoss(logRates: graph.broadcast(level, to: [5, 1]), counts: counts)
        let problem = Problem(graph, loss: loss, seed: 13)
        problem.interpreter.write(Tensor([5, 1], [0, 3, 1, 7, 4]), to: counts)
        _ = problem.learn(GradientDescent(rate: 0.1, momentum: 0.5), steps: 300)
        #expect(abs(exp(Double(problem.interpreter.scalar(level))) - 3) < 1e-4)
    }

    /// An embedding learned by touched rows alone: each row's logit goes to that of its label's frequency.
    @Test func anEmbeddingIsLearnedByRows() {
        var graph = Graph()
        let (table, rows) = (graph.parameter("table", [50, 1]), graph.indexInput("rows", [8]))
        let targets = graph.input("targets", [8, 1])
        let gathered = graph.gather(table, rows)
        let loss = graph.binaryCrossEntropy(gathered, targets: targets, reduction: .sum)
        let gradient = graph.gradients(of: loss, withRespectTo: [gathered])[0]
        let interpreter = Interpreter(graph, computing: [loss, gradient])
        let indices: [Int32] = [7, 7, 7, 7, 40, 40, 9, 9]
        interpreter.write(IndexTensor([8], indices), to: rows)
        interpreter.write(Tensor([8, 1], [1, 1, 1, 0, 1, 0, 0.2, 0.2]), to: targets)
        var state = OptimiserState(AdaGrad(rate: 0.5), count: 50)
        for _ in 0..<400 {
            interpreter.run()
            interpreter.withMutableElements(of: table) { values in
                interpreter.withElements(of: gradient) { gradient in
                    indices.withUnsafeBufferPointer { state.update(values, rows: $0, gradient: gradient, columns: 1) }
                }
            }
        }
        let learned = interpreter.tensor(table)
        for (row, frequency) in [(7, 0.75), (40, 0.5), (9, 0.2)] {
            #expect(abs(1 / (1 + exp(-Double(learned[row]))) - frequency) < 1e-4)
        }
        #expect(learned.elements.count { $0 != 0 } == 2, "row 40 stays at 0 by symmetry, the others are not touched")
    }
}
