internal import Tensors

/// The graph of a top model for a number of rows: its outputs from Z and the tower's inputs, or what stands in the tower's place.
struct TopGraph {
    private var graph = Graph()
    private let architecture: Architecture
    private let rows: Int
    /// Z, and the tower's inputs, or what stands in its place, if there is one.
    private var inputs: [Value]
    /// Logits, numbers or logarithms of counts: (rows, outputs).
    private var outputs: Value

    init(_ architecture: Architecture, rows: Int) {
        (self.architecture, self.rows) = (architecture, rows)
        let z = graph.input("z", [rows, architecture.width])
        (inputs, outputs) = ([z], z)
        var own: [Value] = []
        if let tower = architecture.tower {
            inputs.append(graph.input("own", [rows, tower.inputs]))
            own = [Perceptron.tower(tower)(inputs[1], in: &graph)]
        } else if let beside = architecture.beside {
            inputs.append(graph.input("own", [rows, beside]))
            own = [inputs[1]]
        }
        switch architecture.kind {
        case .logistic, .multinomial, .linear, .poisson:
            outputs = graph.addRow(z, graph.parameter("bias", [architecture.outputs]))
        case .mlp:
            outputs = architecture.top(concatenating: [z] + own, in: &graph)
        case .wideDeep:
            let wide = graph.slice(z, columns: 0..<architecture.outputs)
            let deep = graph.relu(graph.slice(z, columns: architecture.outputs..<architecture.width))
            outputs = graph.add(architecture.top(concatenating: [deep] + own, in: &graph), wide)
        case .dlrm:
            let vectors = graph.concatenate([z] + (architecture.multipliesTower ? own : []))
            let dots = graph.pairwiseDots(
                graph.reshape(vectors, to: [rows, architecture.vectors, architecture.vector]))
            outputs = architecture.top(concatenating: [dots, z] + own, in: &graph)
        }
    }

    /// Gives the outputs.
    var evaluating: Program { Program(graph, inputs: inputs, results: [outputs]) }

    /// By what a step differentiates: Z, and what another computed.
    private var differentiated: [Value] { architecture.beside == nil ? [inputs[0]] : inputs }

    /// Gives the sum of the rows' losses and its derivative by Z, and by what stands beside it.
    var learning: Program {
        let (graph, inputs, labels, loss) = loss(weighted: false)
        return Program(
            graph, inputs: inputs, labels: labels, learningFrom: loss, rows: rows, derivatives: differentiated)
    }

    /// The same where each row's loss has a weight, the last input.
    var learningWeighted: Program {
        let (graph, inputs, labels, loss) = loss(weighted: true)
        return Program(
            graph, inputs: inputs, labels: labels, learningFrom: loss, rows: rows, derivatives: differentiated)
    }

    /// Gives the derivative of the sum of the rows' losses by Z; learns nothing.
    var differentiating: Program {
        var (graph, inputs, labels, loss) = loss(weighted: false)
        let derivatives = graph.gradients(of: loss, withRespectTo: [self.inputs[0]])
        return Program(graph, inputs: inputs, labels: labels, results: derivatives)
    }

    /// Adds the sum of the rows' losses. Targets are labels for classes, else one more input; weights another.
    private func loss(
        weighted: Bool
    ) -> (graph: Graph, inputs: [Value], labels: IndexValue?, loss: Value) {
        var (graph, inputs) = (graph, inputs)
        if architecture.target == .classes {
            let labels = graph.indexInput("labels", [rows])
            if weighted { inputs.append(graph.input("weights", [rows])) }
            let reduction = weighted ? LossReduction.weightedSum(inputs[inputs.count - 1]) : .sum
            let loss = graph.softmaxCrossEntropy(outputs, labels: labels, reduction: reduction)
            return (graph, inputs, labels, loss)
        }
        let targets = graph.input("targets", [rows, 1])
        inputs.append(targets)
        if weighted { inputs.append(graph.input("weights", [rows, 1])) }
        let reduction = weighted ? LossReduction.weightedSum(inputs[inputs.count - 1]) : .sum
        let loss: Value
        switch architecture.target {
        case .classes, .binary: loss = graph.binaryCrossEntropy(outputs, targets: targets, reduction: reduction)
        // Half, so that the derivative is the residual.
        case .number: loss = graph.scale(graph.squaredError(outputs, targets: targets, reduction: reduction), by: 0.5)
        case .count: loss = graph.poissonLoss(logRates: outputs, counts: targets, reduction: reduction)
        }
        return (graph, inputs, nil, loss)
    }
}

extension Architecture {
    /// Whether the tower's outputs are one more vector of a dlrm.
    fileprivate var multipliesTower: Bool { kind == .dlrm && besideZ == vector }

    /// Columns that enter the first hidden layer beside Z.
    private var besideZ: Int { tower?.outputs ?? beside ?? 0 }

    /// Vectors of a dlrm, of which every two are multiplied.
    fileprivate var vectors: Int { width / vector + (multipliesTower ? 1 : 0) }

    /// Hidden layers and outputs; nil for a regression.
    private var top: Perceptron? {
        let fromZ: Int
        switch kind {
        case .logistic, .multinomial, .linear, .poisson: return nil
        case .mlp: fromZ = width
        case .wideDeep: fromZ = width - outputs
        case .dlrm: fromZ = vectors * (vectors - 1) / 2 + width
        }
        return Perceptron(name: "top", sizes: [fromZ + besideZ] + hidden + [outputs])
    }

    fileprivate func top(concatenating values: [Value], in graph: inout Graph) -> Value {
        guard let top else { preconditionFailure("a \(kind.rawValue) model has no hidden layers") }
        return top(values.count == 1 ? values[0] : graph.concatenate(values), in: &graph)
    }

    /// First parameters in the order of the graph.
    ///
    /// - Parameter outputBias: the first bias of each output.
    /// - Throws: what the initializer's stream throws.
    func firstParameters(from initializer: Initializer, outputBias: [Double]) throws -> ModelParameters {
        let tower = try tower.map { try Perceptron.tower($0).firstParameters(from: initializer) } ?? []
        guard let top else {
            return ModelParameters(entries: [
                .init(name: "bias", shape: [outputs], values: outputBias.map { Float($0) })
            ])
        }
        return ModelParameters(
            entries: tower + (try top.firstParameters(from: initializer, outputBias: outputBias)))
    }
}

extension Perceptron {
    /// The layers of a tower.
    static func tower(_ tower: Architecture.Tower) -> Perceptron { Perceptron(name: "tower", sizes: tower.sizes) }
}
