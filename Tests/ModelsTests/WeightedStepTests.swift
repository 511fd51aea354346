import Arithmetic
import Models
import Testing

/// Steps in which rows have weights, as local updates take them.
@Suite struct WeightedStepTests {
    private static let weights = [0.25, 1, 0, 0.5, 0.125, 1, 0.75]

    private func step(_ model: inout TopModel, _ given: ModelCase, _ weights: [Double]?) throws -> TopModel.Step {
        try model.descend(z: given.z(), own: given.own(), targets: given.targets, weights: weights)
    }

    /// Where each parameter is after one step, one after the other.
    private func parameters(_ given: ModelCase, _ weights: [Double]?) throws -> [Float] {
        var model = try given.model(.init(.sgd, rate: 0.5))
        _ = try step(&model, given, weights)
        return model.parameters.entries.flatMap(\.values)
    }

    @Test(arguments: ModelCase.all) func theDerivativeOfARowIsWeighted(of given: ModelCase) throws {
        let model = try given.model(.init(.sgd, rate: 0.5))
        let derivative = try model.derivative(z: given.z(), own: given.own(), targets: given.targets)
        var (plain, weighted) = (model, model)
        #expect(try step(&plain, given, nil).gradient == derivative)
        let gradient = try step(&weighted, given, Self.weights).gradient
        // A derivative that is clipped was larger before its weight.
        for row in 0..<ModelCase.rows where derivative.row(row).allSatisfy({ abs($0) < TopModel.gradientBound }) {
            for column in 0..<derivative.columns {
                #expect(abs(gradient[row, column] - Self.weights[row] * derivative[row, column]) < 1e-6)
            }
        }
    }

    /// Steps of weights that add up to one are, together, a step without weights.
    @Test(arguments: ModelCase.all) func stepsAreLinearInTheWeights(of given: ModelCase) throws {
        let start = try given.model(.init(.sgd, rate: 0.5)).parameters.entries.flatMap(\.values)
        let whole = try parameters(given, nil)
        let (one, other) = (try parameters(given, Self.weights), try parameters(given, Self.weights.map { 1 - $0 }))
        #expect(zip(one, start).contains { abs($0 - $1) > 1e-4 } && zip(other, start).contains { abs($0 - $1) > 1e-4 })
        for index in start.indices {
            let sum = one[index] - start[index] + other[index] - start[index]
            #expect(abs(sum - (whole[index] - start[index])) < 2e-5, "parameter \(index)")
        }
    }

    @Test(arguments: ModelCase.all) func rowsWithoutWeightDoNotCount(of given: ModelCase) throws {
        let start = try given.model(.init(.sgd, rate: 0.5)).parameters.entries.flatMap(\.values)
        #expect(try parameters(given, Array(repeating: 0, count: ModelCase.rows)) == start)
        let ones = try parameters(given, Array(repeating: 1, count: ModelCase.rows))
        #expect(zip(ones, try parameters(given, nil)).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
