import Tensors
import Testing

/// Values and gradients against JAX in double precision.
@Suite struct VectorTests {
    private static let builders: [String: Build] = [
        "matmul": { graph, x, _ in graph.matmul(x[0], x[1]) },
        "matmulRightTransposed": { graph, x, _ in graph.matmul(x[0], transposed: x[1]) },
        "matmulLeftTransposed": { graph, x, _ in graph.matmul(transposed: x[0], x[1]) },
        "add": { graph, x, _ in graph.add(x[0], x[1]) },
        "subtract": { graph, x, _ in graph.subtract(x[0], x[1]) },
        "multiply": { graph, x, _ in graph.multiply(x[0], x[1]) },
        "addRow": { graph, x, _ in graph.addRow(x[0], x[1]) },
        "multiplyRow": { graph, x, _ in graph.multiplyRow(x[0], x[1]) },
        "scale": { graph, x, _ in graph.scale(x[0], by: 0.75) },
        "relu": { graph, x, _ in graph.relu(x[0]) },
        "gelu": { graph, x, _ in graph.gelu(x[0]) },
        "sigmoid": { graph, x, _ in graph.sigmoid(x[0]) },
        "tanh": { graph, x, _ in graph.tanh(x[0]) },
        "exp": { graph, x, _ in graph.exp(x[0]) },
        "square": { graph, x, _ in graph.square(x[0]) },
        "softmax": { graph, x, _ in graph.softmax(x[0]) },
        "layerNorm": { graph, x, _ in graph.layerNorm(x[0], gain: x[1], bias: x[2]) },
        "sum": { graph, x, _ in graph.sum(x[0]) },
        "mean": { graph, x, _ in graph.mean(x[0]) },
        "columnSums": { graph, x, _ in graph.columnSums(x[0]) },
        "softmaxCrossEntropy": { graph, x, labels in graph.softmaxCrossEntropy(x[0], labels: labels[0]) },
        "softmaxCrossEntropySum": { graph, x, labels in
            graph.softmaxCrossEntropy(x[0], labels: labels[0], reduction: .sum)
        },
        "binaryCrossEntropy": { graph, x, _ in graph.binaryCrossEntropy(x[0], targets: x[1]) },
        "squaredError": { graph, x, _ in graph.squaredError(x[0], targets: x[1]) },
        "poissonLoss": { graph, x, _ in graph.poissonLoss(logRates: x[0], counts: x[1]) },
        "gather": { graph, x, rows in graph.gather(x[0], rows[0]) },
        "scatterAdd": { graph, x, rows in graph.scatterAdd(x[0], rows[0], rows: 6) },
        "concatenate": { graph, x, _ in graph.concatenate(x) },
        "slice": { graph, x, _ in graph.slice(x[0], columns: 1..<3) },
        "pairwiseDots": { graph, x, _ in graph.pairwiseDots(x[0]) },
        "multilayerPerceptron": { graph, x, labels in
            let hidden = graph.addRow(graph.matmul(x[0], x[1]), x[2])
            let activated = graph.gelu(graph.layerNorm(hidden, gain: x[3], bias: x[4]))
            return graph.softmaxCrossEntropy(
                graph.addRow(graph.matmul(activated, x[5]), x[6]), labels: labels[0])
        },
        "recommender": { graph, x, rows in
            let dense = graph.relu(graph.matmul(x[0], x[1]))
            let fields = graph.concatenate([dense, graph.gather(x[2], rows[0]), graph.gather(x[3], rows[1])])
            let dots = graph.pairwiseDots(graph.reshape(fields, to: [dense.shape.rows, 3, dense.shape.columns]))
            return graph.binaryCrossEntropy(graph.matmul(graph.concatenate([dense, dots]), x[4]), targets: x[5])
        },
    ]

    @Test(arguments: Vectors.all.operations)
    func agreesWithJAX(vector: Vectors.Operation) throws {
        let build = try #require(Self.builders[vector.name])
        let evaluation = Evaluation(
            build, vector.inputs.map(\.tensor), vector.indices.map(\.tensor), weights: { _ in vector.weights.tensor })
        expect(evaluation.output, vector.output, "output")
        try #require(evaluation.gradients.count == vector.gradients.count)
        for (index, (gradient, expected)) in zip(evaluation.gradients, vector.gradients).enumerated() {
            expect(gradient, expected, "gradient \(index)")
        }
    }

    @Test func everyBuilderHasAVector() {
        #expect(Set(Vectors.all.operations.map(\.name)) == Set(Self.builders.keys))
    }

    /// Within 1e-5 of the element, or of the tensor's root mean square where an element is small by cancellation; what
    /// Float32 cannot tell from 0 may be 0.
    private func expect(_ tensor: Tensor, _ expected: Vectors.Elements, _ what: String) {
        #expect(tensor.shape.dimensions == expected.shape)
        let square = expected.elements.reduce(0) { $0 + $1 * $1 } / Double(expected.elements.count)
        for (value, element) in zip(tensor.elements, expected.elements) {
            let tolerance = max(1e-5 * max(abs(element), square.squareRoot()), Double(Float.leastNormalMagnitude))
            #expect(abs(Double(value) - element) <= tolerance, "\(what): \(value), JAX \(element)")
        }
    }
}
