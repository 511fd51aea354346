import Arithmetic
import Foundation
import Models
import Testing

@Suite struct AutoencoderTests {
    /// Six columns that are functions of two.
    private func rows(_ count: Int, seed: UInt64) throws -> Matrix<Double> {
        let hidden = try uniform(count, 2, bound: 1, seed: seed)
        return Matrix(
            rows: count, columns: 6,
            elements: (0..<count).flatMap { row in
                let (x, y) = (hidden[row, 0], hidden[row, 1])
                return [x, y, x + y, x - y, 2 * abs(x) - 1, max(x, y)]
            })
    }

    private let tower = Architecture.Tower(inputs: 6, hidden: [12], outputs: 2)

    private func error(_ rows: Matrix<Double>, _ other: Matrix<Double>) -> Double {
        zip(rows.elements, other.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            / Double(rows.elements.count)
    }

    /// Each column's mean in every row: what reconstructs best without looking.
    private func means(of rows: Matrix<Double>) -> Matrix<Double> {
        let means = (0..<rows.columns).map { column in
            (0..<rows.rows).reduce(0) { $0 + rows[$1, column] } / Double(rows.rows)
        }
        return Matrix(
            rows: rows.rows, columns: rows.columns, elements: (0..<rows.rows).flatMap { _ in means })
    }

    @Test func whatItGivesBackIsMuchCloserThanTheMean() throws {
        let (training, fresh) = (try rows(600, seed: 1), try rows(200, seed: 2))
        let stream = initializer(3)
        var autoencoder = try Autoencoder(tower, rate: 0.01, from: stream)
        let errors = try autoencoder.learn(training, epochs: 60, batch: 64, from: stream)
        #expect(errors.count == 60 && errors[59] < errors[0] / 5)
        #expect(abs(errors[59] - error(training, autoencoder.reconstruct(training))) < errors[59] / 2)
        let best = error(fresh, means(of: training))
        #expect(error(fresh, autoencoder.reconstruct(fresh)) < best / 10)
    }

    @Test func theSameStreamGivesTheSameTower() throws {
        let rows = try rows(100, seed: 4)
        func train(_ seed: UInt64) throws -> FrozenTower {
            let stream = initializer(seed)
            var autoencoder = try Autoencoder(tower, from: stream)
            try autoencoder.learn(rows, epochs: 3, batch: 30, from: stream)
            return autoencoder.frozen(over: rows)
        }
        let first = try train(5)
        #expect(try train(5) == first)
        #expect(try train(5)(rows) == first(rows))
        #expect(try train(6)(rows) != first(rows))
    }

    /// 2,500 rows are more than one block.
    @Test func frozenOutputsAreStandardisedAndStayBelowEight() throws {
        let rows = try rows(2500, seed: 7)
        let stream = initializer(8)
        var autoencoder = try Autoencoder(tower, from: stream)
        try autoencoder.learn(rows, epochs: 1, from: stream)
        let frozen = autoencoder.frozen(over: rows)
        let outputs = frozen(rows)
        #expect((outputs.rows, outputs.columns) == (2500, 2))
        for column in 0..<2 {
            let values = (0..<2500).map { outputs[$0, column] }
            let mean = values.reduce(0, +) / 2500
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2500
            #expect(abs(mean) < 1e-9 && abs(variance - 1) < 1e-9)
        }
        // A row gives the same by itself as among others, but for the order of sums.
        let last = Matrix(rows: 1, columns: 6, elements: Array(rows.row(2499)))
        #expect(distance(frozen(last), Matrix(rows: 1, columns: 2, elements: Array(outputs.row(2499)))) < 1e-5)

        let far = frozen(rows.map { 1000 * $0 })
        #expect(far.elements.allSatisfy { abs($0) <= FrozenTower.bound })
        #expect(far.elements.contains(FrozenTower.bound) && far.elements.contains(-FrozenTower.bound))
        #expect((FrozenTower.bound * 0x1p20).rounded(.toNearestOrEven) == 0x1p23 - 1)
        #expect(frozen(Matrix(rows: 0, columns: 6, elements: [])).rows == 0)
    }

    @Test func outputsThatDoNotVaryAreZero() throws {
        let same = Matrix(rows: 50, columns: 6, repeating: 0.5)
        let frozen = try Autoencoder(tower, from: initializer(9)).frozen(over: same)
        #expect(frozen(same).elements.allSatisfy { $0 == 0 })
    }

    @Test func savedAndLoadedAFrozenTowerGivesTheSameBits() throws {
        let rows = try rows(50, seed: 10)
        let frozen = try Autoencoder(tower, from: initializer(11)).frozen(over: rows)
        let text = String(decoding: try JSONEncoder().encode(frozen), as: UTF8.self)
        func decode(_ text: String) throws -> FrozenTower {
            try JSONDecoder().decode(FrozenTower.self, from: Data(text.utf8))
        }
        #expect(try decode(text) == frozen)
        #expect(try decode(text)(rows) == frozen(rows))
        for (old, new) in [(#""hidden":[12]"#, #""hidden":[13]"#), (#""outputs":2"#, #""outputs":3"#)] {
            #expect(text.contains(old))
            #expect(throws: DecodingError.self) { try decode(text.replacingOccurrences(of: old, with: new)) }
        }
    }

    @Test func whatIsNoTowerIsRefused() {
        let none = Architecture.Tower(inputs: 3, hidden: [0], outputs: 1)
        #expect(none.problems.count == 1)
        #expect(throws: ModelsError.noModel(problems: none.problems)) { try Autoencoder(none, from: initializer(1)) }
        #expect(throws: ModelsError.noModel(problems: none.problems)) {
            try TrainedTower(none, optimiser: .init(.sgd, rate: 0.1), from: initializer(1))
        }
    }

    @Test func anInputThatIsNotFiniteIsDivergence() throws {
        var rows = try rows(10, seed: 12)
        rows[3, 2] = .nan
        var autoencoder = try Autoencoder(tower, from: initializer(13))
        let before = autoencoder.reconstruct(try self.rows(5, seed: 14))
        #expect(throws: ModelsError.diverged) {
            try autoencoder.learn(rows, epochs: 1, batch: 10, from: initializer(13))
        }
        #expect(try autoencoder.reconstruct(self.rows(5, seed: 14)) == before)
    }
}

@Suite struct TrainedTowerTests {
    private let tower = Architecture.Tower(inputs: 3, hidden: [5], outputs: 2)

    private func dot(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Double {
        zip(left.elements, right.elements).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Each parameter by differences of the weighted outputs.
    @Test func itDescendsAlongTheDerivativeByItsOutputs() throws {
        let optimiser = LocalOptimiser(.sgd, rate: 0.5)
        var model = try TrainedTower(tower, optimiser: optimiser, from: initializer(1))
        let (rows, gradient) = (try uniform(6, 3, bound: 1, seed: 2), try uniform(6, 2, bound: 1, seed: 3))
        let before = model.parameters
        try model.descend(rows, gradient: gradient)
        for (index, entry) in before.entries.enumerated() {
            for place in entry.values.indices {
                // Float32 outputs: differences of 1/64 are exact in the parameter and coarse enough for the outputs.
                func value(_ difference: Float) throws -> Double {
                    var values = entry.values
                    values[place] += difference
                    var entries = before.entries
                    entries[index] = .init(name: entry.name, shape: entry.shape, values: values)
                    let moved = try TrainedTower(
                        tower, parameters: ModelParameters(entries: entries), optimiser: optimiser)
                    return dot(moved(rows), gradient)
                }
                let derivative = try (value(0x1p-8) - value(-0x1p-8)) / 0x1p-7
                let step = Double(model.parameters.entries[index].values[place] - entry.values[place])
                #expect(abs(step + 0.5 / 6 * derivative) < 1e-3, "\(entry.name) \(place)")
            }
        }
        #expect(model.parameters != before)
    }

    @Test func itLearnsThroughASourceLayerInTheClear() throws {
        // |x| is no linear function of x: the source layer needs the tower for it.
        let rows = try uniform(100, 3, bound: 1, seed: 4)
        let targets = (0..<100).map { 2 * abs(rows[$0, 0]) - 1 }
        func train(learning: Bool) throws -> Double {
            var tower = try TrainedTower(tower, optimiser: .init(.adam, rate: 0.02), from: initializer(5))
            var source = PlainSource(
                linear: try LinearSource(columns: 5, width: 1, deviation: 0.3, from: initializer(6)))
            var top = try TopModel(
                Architecture(kind: .linear, target: .number, width: 1), optimiser: .init(.sgd, rate: 0.1),
                from: initializer(7))
            var loss = Double.infinity
            for _ in 0..<300 {
                let outputs = tower(rows)
                let batch = SourceRows(
                    numbers: SparseMatrix(
                        Matrix(
                            rows: 100, columns: 5,
                            elements: (0..<100).flatMap { Array(rows.row($0)) + Array(outputs.row($0)) })))
                let step = try top.descend(z: source(batch), targets: targets)
                if learning {
                    try tower.descend(rows, gradient: source.gradient(byLast: 2, dZ: step.gradient))
                }
                source.descend(batch, gradient: step.gradient, by: SourceDescent(rate: 0.1, momentum: 0.5))
                loss = step.loss
            }
            return loss
        }
        let (learned, fixed) = (try train(learning: true), try train(learning: false))
        #expect(learned < fixed / 4, "\(learned), with a tower that stays \(fixed)")
    }

    @Test func savedAndRestoredItGoesOnAlike() throws {
        let optimiser = LocalOptimiser(.adam, rate: 0.02)
        var model = try TrainedTower(tower, optimiser: optimiser, from: initializer(8))
        let (rows, gradient) = (try uniform(6, 3, bound: 1, seed: 9), try uniform(6, 2, bound: 1, seed: 10))
        try model.descend(rows, gradient: gradient)
        let text = try JSONEncoder().encode(model.parameters)
        let saved = try JSONDecoder().decode(ModelParameters.self, from: text)
        var restored = try TrainedTower(tower, parameters: saved, optimiser: optimiser)
        #expect(restored(rows) == model(rows))
        try restored.descend(rows, gradient: gradient)
        try model.descend(rows, gradient: gradient)
        #expect(restored.parameters == model.parameters)
        var other = tower
        other.hidden = [6]
        #expect(throws: ModelsError.self) { try TrainedTower(other, parameters: saved, optimiser: optimiser) }
    }

    @Test func aDerivativeThatIsNotFiniteIsDivergence() throws {
        var model = try TrainedTower(tower, optimiser: .init(.sgd, rate: 0.1), from: initializer(11))
        let before = model.parameters
        #expect(throws: ModelsError.diverged) {
            try model.descend(
                Matrix(rows: 1, columns: 3, repeating: 1), gradient: Matrix(rows: 1, columns: 2, repeating: .nan))
        }
        #expect(model.parameters == before)
    }
}
