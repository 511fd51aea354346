import Arithmetic
import Foundation
import Models
import Testing

@Suite struct TopModelTests {
    @Test(arguments: ModelCase.all) func predictsAsTheReference(of given: ModelCase) throws {
        let model = try given.model(.init(.sgd, rate: 0.1))
        let (z, own) = (try given.z(), try given.own())
        let predictions = model.predict(z: z, own: own)
        let expected = Reference(model).predictions(z, own)
        #expect(distance(predictions, expected) < 1e-6 * (1 + (expected.elements.max() ?? 0)))
        #expect(Set(predictions.elements).count > 1)
        #expect(model.predict(z: z, own: own) == predictions)
    }

    /// dZ and every parameter's step, by differences of the reference's loss.
    @Test(arguments: ModelCase.all) func oneStepFollowsTheDerivatives(of given: ModelCase) throws {
        let rate = 0.5
        var model = try given.model(.init(.sgd, rate: rate))
        let before = Reference(model)
        let (z, own, targets) = (try given.z(), try given.own(), given.targets)
        let step = try model.descend(z: z, own: own, targets: targets)
        #expect(abs(step.loss - before.loss(z, own, targets) / Double(ModelCase.rows)) < 1e-5)
        let dZ = numericalGradient(at: z) { before.loss($0, own, targets) }
        let bound = TopModel.gradientBound
        #expect(distance(step.gradient, dZ.map { min(max($0, -bound), bound) }) < 1e-5)
        #expect(dZ.elements.contains { abs($0) > 0.1 })
        #expect((step.byBeside == nil) == (given.architecture.beside == nil))
        if let byBeside = step.byBeside, let own {
            let expected = numericalGradient(at: own) { before.loss(z, $0, targets) }
            #expect(distance(byBeside, expected) < 1e-5)
            #expect(expected.elements.contains { abs($0) > 0.01 })
        }

        let after = Reference(model)
        #expect(after.tensors.count == before.tensors.count)
        for (name, tensor) in before.tensors {
            let gradient = numericalGradient(at: tensor) { changed in
                var reference = before
                reference.tensors[name] = changed
                return reference.loss(z, own, targets) / Double(ModelCase.rows)
            }
            let expected = Matrix(
                rows: tensor.rows, columns: tensor.columns,
                elements: zip(tensor.elements, gradient.elements).map { $0 - rate * $1 })
            #expect(distance(try #require(after.tensors[name]), expected) < 1e-5, "\(name)")
        }
    }

    /// What dZ is divided by, so that a heavy row's can be encoded, is nothing to who computes beside Z in the clear; weights are.
    @Test func theDerivativeByWhatStandsBesideIsNotDivided() throws {
        let given = try #require(ModelCase.all.first { $0.architecture.beside != nil })
        let (z, own) = (try given.z(), try #require(try given.own()))
        let weights = (0..<ModelCase.rows).map { Double($0 % 3) }
        var (one, other) = (try given.model(.init(.sgd, rate: 0.1)), try given.model(.init(.sgd, rate: 0.1)))
        let plain = try one.descend(z: z, own: own, targets: given.targets)
        let step = try other.descend(z: z, own: own, targets: given.targets, weights: weights, dividingBy: 16)
        let (byOwn, weighted) = (try #require(plain.byBeside), try #require(step.byBeside))
        for row in 0..<ModelCase.rows {
            for column in 0..<own.columns {
                #expect(abs(weighted[row, column] - weights[row] * byOwn[row, column]) < 1e-6)
            }
        }
    }

    /// By hand: Z = 0 and a bias of 0 give 1/2 each; dZ = 1/2 - label, whose mean moves the bias.
    @Test func logisticRegressionByHand() throws {
        var model = try TopModel(
            Architecture(kind: .logistic, target: .binary, width: 1), optimiser: .init(.sgd, rate: 2),
            from: initializer(1))
        let step = try model.descend(z: Matrix(rows: 4, columns: 1, repeating: 0), targets: [1, 1, 0, 1])
        #expect(abs(step.loss - log(2)) < 1e-7)
        #expect(step.gradient.elements == [-0.5, -0.5, 0.5, -0.5])
        #expect(model.parameters.entries[0].values == [0.5])
        let probability = model.predict(z: Matrix(rows: 1, columns: 1, elements: [-0.5]))
        #expect(probability.elements == [0.5])
    }

    /// By hand: a Poisson regression that starts at the mean count is right on average, and stays.
    @Test func aFirstBiasIsWhereTheCallerWantsIt() throws {
        let counts = [0.0, 1, 7, 4]
        var model = try TopModel(
            Architecture(kind: .poisson, target: .count, width: 1), optimiser: .init(.sgd, rate: 1),
            outputBias: [log(3)], from: initializer(1))
        let z = Matrix(rows: 4, columns: 1, repeating: 0.0)
        let step = try model.descend(z: z, targets: counts)
        #expect(distance(step.gradient, Matrix(rows: 4, columns: 1, elements: [3, 2, -4 + 0x1p-20, -1])) < 1e-6)
        #expect(model.predict(z: z).elements.allSatisfy { abs($0 - 3) < 1e-6 })
    }

    @Test func scoresNearTheEndsStayApartAndFinite() throws {
        let logistic = try TopModel(
            Architecture(kind: .logistic, target: .binary, width: 1), optimiser: .init(.sgd, rate: 1),
            from: initializer(1))
        let scores = logistic.predict(z: Matrix(rows: 7, columns: 1, elements: [-1000.0, -1, 0, 1, 20, 21, 1000]))
        #expect(scores.elements.first == 0 && scores[2, 0] == 0.5 && scores[6, 0] == 1)
        #expect(abs(scores[1, 0] - 0.2689414213699951) < 1e-15)
        #expect(scores[4, 0] < scores[5, 0] && scores[5, 0] < 1, "Float32 has no numbers between these and 1")

        let poisson = try TopModel(
            Architecture(kind: .poisson, target: .count, width: 1), optimiser: .init(.sgd, rate: 1),
            from: initializer(1))
        #expect(poisson.predict(z: Matrix(rows: 1, columns: 1, elements: [1e6])).elements[0].isFinite)
        #expect(poisson.predict(z: Matrix(rows: 0, columns: 1, elements: [])).rows == 0)
    }

    @Test func largeDerivativesAreClippedToWhatCanBeEncoded() throws {
        var model = try TopModel(
            Architecture(kind: .linear, target: .number, width: 1), optimiser: .init(.sgd, rate: 1e-3),
            from: initializer(1))
        let step = try model.descend(
            z: Matrix(rows: 3, columns: 1, elements: [10.0, -10, 3]), targets: [0, 0, 0])
        #expect(step.gradient.elements == [TopModel.gradientBound, -TopModel.gradientBound, 3])
        #expect((TopModel.gradientBound * 0x1p20).rounded(.toNearestOrEven) == 0x1p22 - 1)
    }

    @Test(arguments: ModelCase.all) func divergenceIsAnErrorAndLeavesTheModel(of given: ModelCase) throws {
        let model = try given.model(.init(.adam, rate: 0.1))
        for value in [Double.nan, .infinity, 1e300] {
            var moved = model
            var z = try given.z()
            z[ModelCase.rows - 1, 0] = value
            let own = try given.own()
            #expect(throws: ModelsError.diverged) { try moved.descend(z: z, own: own, targets: given.targets) }
            #expect(moved.parameters == model.parameters)
        }
    }

    /// A rate that throws a parameter out of Float32's range.
    @Test func aParameterThatIsNotFiniteIsDivergence() throws {
        var model = try TopModel(
            Architecture(kind: .linear, target: .number, width: 1), optimiser: .init(.sgd, rate: 1e38),
            from: initializer(1))
        #expect(throws: ModelsError.diverged) {
            try model.descend(z: Matrix(rows: 1, columns: 1, elements: [100.0]), targets: [0])
        }
        #expect(model.parameters.entries[0].values == [0])
    }

    @Test func batchesOfManySizesAndCopiesDoNotDisturbEachOther() throws {
        let given = ModelCase.all[4]
        var (one, other) = (try given.model(.init(.adam, rate: 0.1)), try given.model(.init(.adam, rate: 0.1)))
        let z = try uniform(40, given.architecture.width, bound: 1, seed: 4)
        func batch(_ rows: Int) -> (Matrix<Double>, [Double]) {
            (
                Matrix(rows: rows, columns: z.columns, elements: Array(z.elements.prefix(rows * z.columns))),
                (0..<rows).map { Double($0 % 2) }
            )
        }
        for rows in Array(1...20) + [3, 4, 3] {
            let (z, targets) = batch(rows)
            let copy = one
            let step = try one.descend(z: z, targets: targets)
            var again = copy
            #expect(try again.descend(z: z, targets: targets) == step)
            #expect(try other.descend(z: z, targets: targets) == step)
            #expect(again.parameters == one.parameters && copy.parameters != one.parameters)
            _ = other.predict(z: z)
        }
        #expect(other.parameters == one.parameters)
    }
}
