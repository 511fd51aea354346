internal import Tensors

/// Dense layers with ReLU between them and none after the last.
struct Perceptron: Hashable, Sendable {
    /// What the names of its parameters begin with.
    let name: String
    /// Inputs, hidden layers, outputs.
    let sizes: [Int]

    /// Weights and a bias for each layer but the inputs.
    var parameterCount: Int { 2 * (sizes.count - 1) }

    private func names(_ layer: Int) -> (weights: String, bias: String) {
        ("\(name).\(layer).weights", "\(name).\(layer).bias")
    }

    /// Adds the layers to a graph: (rows, inputs) gives (rows, outputs).
    func callAsFunction(_ input: Value, in graph: inout Graph) -> Value {
        var value = input
        for layer in 1..<sizes.count {
            let names = names(layer)
            let weights = graph.parameter(names.weights, [sizes[layer - 1], sizes[layer]])
            let bias = graph.parameter(names.bias, [sizes[layer]])
            value = graph.addRow(graph.matmul(value, weights), bias)
            if layer < sizes.count - 1 { value = graph.relu(value) }
        }
        return value
    }

    /// First parameters, in the order in which they enter a graph: weights uniform with variance `2 / inputs` before a
    /// ReLU (He et al., ICCV 2015), else `1 / inputs`; biases 0, but those of the outputs as given.
    ///
    /// - Throws: what the initializer's stream throws.
    func firstParameters(
        from initializer: Initializer, outputBias: [Double]? = nil
    ) throws -> [ModelParameters.Entry] {
        try (1..<sizes.count).flatMap { layer in
            let (inputs, outputs) = (sizes[layer - 1], sizes[layer])
            let (isLast, names) = (layer == sizes.count - 1, names(layer))
            let weights = try initializer.uniform(
                rows: inputs, columns: outputs, deviation: ((isLast ? 1 : 2) / Double(inputs)).squareRoot())
            let bias = isLast ? outputBias : nil
            return [
                ModelParameters.Entry(
                    name: names.weights, shape: [inputs, outputs], values: weights.elements.map { Float($0) }),
                ModelParameters.Entry(
                    name: names.bias, shape: [outputs],
                    values: bias?.map { Float($0) } ?? Array(repeating: 0, count: outputs)),
            ]
        }
    }
}
