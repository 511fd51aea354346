import Arithmetic
import Tensors
import Testing
import Workers

@Suite struct MatrixOperationsTests {
    /// Small integers: their products and sums are exact, so that every order of summation agrees.
    private static func integers(_ rows: Int, _ columns: Int) -> Matrix<Double> {
        Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { Double(($0 * 7919) % 41 - 20) })
    }

    private static func naive(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Matrix<Double> {
        var product = Matrix(rows: left.rows, columns: right.columns, repeating: 0.0)
        for row in 0..<left.rows {
            for column in 0..<right.columns {
                for inner in 0..<left.columns { product[row, column] += left[row, inner] * right[inner, column] }
            }
        }
        return product
    }

    @Test(arguments: [(1, 1, 1), (3, 5, 2), (64, 33, 17), (257, 128, 1), (0, 3, 2), (2, 0, 3), (2, 3, 0)])
    func productsAgreeWithTheDefinition(rows: Int, inner: Int, columns: Int) {
        let left = Self.integers(rows, inner)
        let right = Self.integers(inner, columns)
        let expected = Self.naive(left, right)
        #expect(left.multiplied(by: right) == expected)
        #expect(left.transposed().transposedMultiplied(by: right) == expected)
        #expect(left.multipliedByTransposed(right.transposed()) == expected)
    }

    @Test func aProductIsTheSameOnEveryThread() throws {
        let left = Self.integers(100, 90).map { $0 / 3 }
        let right = Self.integers(90, 80).map { $0 / 7 }
        let once = left.multiplied(by: right)
        let products = try #require(Parallel.map(count: 16) { _ in left.multiplied(by: right) })
        #expect(products.allSatisfy { $0 == once })
    }

    @Test func elementwise() {
        let matrix = Matrix(rows: 2, columns: 2, elements: [1.0, 2, 3, 4])
        #expect(matrix.combined(with: matrix) { $0 * $1 }.elements == [1, 4, 9, 16])
        #expect(matrix.summedRows() == Matrix(rows: 1, columns: 2, elements: [4, 6]))
        let bias = Matrix(rows: 1, columns: 2, elements: [10.0, 20])
        #expect(matrix.addingToEveryRow(bias).elements == [11, 22, 13, 24])
    }

    @Test func shapesThatDoNotFitTrap() async {
        await #expect(processExitsWith: .failure) {
            let matrix = Matrix(rows: 2, columns: 3, repeating: 1.0)
            _ = matrix.multiplied(by: matrix)
        }
        await #expect(processExitsWith: .failure) {
            _ = Matrix(rows: 2, columns: 3, repeating: 1.0)
                .transposedMultiplied(by: Matrix(rows: 3, columns: 2, repeating: 1.0))
        }
    }
}
