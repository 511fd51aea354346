import Arithmetic
import Foundation
import Models
import Testing

@Suite struct TopModelTests {
    static let models: [TopModel] = {
        do {
            return [
                .logistic(bias: Weights(Matrix(rows: 1, columns: 1, elements: [0.3]))),
                .mlp(layers: [
                    DenseLayer(
                        weights: try uniform(3, 5, bound: 1, seed: 1), bias: try uniform(1, 5, bound: 1, seed: 2)),
                    DenseLayer(
                        weights: try uniform(5, 4, bound: 1, seed: 3), bias: try uniform(1, 4, bound: 1, seed: 4)),
                    DenseLayer(
                        weights: try uniform(4, 1, bound: 1, seed: 5), bias: try uniform(1, 1, bound: 1, seed: 6)),
                ]),
            ]
        } catch {
            fatalError("the stream of a test never fails: \(error)")
        }
    }()

    private static let difference = 1e-6

    /// The derivative of a function of one matrix, element by element.
    private func numericalGradient(
        at matrix: Matrix<Double>, _ function: (Matrix<Double>) -> Double
    ) -> Matrix<Double> {
        var gradient = matrix
        for row in 0..<matrix.rows {
            for column in 0..<matrix.columns {
                var (above, below) = (matrix, matrix)
                above[row, column] += Self.difference
                below[row, column] -= Self.difference
                gradient[row, column] = (function(above) - function(below)) / (2 * Self.difference)
            }
        }
        return gradient
    }

    private func expectEqual(_ left: Matrix<Double>, _ right: Matrix<Double>, within tolerance: Double) {
        #expect(left.rows == right.rows && left.columns == right.columns)
        #expect(zip(left.elements, right.elements).allSatisfy { abs($0 - $1) < tolerance })
    }

    @Test(arguments: models)
    func gradientOfZIsThatOfTheSummedLoss(model: TopModel) throws {
        let opened = try uniform(12, model.width, bound: 2, seed: 7)
        var moved = model
        let step = try moved.descend(opened, labels: classes, SGD(rate: 0.1))
        #expect(step.loss == model.loss(opened, labels: classes))
        expectEqual(step.gradient, numericalGradient(at: opened) { 12 * model.loss($0, labels: classes) }, within: 1e-7)
        #expect(step.gradient.elements.contains { abs($0) > 0.01 })
    }

    /// Without momentum, parameters move by rate / batch times the gradient of the summed loss.
    @Test func everyParameterDescendsItsOwnGradient() throws {
        let opened = try uniform(12, 3, bound: 2, seed: 8)
        guard case .mlp(let layers) = Self.models[1] else { return }
        var moved = Self.models[1]
        _ = try moved.descend(opened, labels: classes, SGD(rate: 0.5))
        guard case .mlp(let movedLayers) = moved else { return }
        for index in layers.indices {
            func loss(weights: Matrix<Double>, bias: Matrix<Double>) -> Double {
                var changed = layers
                changed[index] = DenseLayer(weights: weights, bias: bias)
                return TopModel.mlp(layers: changed).loss(opened, labels: classes)
            }
            let weights = layers[index].weights.values
            let bias = layers[index].bias.values
            let weightGradient = numericalGradient(at: weights) { loss(weights: $0, bias: bias) }
            let biasGradient = numericalGradient(at: bias) { loss(weights: weights, bias: $0) }
            expectEqual(
                movedLayers[index].weights.values,
                Matrix(
                    rows: weights.rows, columns: weights.columns,
                    elements: zip(weights.elements, weightGradient.elements).map { $0 - 0.5 * $1 }), within: 1e-8)
            expectEqual(
                movedLayers[index].bias.values,
                Matrix(
                    rows: 1, columns: bias.columns,
                    elements: zip(bias.elements, biasGradient.elements).map { $0 - 0.5 * $1 }), within: 1e-8)
        }
    }

    @Test func probabilitiesAreSigmoidsAtAnyLogit() {
        let opened = Matrix(rows: 5, columns: 1, elements: [-1000.0, -1, 0, 1, 1000])
        let probabilities = TopModel.logistic.probabilities(opened)
        #expect(probabilities[0] == 0 && probabilities[2] == 0.5 && probabilities[4] == 1)
        #expect(abs(probabilities[1] - 0.2689414213699951) < 1e-15)
        #expect(abs(probabilities[1] + probabilities[3] - 1) < 1e-15)
        #expect(TopModel.logistic.loss(opened, labels: [0, 0, 1, 1, 1]).isFinite)
        #expect(TopModel.logistic.loss(opened, labels: [1, 1, 1, 0, 0]) > 400)
    }

    @Test func largeGradientsAreClippedToWhatCanBeEncoded() throws {
        let steep = Matrix(rows: 1, columns: 1, elements: [100.0])
        let zero = Matrix(rows: 1, columns: 1, elements: [0.0])
        var model = TopModel.mlp(layers: [
            DenseLayer(weights: steep, bias: zero), DenseLayer(weights: steep, bias: zero),
        ])
        let step = try model.descend(
            Matrix(rows: 2, columns: 1, elements: [0.00001, 0.00001]), labels: [0, 1], SGD(rate: 0.1))
        #expect(step.gradient.elements == [TopModel.gradientBound, -TopModel.gradientBound])
        #expect((TopModel.gradientBound * 0x1p20).rounded(.toNearestOrEven) == 0x1p22 - 1)
    }

    @Test(arguments: models)
    func divergenceIsAnErrorAndLeavesTheModel(model: TopModel) {
        for value in [Double.nan, .infinity] {
            var moved = model
            let opened = Matrix(rows: 12, columns: model.width, repeating: value)
            #expect(throws: ModelsError.diverged) { try moved.descend(opened, labels: classes, SGD(rate: 0.1)) }
            #expect(moved == model)
        }
    }

    @Test(arguments: models)
    func savedAndLoadedItContinuesAlike(model: TopModel) throws {
        var model = model
        let opened = try uniform(12, model.width, bound: 2, seed: 9)
        let optimizer = SGD(rate: 0.1, momentum: 0.9)
        _ = try model.descend(opened, labels: classes, optimizer)
        var loaded = try JSONDecoder().decode(TopModel.self, from: try JSONEncoder().encode(model))
        #expect(loaded == model)
        #expect(
            try loaded.descend(opened, labels: classes, optimizer) == model.descend(opened, labels: classes, optimizer))
        #expect(loaded == model)
    }

    @Test func initialWeightsFollowTheStream() throws {
        let model = try TopModel.mlp(width: 2, hidden: [16, 8], from: Initializer(bytes: stream(1)))
        #expect(model == (try TopModel.mlp(width: 2, hidden: [16, 8], from: Initializer(bytes: stream(1)))))
        #expect(model != (try TopModel.mlp(width: 2, hidden: [16, 8], from: Initializer(bytes: stream(2)))))
        guard case .mlp(let layers) = model else { return }
        #expect(layers.map { $0.weights.values.rows } == [2, 16, 8])
        #expect(layers.map { $0.bias.values.columns } == [16, 8, 1])
        #expect(layers[0].weights.values.elements.allSatisfy { abs($0) <= 3.0.squareRoot() })
        #expect(layers[2].weights.values.elements.allSatisfy { abs($0) <= (3.0 / 8).squareRoot() })
    }
}
