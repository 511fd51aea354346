import Arithmetic
import Models

/// A stream of bytes that is the same in every run (Knuth's MMIX generator), for weights and data of tests.
func stream(_ seed: UInt64) -> (Int) -> [UInt8] {
    var state = seed
    return { count in
        (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}

func initializer(_ seed: UInt64) -> Initializer { Initializer(bytes: stream(seed)) }

func uniform(_ rows: Int, _ columns: Int, bound: Double, seed: UInt64) throws -> Matrix<Double> {
    try initializer(seed).uniform(rows: rows, columns: columns, bound: bound)
}

/// The derivative of a function of one matrix, element by element.
func numericalGradient(at matrix: Matrix<Double>, _ function: (Matrix<Double>) -> Double) -> Matrix<Double> {
    let difference = 1e-6
    var gradient = matrix
    for row in 0..<matrix.rows {
        for column in 0..<matrix.columns {
            var (above, below) = (matrix, matrix)
            above[row, column] += difference
            below[row, column] -= difference
            gradient[row, column] = (function(above) - function(below)) / (2 * difference)
        }
    }
    return gradient
}

/// The largest difference between two matrices of one shape; infinite if a shape differs.
func distance(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Double {
    guard left.rows == right.rows && left.columns == right.columns else { return .infinity }
    return zip(left.elements, right.elements).map { abs($0 - $1) }.max() ?? 0
}

/// `left right`, by the definition.
func product(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Matrix<Double> {
    var product = Matrix(rows: left.rows, columns: right.columns, repeating: 0.0)
    for row in 0..<left.rows {
        for column in 0..<right.columns {
            for inner in 0..<left.columns { product[row, column] += left[row, inner] * right[inner, column] }
        }
    }
    return product
}

extension Matrix<Double> {
    /// Some neighbouring columns.
    func columns(_ range: Range<Int>) -> Matrix {
        Matrix(rows: rows, columns: range.count, elements: (0..<rows).flatMap { row in range.map { self[row, $0] } })
    }
}

/// Twelve points of two classes that overlap.
let points = Matrix(
    rows: 12, columns: 2,
    elements: [
        0.5, -1.2, 1.5, 0.3, -0.7, 0.8, 2.1, -0.4, -1.3, -0.9, 0.2, 1.7,
        -0.4, -0.1, 1.1, 1.0, -2.0, 0.6, 0.9, -1.5, -0.8, -1.6, 0.3, 0.2,
    ])
let labels = [1.0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0]
