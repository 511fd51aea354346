import Arithmetic
import Foundation
import Models
import Testing

@Suite struct ModelParametersTests {
    private static let optimisers = [
        LocalOptimiser(.sgd, rate: 0.1, momentum: 0.9), LocalOptimiser(.adagrad, rate: 0.1),
        LocalOptimiser(.adam, rate: 0.01),
    ]

    private func saved(_ parameters: ModelParameters) throws -> ModelParameters {
        try JSONDecoder().decode(ModelParameters.self, from: try JSONEncoder().encode(parameters))
    }

    @Test(arguments: ModelCase.all, optimisers)
    func savedAndRestoredAModelPredictsAndLearnsAlike(given: ModelCase, optimiser: LocalOptimiser) throws {
        var model = try given.model(optimiser)
        let (z, own) = (try given.z(), try given.own())
        for _ in 0..<3 { _ = try model.descend(z: z, own: own, targets: given.targets) }
        var restored = try TopModel(
            given.architecture, parameters: try saved(model.parameters), optimiser: optimiser)
        #expect(restored.parameters == model.parameters)
        #expect(restored.predict(z: z, own: own) == model.predict(z: z, own: own))
        let scoring = try TopModel(
            given.architecture, parameters: try saved(model.parameters.atRest), optimiser: optimiser)
        #expect(scoring.predict(z: z, own: own) == model.predict(z: z, own: own))
        #expect(
            try restored.descend(z: z, own: own, targets: given.targets)
                == model.descend(z: z, own: own, targets: given.targets))
        #expect(restored.parameters == model.parameters)
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let architecture = Architecture(kind: .mlp, target: .binary, width: 2, hidden: [3])
        let optimiser = LocalOptimiser(.sgd, rate: 0.1)
        var model = try TopModel(architecture, optimiser: optimiser, from: initializer(1))
        let entries = model.parameters.entries
        func isRefused(
            _ parameters: ModelParameters, _ architecture: Architecture = architecture,
            _ optimiser: LocalOptimiser = optimiser
        ) -> Bool {
            do {
                _ = try TopModel(architecture, parameters: parameters, optimiser: optimiser)
                return false
            } catch {
                if case .parameters = error { return true }
                return false
            }
        }
        func changed(_ index: Int, _ name: String, _ shape: [Int], _ values: [Float]) -> ModelParameters {
            var changed = entries
            changed[index] = .init(name: name, shape: shape, values: values)
            return ModelParameters(entries: changed)
        }
        #expect(!isRefused(model.parameters))
        let weights = entries[0]
        #expect(isRefused(changed(0, "other", weights.shape, weights.values)))
        #expect(isRefused(changed(0, weights.name, [3, 2], weights.values)))
        #expect(isRefused(changed(0, weights.name, [2, 3], weights.values.dropLast())))
        #expect(isRefused(changed(0, weights.name, [-2, -3], weights.values)))
        #expect(isRefused(changed(0, weights.name, [.max, 2], weights.values)))
        #expect(isRefused(changed(0, weights.name, weights.shape, weights.values.map { _ in .nan })))
        #expect(isRefused(ModelParameters(entries: entries.dropLast())))
        #expect(isRefused(ModelParameters(entries: entries.reversed())))
        #expect(isRefused(model.parameters, Architecture(kind: .mlp, target: .binary, width: 2, hidden: [4])))
        #expect(isRefused(model.parameters, Architecture(kind: .logistic, target: .binary, width: 1)))

        _ = try model.descend(z: points, targets: labels)
        #expect(!isRefused(model.parameters))
        #expect(isRefused(model.parameters, architecture, .init(.adam, rate: 0.1)))
        #expect(!isRefused(model.parameters.atRest, architecture, .init(.adam, rate: 0.1)))
    }
}
