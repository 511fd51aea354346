import Arithmetic
import Foundation
import Models
import Testing

@Suite struct ArchitectureTests {
    @Test(arguments: ModelCase.all) func whatIsTestedIsAModel(given: ModelCase) throws {
        #expect(given.architecture.problems.isEmpty)
        let text = try JSONEncoder().encode(given.architecture)
        #expect(try JSONDecoder().decode(Architecture.self, from: text) == given.architecture)
    }

    @Test(arguments: [
        Architecture(kind: .logistic, target: .binary, width: 2),
        Architecture(kind: .logistic, target: .count, width: 1),
        Architecture(kind: .logistic, target: .binary, width: 1, hidden: [2]),
        Architecture(
            kind: .logistic, target: .binary, width: 1, tower: .init(inputs: 1, hidden: [], outputs: 1)),
        Architecture(kind: .multinomial, target: .classes, classes: 3, width: 2),
        Architecture(kind: .multinomial, target: .classes, classes: 1, width: 1),
        Architecture(kind: .linear, target: .number, classes: 2, width: 2),
        Architecture(kind: .poisson, target: .count, width: 1, vector: 1),
        Architecture(kind: .mlp, target: .binary, width: 0, hidden: [2]),
        Architecture(kind: .mlp, target: .binary, width: 2, hidden: []),
        Architecture(kind: .mlp, target: .binary, width: 2, hidden: [0]),
        Architecture(
            kind: .mlp, target: .binary, width: 2, hidden: [2], tower: .init(inputs: 0, hidden: [], outputs: 1)),
        Architecture(kind: .poisson, target: .count, width: 1, beside: 2),
        Architecture(kind: .mlp, target: .binary, width: 2, hidden: [2], beside: 0),
        Architecture(
            kind: .mlp, target: .binary, width: 2, hidden: [2], tower: .init(inputs: 1, hidden: [], outputs: 1),
            beside: 1),
        Architecture(kind: .wideDeep, target: .binary, width: 1, hidden: [2]),
        Architecture(kind: .wideDeep, target: .classes, classes: 4, width: 4, hidden: [2]),
        Architecture(kind: .dlrm, target: .binary, width: 4, hidden: [2]),
        Architecture(kind: .dlrm, target: .binary, width: 4, vector: 4, hidden: [2]),
        Architecture(kind: .dlrm, target: .binary, width: 5, vector: 2, hidden: [2]),
    ]) func whatIsNoModelIsSaidAndRefused(architecture: Architecture) {
        let problems = architecture.problems
        #expect(problems.count == 1)
        #expect(throws: ModelsError.noModel(problems: problems)) {
            try TopModel(architecture, optimiser: .init(.sgd, rate: 0.1), from: initializer(1))
        }
    }

    @Test(arguments: [
        LocalOptimiser(.sgd, rate: 0), LocalOptimiser(.sgd, rate: .infinity), LocalOptimiser(.sgd, rate: .nan),
        LocalOptimiser(.sgd, rate: 1, momentum: 1), LocalOptimiser(.sgd, rate: 1, momentum: -0.1),
        LocalOptimiser(.adam, rate: 1, momentum: 0.9),
    ]) func whatIsNoOptimiserIsSaidAndRefused(optimiser: LocalOptimiser) {
        #expect(optimiser.problems.count == 1)
        #expect(throws: ModelsError.noModel(problems: optimiser.problems)) {
            try TopModel(
                Architecture(kind: .logistic, target: .binary, width: 1), optimiser: optimiser, from: initializer(1))
        }
    }

    @Test func firstWeightsFollowTheStream() throws {
        let architecture = Architecture(
            kind: .mlp, target: .binary, width: 2, hidden: [16, 8], tower: .init(inputs: 6, hidden: [5], outputs: 4))
        func parameters(_ seed: UInt64) throws -> ModelParameters {
            try TopModel(architecture, optimiser: .init(.sgd, rate: 0.1), from: initializer(seed)).parameters
        }
        let first = try parameters(1)
        #expect(try first == parameters(1))
        #expect(try first != parameters(2))
        let shapes = [[6, 5], [5], [5, 4], [4], [6, 16], [16], [16, 8], [8], [8, 1], [1]]
        #expect(first.entries.map(\.shape) == shapes)
        // The variance of a uniform value in ±b is b²/3: 2 / inputs before a ReLU, else 1 / inputs.
        for (index, bound) in [(0, 1.0), (2, (3.0 / 5).squareRoot()), (4, 1.0), (8, (3.0 / 8).squareRoot())] {
            let largest = first.entries[index].values.map { Double(abs($0)) }.max() ?? 0
            #expect(largest <= bound * (1 + 1e-7) && largest > bound / 2)
        }
        #expect(first.entries.allSatisfy { $0.shape.count == 2 || $0.values.allSatisfy { $0 == 0 } })
    }
}
