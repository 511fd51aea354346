import Arithmetic
import Foundation
import Models
import Testing

@Suite struct SourceTests {
    private let lookups = Matrix(rows: 5, columns: 2, elements: [0, 3, 1, 4, 0, 4, 2, 4, 0, 3])

    private func embedding() throws -> EmbeddingSource {
        try EmbeddingSource(tableRows: 6, fields: 2, dimension: 3, width: 2, from: initializer(1))
    }

    private func scaled(_ matrix: Matrix<Double>, _ factor: Double) -> Matrix<Double> { matrix.map { factor * $0 } }

    private func sum(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Matrix<Double> {
        Matrix(rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(+))
    }

    private func dot(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Double {
        zip(left.elements, right.elements).reduce(0) { $0 + $1.0 * $1.1 }
    }

    // MARK: - Linear

    /// Two steps by hand: velocity 4, then 0.5 x 4 + 2 = 4; values 1 - 0.1 / 2 x 4 = 0.8, then 0.6.
    @Test func momentumAndBatchEnterWhereTheProtocolsSay() {
        var layer = LinearSource(weights: Matrix(rows: 1, columns: 1, elements: [1.0]))
        let descent = SourceDescent(rate: 0.1, momentum: 0.5)
        let batch = SparseMatrix(Matrix(rows: 2, columns: 1, elements: [1.0, 1]))
        layer.descend(batch, gradient: Matrix(rows: 2, columns: 1, elements: [3.0, 1]), by: descent)
        #expect(abs(layer.weights.values[0, 0] - 0.8) < 1e-15)
        layer.descend(batch, gradient: Matrix(rows: 2, columns: 1, elements: [1.0, 1]), by: descent)
        #expect(abs(layer.weights.values[0, 0] - 0.6) < 1e-15)
    }

    @Test(arguments: [0, 0.9]) func aLinearLayerIsAProductAndDescendsItsGradient(momentum: Double) throws {
        let x = points.map { abs($0) < 0.5 ? 0 : $0 }
        let sparse = SparseMatrix(x)
        #expect(sparse.storedCount < x.elements.count)
        var layer = try LinearSource(columns: 2, width: 3, deviation: 0.5, from: initializer(2))
        var (weights, velocity) = (layer.weights.values, Matrix(rows: 2, columns: 3, repeating: 0.0))
        for round in 0..<5 {
            #expect(distance(layer(sparse), product(x, weights)) < 1e-14)
            let dZ = try uniform(12, 3, bound: 1, seed: UInt64(round))
            #expect(
                distance(layer.gradient(by: 1..<2, dZ: dZ), product(dZ, weights.transposed()).columns(1..<2)) < 1e-14)
            layer.descend(sparse, gradient: dZ, by: SourceDescent(rate: 0.3, momentum: momentum))
            velocity = sum(scaled(velocity, momentum), product(x.transposed(), dZ))
            weights = sum(weights, scaled(velocity, -0.3 / 12))
            #expect(distance(layer.weights.values, weights) < 1e-14)
        }
    }

    @Test func columnsThatABatchDoesNotTouchRestWithoutMomentum() throws {
        let first = try LinearSource(columns: 4, width: 2, deviation: 1, from: initializer(3))
        let batch = SparseMatrix<Double>(columns: 4, rows: [[.init(1, 2)], [.init(1, 1), .init(3, 1)]])
        var moved = first
        moved.descend(batch, gradient: Matrix(rows: 2, columns: 2, repeating: 1), by: SourceDescent(rate: 0.1))
        for row in 0..<4 {
            let (before, after) = (first.weights.values.row(row), moved.weights.values.row(row))
            #expect((before == after) == [0, 2].contains(row))
        }
    }

    // MARK: - Embedding

    @Test func anEmbeddingIsAProductOfOneHotColumnsByTablesTimesWeights() throws {
        let source = try embedding()
        let (tables, weights) = (source.tables.values, source.weights.values)
        // One-hot columns of each field over all table rows; of each, that field's rows of the weights.
        var (oneHot, combined) = (Matrix(rows: 5, columns: 12, repeating: 0.0), [Double]())
        for field in 0..<2 {
            for row in 0..<5 { oneHot[row, field * 6 + lookups[row, field]] = 1 }
            let part = Matrix(
                rows: 3, columns: 2, elements: (0..<3).flatMap { Array(weights.row(field * 3 + $0)) })
            combined += product(tables, part).elements
        }
        let linear = LinearSource(weights: Matrix(rows: 12, columns: 2, elements: combined))
        #expect(distance(source(lookups), linear(SparseMatrix(oneHot))) < 1e-15)
        #expect(source(lookups).elements.allSatisfy { $0 != 0 })
    }

    @Test(arguments: [0, 0.9]) func anEmbeddingDescendsBothGradientsAtTheValuesBeforeTheStep(momentum: Double) throws {
        var source = try embedding()
        let descent = SourceDescent(rate: 0.5, momentum: momentum)
        var velocities = (source.tables.values.map { _ in 0.0 }, source.weights.values.map { _ in 0.0 })
        for round in 0..<3 {
            let (tables, weights) = (source.tables.values, source.weights.values)
            let dZ = try uniform(5, 2, bound: 1, seed: UInt64(10 + round))
            let byTables = numericalGradient(at: tables) {
                dot(EmbeddingSource(tables: $0, weights: weights)(lookups), dZ)
            }
            let byWeights = numericalGradient(at: weights) {
                dot(EmbeddingSource(tables: tables, weights: $0)(lookups), dZ)
            }
            source.descend(lookups, gradient: dZ, by: descent)
            velocities.0 = sum(scaled(velocities.0, momentum), byTables)
            velocities.1 = sum(scaled(velocities.1, momentum), byWeights)
            #expect(distance(source.tables.values, sum(tables, scaled(velocities.0, -0.1))) < 1e-9)
            #expect(distance(source.weights.values, sum(weights, scaled(velocities.1, -0.1))) < 1e-9)
            #expect(source.tables.values.row(5) == tables.row(5), "no lookup names it")
        }
    }

    @Test func firstTablesAndWeightsHaveTheirDeviations() throws {
        let source = try EmbeddingSource(tableRows: 500, fields: 5, dimension: 20, width: 40, from: initializer(4))
        func deviation(_ matrix: Matrix<Double>) -> Double {
            (dot(matrix, matrix) / Double(matrix.elements.count)).squareRoot()
        }
        #expect(abs(deviation(source.tables.values) - 0.1) < 0.003)
        #expect(abs(deviation(source.weights.values) - 0.1) < 0.003)
        let z = source(Matrix(rows: 100, columns: 5, elements: (0..<500).map { $0 }))
        #expect(abs(deviation(z) - 0.1) < 0.01)
    }

    // MARK: - Both

    @Test func aPlainSourceIsTheSumOfItsParts() throws {
        let numbers = SparseMatrix(try uniform(5, 3, bound: 1, seed: 5))
        let linear = try LinearSource(columns: 3, width: 2, deviation: 1, from: initializer(6))
        let embedding = try embedding()
        var source = PlainSource(linear: linear, embedding: embedding)
        let batch = SourceRows(numbers: numbers, lookups: lookups)
        #expect(source(batch) == sum(linear(numbers), embedding(lookups)))
        #expect((source.columns, source.fields, source.width) == (3, 2, 2))

        let dZ = try uniform(5, 2, bound: 1, seed: 7)
        let byLast = source.gradient(byLast: 2, dZ: dZ)
        let byNumbers = product(dZ, linear.weights.values.transposed())
        #expect(distance(byLast, byNumbers.columns(1..<3)) < 1e-15)

        let descent = SourceDescent(rate: 0.1, momentum: 0.9)
        source.descend(batch, gradient: dZ, by: descent)
        var (movedLinear, movedEmbedding) = (linear, embedding)
        movedLinear.descend(numbers, gradient: dZ, by: descent)
        movedEmbedding.descend(lookups, gradient: dZ, by: descent)
        #expect(source == PlainSource(linear: movedLinear, embedding: movedEmbedding))

        let text = try JSONEncoder().encode(source)
        var loaded = try JSONDecoder().decode(PlainSource.self, from: text)
        #expect(loaded == source)
        loaded.descend(batch, gradient: dZ, by: descent)
        source.descend(batch, gradient: dZ, by: descent)
        #expect(loaded == source)
    }

    @Test func aPartyMayHaveCategoriesOnly() throws {
        let embedding = try embedding()
        let source = PlainSource(
            linear: LinearSource(weights: Matrix(rows: 0, columns: 2, elements: [])), embedding: embedding)
        let empty = SparseMatrix<Double>(columns: 0, rows: Array(repeating: [], count: 5))
        #expect(source(SourceRows(numbers: empty, lookups: lookups)) == embedding(lookups))
    }

    @Test(arguments: [
        #"{"rows":2,"columns":2,"values":[1,2,3],"velocity":[]}"#,
        #"{"rows":2,"columns":2,"values":[1,2,3,4],"velocity":[0]}"#,
        #"{"rows":-1,"columns":-1,"values":[1],"velocity":[]}"#,
        #"{"rows":9223372036854775807,"columns":2,"values":[],"velocity":[]}"#,
    ])
    func shapesThatDoNotFitAreRefused(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(TrainedMatrix.self, from: Data(text.utf8)) }
    }

    @Test func partsThatDoNotFitAreRefused() throws {
        func matrix(_ rows: Int, _ columns: Int) -> String {
            let zeros = Array(repeating: "0", count: rows * columns).joined(separator: ",")
            return #"{"rows":\#(rows),"columns":\#(columns),"values":[\#(zeros)],"velocity":[]}"#
        }
        func embedding(_ tables: (Int, Int), _ weights: (Int, Int)) -> String {
            #"{"tables":\#(matrix(tables.0, tables.1)),"weights":\#(matrix(weights.0, weights.1))}"#
        }
        func decodes<Layer: Decodable>(_: Layer.Type, _ text: String) -> Bool {
            (try? JSONDecoder().decode(Layer.self, from: Data(text.utf8))) != nil
        }
        #expect(decodes(EmbeddingSource.self, embedding((4, 2), (6, 1))))
        for (tables, weights) in [((4, 2), (5, 1)), ((4, 2), (0, 1)), ((4, 0), (6, 1))] {
            #expect(!decodes(EmbeddingSource.self, embedding(tables, weights)))
        }
        let linear = #"{"weights":\#(matrix(3, 1))}"#
        #expect(
            decodes(PlainSource.self, #"{"linear":\#(linear),"embedding":\#(embedding((4, 2), (6, 1)))}"#))
        #expect(
            !decodes(PlainSource.self, #"{"linear":\#(linear),"embedding":\#(embedding((4, 2), (6, 2)))}"#))
    }

    @Test func aLookupOutsideTheTablesTraps() async {
        await #expect(processExitsWith: .failure) {
            let source = EmbeddingSource(
                tables: Matrix(rows: 2, columns: 1, repeating: 1), weights: Matrix(rows: 1, columns: 1, repeating: 1))
            _ = source(Matrix(rows: 1, columns: 1, elements: [2]))
        }
    }
}
