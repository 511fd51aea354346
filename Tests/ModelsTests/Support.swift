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

func uniform(_ rows: Int, _ columns: Int, bound: Double, seed: UInt64) throws -> Matrix<Double> {
    try Initializer(bytes: stream(seed)).uniform(rows: rows, columns: columns, bound: bound)
}

/// Twelve points of two classes that overlap.
let points = Matrix(
    rows: 12, columns: 2,
    elements: [
        0.5, -1.2, 1.5, 0.3, -0.7, 0.8, 2.1, -0.4, -1.3, -0.9, 0.2, 1.7,
        -0.4, -0.1, 1.1, 1.0, -2.0, 0.6, 0.9, -1.5, -0.8, -1.6, 0.3, 0.2,
    ])
let classes = [1.0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0]
