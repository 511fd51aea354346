internal import Arithmetic
internal import Models

/// What a model's half computes from numbers that are always the same: stored with it, and compared when it is read again.
struct SelfTest: Codable, Hashable, Sendable {
    /// Of each share the sum of its elements times 1, 3, 5, ..., modulo 2^64.
    var shares: [String: UInt64]
    /// Predictions of the label party's part for a few rows of made-up numbers.
    var predictions: [Double]

    /// How far predictions may be from the stored ones: machines differ in the last bits of single precision.
    private static let tolerance = 1e-4

    init(_ shares: [String: ModelHalf.SavedShare], _ top: TopModel?) {
        self.shares = shares.mapValues { share in
            var (sum, factor) = (UInt64(0), UInt64(1))
            for element in share.matrix.elements {
                sum &+= factor &* UInt64(truncatingIfNeeded: element)
                factor &+= 2
            }
            return sum
        }
        predictions = top.map(Self.predictions) ?? []
    }

    private static func predictions(_ top: TopModel) -> [Double] {
        func rows(_ columns: Int) -> Matrix<Double> {
            Matrix(rows: 4, columns: columns, elements: (0..<4 * columns).map { Double($0 * 37 % 41) / 20 - 1 })
        }
        return top.predict(z: rows(top.architecture.width), own: top.architecture.ownColumns.map(rows))
            .elements
    }

    /// Whether another machine, or a later program, computes the same.
    func agrees(with other: SelfTest) -> Bool {
        shares == other.shares && predictions.count == other.predictions.count
            && zip(predictions, other.predictions).allSatisfy { abs($0 - $1) <= Self.tolerance * max(1, abs($0)) }
    }
}
