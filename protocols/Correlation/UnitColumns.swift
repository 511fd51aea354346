internal import Arithmetic
internal import Paillier
internal import Shares
public import StatisticsWire

/// One party's columns over the training rows, each of mean 0 and length 1, in fixed point: whose bounds are those of
/// `Product.correlation`.
public struct UnitColumns: Sendable {
    /// One after the other.
    let values: [[Double]]
    private let rows: Int

    /// - Parameter values: Of each column, row by row.
    /// - Throws: ``StatisticsError/sizes(_:)`` for another number of rows, and for a column whose length is not 1 or that holds anything
    ///   but finite numbers: nothing would hold its sums to their slots.
    public init(_ values: [[Double]], rows: Int) throws(StatisticsError) {
        let isRight = values.allSatisfy { column in
            column.count == rows && abs(column.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6
        }
        guard isRight else { throw .sizes("columns of \(rows) rows and of length 1 are expected") }
        (self.values, self.rows) = (values, rows)
    }

    var count: Int { values.count }

    /// Row by row, what the owner encrypts.
    func rowMajor() throws -> Matrix<Integer> { try fixed().transposed().map { Integer($0) } }

    /// Column by column, what ciphertexts are multiplied with.
    func multipliers() throws -> Multipliers {
        try Multipliers(fixed(), bits: Product.correlationFractionBits(rows: rows) + 1)
    }

    /// The nearest integers at the scale of `Product.correlationFractionBits`, column by column.
    private func fixed() throws -> Matrix<Int64> {
        let fractionBits = try Product.correlationFractionBits(rows: rows)
        let scale = Double(sign: .plus, exponent: fractionBits, significand: 1)
        let elements = values.flatMap { column in
            column.map { Int64(($0 * scale).rounded(.toNearestOrEven)) }
        }
        let fixed = Matrix(rows: count, columns: rows, elements: elements)
        for column in 0..<count {
            // Length 1 leaves room for far more than rounding; what the bounds rest on is checked exactly all the same.
            let square = fixed.row(column).reduce(Integer()) { $0 + Integer($1) * Integer($1) }
            guard square <= Integer(powerOfTwo: 2 * fractionBits + 1) else {
                throw StatisticsError.sizes("a column of length 1 is expected")
            }
        }
        return fixed
    }

    /// Inner products with another party's columns: for each of these columns a row.
    func products(with other: [[Double]]) -> [[Double]] {
        values.map { own in other.map { zip(own, $0).reduce(0) { $0 + $1.0 * $1.1 } } }
    }
}

extension CorrelationParameters {
    /// A sum of products of fixed-point numbers, out of its two shares, as the correlation that it is.
    func correlations(_ first: Matrix<Int128>, _ second: Matrix<Int128>) throws(SharesError) -> [[Double]] {
        let scale = Double(sign: .plus, exponent: 2 * (try Product.correlationFractionBits(rows: rows)), significand: 1)
        let sums = first &+ second
        return (0..<sums.rows).map { row in sums.row(row).map { Double($0) / scale } }
    }
}
