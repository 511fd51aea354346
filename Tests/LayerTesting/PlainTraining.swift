public import Arithmetic
public import Shares

// What the layers compute, in floating point and in the clear.

/// One party's linear layer, trained by plain gradient descent.
public struct PlainLinear {
    public private(set) var weights: Matrix<Double>
    private var velocity: Matrix<Double>

    public init(_ weights: Matrix<Int64>) {
        self.weights = weights.map { FixedPoint.decode($0) }
        velocity = self.weights.map { _ in 0 }
    }

    public func output(_ rows: Matrix<Double>) -> Matrix<Double> { rows * weights }

    /// - Parameter listed: Which weights move at all; all of them where this is `nil`.
    public mutating func step(
        _ rows: Matrix<Double>, dZ: Matrix<Double>, rate: Double, momentum: Double = 0, decay: Double = 0,
        listed: [Int]? = nil
    ) {
        weights = weights.map { (1 - rate * decay) * $0 }
        descend(
            &weights, &velocity, rows.transposed() * dZ, rate: rate / Double(rows.rows), momentum: momentum,
            rows: listed)
    }
}

/// One party's embedding and weights, trained by plain gradient descent.
public struct PlainEmbedding {
    public private(set) var table, weights: Matrix<Double>
    private var velocities: (table: Matrix<Double>, weights: Matrix<Double>)

    public init(_ model: EmbeddingModel) {
        self.init(
            table: model.table.map { FixedPoint.decode(Int64($0)) },
            weights: model.weights.map { FixedPoint.decode(Int64($0)) })
    }

    public init(table: Matrix<Double>, weights: Matrix<Double>) {
        self.table = table
        self.weights = weights
        velocities = (table.map { _ in 0 }, weights.map { _ in 0 })
    }

    public func output(_ lookups: Matrix<Int>) -> Matrix<Double> { embed(lookups) * weights }

    private func embed(_ lookups: Matrix<Int>) -> Matrix<Double> {
        Matrix(
            rows: lookups.rows, columns: lookups.columns * table.columns,
            elements: lookups.elements.flatMap { Array(table.row($0)) })
    }

    /// - Parameter listed: Which rows of the table move at all; all of them where this is `nil`.
    public mutating func step(
        _ lookups: Matrix<Int>, dZ: Matrix<Double>, rate: Double, momentum: Double = 0, listed: [Int]? = nil
    ) {
        let (ofWeights, dE) = (embed(lookups).transposed() * dZ, dZ * weights.transposed())
        var ofTable = table.map { _ in 0.0 }
        for (place, row) in lookups.elements.enumerated() {
            let (example, field) = (place / lookups.columns, place % lookups.columns)
            for column in 0..<table.columns { ofTable[row, column] += dE[example, field * table.columns + column] }
        }
        let rate = rate / Double(lookups.rows)
        descend(&weights, &velocities.weights, ofWeights, rate: rate, momentum: momentum)
        descend(&table, &velocities.table, ofTable, rate: rate, momentum: momentum, rows: listed)
    }
}

private func descend(
    _ value: inout Matrix<Double>, _ velocity: inout Matrix<Double>, _ gradient: Matrix<Double>, rate: Double,
    momentum: Double, rows: [Int]? = nil
) {
    for row in rows ?? Array(0..<value.rows) {
        for column in 0..<value.columns {
            velocity[row, column] = momentum * velocity[row, column] + gradient[row, column]
            value[row, column] -= rate * velocity[row, column]
        }
    }
}

/// The derivative of half the squared error, from Z at scale 2^40.
public func derivative<Element: RingElement>(_ z: Matrix<Element>, _ targets: Matrix<Int64>) -> Matrix<Int64> {
    Matrix(
        rows: z.rows, columns: z.columns,
        elements: zip(z.elements, targets.elements).map { Int64(Rounding.halfEven.shift($0, by: 20)) - $1 })
}

extension Matrix<Double> {
    public static func * (left: Matrix, right: Matrix) -> Matrix {
        var product = Matrix(rows: left.rows, columns: right.columns, repeating: 0)
        for row in 0..<left.rows {
            for column in 0..<right.columns {
                for inner in 0..<left.columns { product[row, column] += left[row, inner] * right[inner, column] }
            }
        }
        return product
    }

    public static func + (left: Matrix, right: Matrix) -> Matrix {
        Matrix(rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map { $0 + $1 })
    }

    /// The largest difference of two matrices' elements.
    public func distance(to other: Matrix) -> Double {
        zip(elements, other.elements).reduce(0) { Swift.max($0, abs($1.0 - $1.1)) }
    }
}
