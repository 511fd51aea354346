import Arithmetic
import Models
import Testing

@Suite struct ColocatedModelTests {
    private func columns(_ range: Range<Int>, of matrix: Matrix<Double>) -> Matrix<Double> {
        Matrix(
            rows: matrix.rows, columns: range.count,
            elements: (0..<matrix.rows).flatMap {
                matrix.row($0)[
                    (matrix.row($0).startIndex + range.lowerBound)..<(matrix.row($0).startIndex + range.upperBound)]
            })
    }

    /// The maximum of the likelihood, by Newton's method in numpy and by scikit-learn without regularisation.
    @Test func logisticRegressionReachesTheMaximumOfTheLikelihood() throws {
        var model = ColocatedModel(
            source: LinearSource(weights: Matrix(rows: 2, columns: 1, repeating: 0)), top: .logistic)
        var loss = 0.0
        for _ in 0..<3000 { loss = try model.descend(points, labels: classes, SGD(rate: 0.5, momentum: 0.9)) }
        #expect(abs(loss - 0.4377963362675264) < 1e-12)
        let weights = model.source.weights.values.elements
        #expect(abs(weights[0] - 1.5168265254044784) < 1e-8 && abs(weights[1] + 1.090890870143212) < 1e-8)
        guard case .logistic(let bias) = model.top else { return }
        #expect(abs(bias.values[0, 0] + 0.28997655168230907) < 1e-8)
    }

    @Test func aHiddenLayerLearnsExclusiveOr() throws {
        let inputs = Matrix(rows: 4, columns: 2, elements: [0.0, 0, 0, 1, 1, 0, 1, 1])
        let labels = [0.0, 1, 1, 0]
        let initializer = Initializer(bytes: stream(11))
        var model = ColocatedModel(
            source: LinearSource(weights: try initializer.uniform(rows: 2, columns: 2, bound: 1)),
            top: try .mlp(width: 2, hidden: [16], from: initializer))
        for _ in 0..<2000 { _ = try model.descend(inputs, labels: labels, SGD(rate: 0.1, momentum: 0.9)) }
        let probabilities = model.probabilities(inputs)
        #expect(zip(probabilities, labels).allSatisfy { abs($0 - $1) < 0.01 })

        // What has no hidden layer cannot.
        var linear = ColocatedModel(
            source: LinearSource(weights: Matrix(rows: 2, columns: 1, elements: [0.1, -0.2])), top: .logistic)
        for _ in 0..<2000 { _ = try linear.descend(inputs, labels: labels, SGD(rate: 0.1, momentum: 0.9)) }
        #expect(linear.probabilities(inputs).allSatisfy { abs($0 - 0.5) < 0.01 })
    }

    @Test func partsOfTheSourceLayerAtSeveralPartiesAreTheWholeInOnePlace() throws {
        let features = try uniform(12, 7, bound: 2, seed: 21)
        let weights = try uniform(7, 2, bound: 1, seed: 22)
        let top = try TopModel.mlp(width: 2, hidden: [4], from: Initializer(bytes: stream(23)))
        let optimizer = SGD(rate: 0.3, momentum: 0.8)
        var whole = ColocatedModel(source: LinearSource(weights: weights), top: top)

        let shares = [0..<3, 3..<4, 4..<7]
        var parts = shares.map { range in
            LinearSource(
                weights: Matrix(
                    rows: range.count, columns: 2, elements: range.flatMap { Array(weights.row($0)) }))
        }
        var partsTop = top
        for _ in 0..<20 {
            let loss = try whole.descend(features, labels: classes, optimizer)
            var opened = Matrix(rows: 12, columns: 2, repeating: 0.0)
            for (range, part) in zip(shares, parts) {
                let output = part(columns(range, of: features))
                opened = Matrix(rows: 12, columns: 2, elements: zip(opened.elements, output.elements).map(+))
            }
            let step = try partsTop.descend(opened, labels: classes, optimizer)
            for (index, range) in shares.enumerated() {
                parts[index].descend(columns(range, of: features), gradient: step.gradient, optimizer)
            }
            #expect(abs(step.loss - loss) < 1e-12)
        }
        let rows = parts.flatMap { $0.weights.values.elements }
        #expect(zip(rows, whole.source.weights.values.elements).allSatisfy { abs($0 - $1) < 1e-12 })
    }
}
