public import Arithmetic
internal import Tensors

/// A feature party's own layers that learn with the federation: their outputs are columns of its source layer.
///
/// For `protection: none` only. It descends along the derivative by its outputs, `dZ Wᵀ`, which its owner sees row by
/// row: with W that is dZ, and dZ is the label. Under protection neither W nor dZ is known to the owner, and no tower
/// of its can be trained by them; what it may have there is an ``Autoencoder``'s.
public struct TrainedTower: Sendable {
    /// Its sizes.
    public let tower: Architecture.Tower
    private var learner: Learner

    /// A tower with first weights.
    ///
    /// - Throws: ``ModelsError/noModel(problems:)``; what the initializer's stream throws.
    public init(_ tower: Architecture.Tower, optimiser: LocalOptimiser, from initializer: Initializer) throws {
        guard tower.problems.isEmpty else { throw ModelsError.noModel(problems: tower.problems) }
        try self.init(
            tower,
            parameters: ModelParameters(entries: Perceptron.tower(tower).firstParameters(from: initializer)),
            optimiser: optimiser)
    }

    /// A tower as it was.
    ///
    /// - Throws: ``ModelsError/parameters(problem:)``, ``ModelsError/noModel(problems:)``.
    public init(
        _ tower: Architecture.Tower, parameters: ModelParameters, optimiser: LocalOptimiser
    ) throws(ModelsError) {
        guard tower.problems.isEmpty else { throw .noModel(problems: tower.problems) }
        self.tower = tower
        learner = try Learner(parameters, of: tower.evaluating(rows: 1), optimiser: optimiser)
    }

    /// Every parameter with its optimiser's state.
    public var parameters: ModelParameters { learner.parameters }

    /// How it is optimised. Rate, momentum and decay may change between steps; another rule traps, as this one has its state.
    public var optimiser: LocalOptimiser {
        get { learner.optimiser }
        set { learner.pace(newValue) }
    }

    /// Rows x inputs to rows x outputs.
    public func callAsFunction(_ rows: Matrix<Double>) -> Matrix<Double> {
        precondition(rows.columns == tower.inputs, "as many columns as the tower has inputs")
        return learner.evaluate([rows], columns: tower.outputs, make: tower.evaluating)
    }

    /// Moves along the mean over the rows of what `gradient` says.
    ///
    /// - Parameters:
    ///   - rows: rows x inputs, of which the outputs were computed.
    ///   - gradient: the derivative of the rows' summed loss by these outputs, rows x outputs, as
    ///     ``PlainSource/gradient(byLast:dZ:)`` gives it.
    /// - Throws: ``ModelsError/diverged``; the tower is then as it was.
    public mutating func descend(_ rows: Matrix<Double>, gradient: Matrix<Double>) throws(ModelsError) {
        precondition(rows.columns == tower.inputs && rows.rows > 0, "as many columns as the tower has inputs")
        precondition(gradient.rows == rows.rows && gradient.columns == tower.outputs, "a derivative of the outputs")
        _ = try learner.learn([rows, gradient], make: tower.learning)
    }
}

extension Architecture.Tower {
    /// Gives the outputs.
    func evaluating(rows: Int) -> Program {
        var graph = Graph()
        let input = graph.input("rows", [rows, inputs])
        let output = Perceptron.tower(self)(input, in: &graph)
        return Program(graph, inputs: [input], results: [output])
    }

    /// Learns from a derivative by the outputs, that of their sum weighted with it.
    fileprivate func learning(rows: Int) -> Program {
        var graph = Graph()
        let input = graph.input("rows", [rows, inputs])
        let gradient = graph.input("gradient", [rows, outputs])
        let output = Perceptron.tower(self)(input, in: &graph)
        let weighted = graph.multiply(output, gradient)
        let loss = graph.sum(weighted)
        return Program(graph, inputs: [input, gradient], learningFrom: loss, rows: rows)
    }
}
