public import Arithmetic
internal import Tensors

/// A tower that a party trains by itself, without labels: it learns to give its inputs back through few columns, the
/// tower's outputs (Hinton and Salakhutdinov, Science 313, 2006).
///
/// Nothing is sent and no partner has a part in it. Once frozen, the tower's outputs are features as any other.
public struct Autoencoder: Sendable {
    /// The half that is kept: inputs, hidden layers, outputs. The other half is its mirror image.
    public let tower: Architecture.Tower
    private var learner: Learner

    /// Both halves with first weights. Adam moves them along the mean squared error of the inputs.
    ///
    /// - Parameter rate: Adam's.
    /// - Throws: ``ModelsError/noModel(problems:)``; what the initializer's stream throws.
    public init(_ tower: Architecture.Tower, rate: Double = 0.001, from initializer: Initializer) throws {
        guard tower.problems.isEmpty else { throw ModelsError.noModel(problems: tower.problems) }
        self.tower = tower
        let entries = try [Perceptron.tower(tower), .mirrored(tower)].flatMap {
            try $0.firstParameters(from: initializer)
        }
        learner = try Learner(
            ModelParameters(entries: entries), of: tower.reconstructing(rows: 1), optimiser: .init(.adam, rate: rate))
    }

    /// Learns from rows, all of them in each epoch, in an order that the initializer's stream gives anew each time.
    ///
    /// - Parameters:
    ///   - rows: rows x inputs, prepared: of about equal deviations.
    ///   - batch: rows of a batch at most; an epoch is cut evenly.
    /// - Returns: of each epoch the mean squared error of an input, while it was learned from.
    /// - Throws: ``ModelsError/diverged``; what the initializer's stream throws.
    @discardableResult
    public mutating func learn(
        _ rows: Matrix<Double>, epochs: Int, batch: Int = 256, from initializer: Initializer
    ) throws -> [Double] {
        precondition(rows.columns == tower.inputs, "as many columns as the tower has inputs")
        precondition(rows.rows > 0 && batch > 0, "rows to learn from, and a size of batches")
        let batches = (rows.rows + batch - 1) / batch
        return try (0..<epochs).map { _ in
            let order = try initializer.order(of: rows.rows)
            var squares = 0.0
            for index in 0..<batches {
                let part = order[index * order.count / batches..<(index + 1) * order.count / batches]
                let input = Matrix(
                    rows: part.count, columns: rows.columns, elements: part.flatMap { rows.row($0) })
                squares += Double(try learner.learn([input], make: tower.reconstructionLearning)[0][0])
            }
            return squares / Double(rows.elements.count)
        }
    }

    /// What both halves make of rows: rows x inputs.
    public func reconstruct(_ rows: Matrix<Double>) -> Matrix<Double> {
        precondition(rows.columns == tower.inputs, "as many columns as the tower has inputs")
        return learner.evaluate([rows], columns: tower.inputs, make: tower.reconstructing)
    }

    /// The tower as it is now, for good.
    ///
    /// - Parameter rows: over which its outputs are standardised: the training rows.
    public func frozen(over rows: Matrix<Double>) -> FrozenTower {
        let count = Perceptron.tower(tower).parameterCount
        let own = ModelParameters(entries: Array(learner.parameters.atRest.entries.prefix(count)))
        return FrozenTower(tower, own, standardisedOver: rows)
    }
}

extension Perceptron {
    /// The other half of an autoencoder.
    fileprivate static func mirrored(_ tower: Architecture.Tower) -> Perceptron {
        Perceptron(name: "mirrored", sizes: tower.sizes.reversed())
    }
}

extension Architecture.Tower {
    private func reconstruction(rows: Int) -> (graph: Graph, input: Value, output: Value) {
        var graph = Graph()
        let input = graph.input("rows", [rows, inputs])
        let code = Perceptron.tower(self)(input, in: &graph)
        let output = Perceptron.mirrored(self)(code, in: &graph)
        return (graph, input, output)
    }

    /// Gives the inputs back.
    fileprivate func reconstructing(rows: Int) -> Program {
        let (graph, input, output) = reconstruction(rows: rows)
        return Program(graph, inputs: [input], results: [output])
    }

    /// Gives the sum of squared errors.
    fileprivate func reconstructionLearning(rows: Int) -> Program {
        var (graph, input, output) = reconstruction(rows: rows)
        let loss = graph.squaredError(output, targets: input, reduction: .sum)
        return Program(graph, inputs: [input], learningFrom: loss, rows: rows)
    }
}
