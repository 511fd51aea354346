import Arithmetic
import Foundation
import Models
import Testing

@Suite struct LearningTests {
    // MARK: - Every kind

    /// Rows whose target depends on numbers, on a category, and on what enters the tower.
    private struct Task {
        let batch: SourceRows
        let own: Matrix<Double>?
        let targets: [Double]

        init(_ architecture: Architecture) throws {
            let rows = 160
            let numbers = try uniform(rows, 3, bound: 1, seed: 31)
            let draws = try uniform(rows, 1, bound: 1, seed: 32)
            let lookups = draws.map { $0 < -0.3 ? 0 : $0 < 0.3 ? 1 : 2 }
            own = try architecture.ownColumns.map { try uniform(rows, $0, bound: 1, seed: 33) }
            batch = SourceRows(numbers: SparseMatrix(numbers), lookups: lookups)
            targets = (0..<rows).map { [own] row in
                var score = 1.5 * numbers[row, 0] - numbers[row, 1] + [-1, 0, 1][lookups[row, 0]]
                if let own { score += own[row, 0] }
                switch architecture.target {
                case .binary: return score > 0 ? 1 : 0
                case .classes: return score < -0.7 ? 0 : score < 0.7 ? 1 : 2
                case .number: return score
                case .count: return exp(score).rounded(.down)
                }
            }
        }
    }

    /// The mean loss of the best model that sees no columns.
    private func lossOfTheBestConstant(_ targets: [Double], _ target: Target) -> Double {
        let mean = targets.reduce(0, +) / Double(targets.count)
        switch target {
        case .binary, .classes:
            let shares = Dictionary(grouping: targets) { $0 }.values.map { Double($0.count) / Double(targets.count) }
            return shares.reduce(0) { $0 - $1 * log($1) }
        case .number:
            return targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(2 * targets.count)
        case .count: return mean - mean * log(mean)
        }
    }

    @Test(arguments: ModelCase.all) func everyKindLearnsMoreThanAConstant(given: ModelCase) throws {
        let (architecture, task) = (given.architecture, try Task(given.architecture))
        var model = ColocatedModel(
            source: PlainSource(
                linear: try LinearSource(columns: 3, width: architecture.width, deviation: 0.3, from: initializer(1)),
                embedding: try EmbeddingSource(
                    tableRows: 3, fields: 1, dimension: 4, width: architecture.width, tableDeviation: 0.3,
                    from: initializer(2))),
            top: try TopModel(architecture, optimiser: .init(.adam, rate: 0.02), from: initializer(3)),
            descent: SourceDescent(rate: 0.1, momentum: 0.9))
        var loss = Double.infinity
        for _ in 0..<200 { loss = try model.descend(task.batch, own: task.own, targets: task.targets) }
        let constant = lossOfTheBestConstant(task.targets, architecture.target)
        #expect(loss < constant - 0.2, "\(loss), a constant \(constant)")
    }

    // MARK: - Known optima

    /// The maximum of the likelihood, by Newton's method in numpy and by scikit-learn without regularisation.
    @Test func logisticRegressionReachesTheMaximumOfTheLikelihood() throws {
        var model = ColocatedModel(
            source: PlainSource(linear: LinearSource(weights: Matrix(rows: 2, columns: 1, repeating: 0))),
            top: try TopModel(
                Architecture(kind: .logistic, target: .binary, width: 1),
                optimiser: .init(.sgd, rate: 0.5, momentum: 0.9), from: initializer(1)),
            descent: SourceDescent(rate: 0.5, momentum: 0.9))
        var loss = 0.0
        for _ in 0..<3000 { loss = try model.descend(SourceRows(numbers: SparseMatrix(points)), targets: labels) }
        #expect(abs(loss - 0.4377963362675264) < 1e-6)
        let weights = model.source.linear.weights.values.elements
        #expect(abs(weights[0] - 1.5168265254044784) < 1e-5 && abs(weights[1] + 1.090890870143212) < 1e-5)
        #expect(abs(Double(model.top.parameters.entries[0].values[0]) + 0.28997655168230907) < 1e-5)
    }

    @Test func aHiddenLayerLearnsExclusiveOr() throws {
        let inputs = SourceRows(
            numbers: SparseMatrix(Matrix(rows: 4, columns: 2, elements: [0.0, 0, 0, 1, 1, 0, 1, 1])))
        let targets = [0.0, 1, 1, 0]
        func train(_ architecture: Architecture, seed: UInt64) throws -> [Double] {
            let optimiser = LocalOptimiser(.sgd, rate: 0.1, momentum: 0.9)
            var model = ColocatedModel(
                source: PlainSource(
                    linear: LinearSource(weights: try uniform(2, architecture.width, bound: 1, seed: seed))),
                top: try TopModel(architecture, optimiser: optimiser, from: initializer(seed)),
                descent: SourceDescent(rate: 0.1, momentum: 0.9))
            for _ in 0..<2000 { _ = try model.descend(inputs, targets: targets) }
            return model.predict(inputs).elements
        }
        let learned = try train(Architecture(kind: .mlp, target: .binary, width: 2, hidden: [16]), seed: 11)
        #expect(zip(learned, targets).allSatisfy { abs($0 - $1) < 0.01 })

        // What has no hidden layer cannot.
        let linear = try train(Architecture(kind: .logistic, target: .binary, width: 1), seed: 12)
        #expect(linear.allSatisfy { abs($0 - 0.5) < 0.01 })
    }

    // MARK: - Several parties

    @Test func partsOfTheSourceLayerAtSeveralPartiesAreTheWholeInOnePlace() throws {
        let features = try uniform(12, 7, bound: 2, seed: 21)
        let weights = try uniform(7, 2, bound: 1, seed: 22)
        let descent = SourceDescent(rate: 0.3, momentum: 0.8)
        let top = try TopModel(
            Architecture(kind: .mlp, target: .binary, width: 2, hidden: [4]),
            optimiser: .init(.sgd, rate: 0.3, momentum: 0.8), from: initializer(23))
        var whole = ColocatedModel(
            source: PlainSource(linear: LinearSource(weights: weights)), top: top, descent: descent)

        let shares = [0..<3, 3..<4, 4..<7]
        var parts = shares.map { LinearSource(weights: weights.transposed().columns($0).transposed()) }
        var partsTop = top
        for _ in 0..<20 {
            let loss = try whole.descend(SourceRows(numbers: SparseMatrix(features)), targets: labels)
            var opened = Matrix(rows: 12, columns: 2, repeating: 0.0)
            for (range, part) in zip(shares, parts) {
                let output = part(SparseMatrix(features.columns(range)))
                opened = Matrix(rows: 12, columns: 2, elements: zip(opened.elements, output.elements).map(+))
            }
            let step = try partsTop.descend(z: opened, targets: labels)
            for (index, range) in shares.enumerated() {
                parts[index].descend(SparseMatrix(features.columns(range)), gradient: step.gradient, by: descent)
            }
            #expect(abs(step.loss - loss) < 1e-6)
        }
        let rows = parts.flatMap { $0.weights.values.elements }
        #expect(zip(rows, whole.source.linear.weights.values.elements).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(distance(whole.source.linear.weights.values, weights) > 0.1)
    }
}
