internal import Arithmetic
internal import Models

/// Makes a frozen tower's outputs columns of deviation 1 that are not correlated over the rows that it was fitted on.
///
/// A tower's outputs go along with each other, which gradient descent on shares is slow to undo; columns that do not are learned from in
/// fewer epochs. By the Cholesky factor of the correlations, with ``ridge`` added to each variance: what hardly varies apart from the
/// other outputs is not blown up.
struct Whitening: Codable, Hashable, Sendable {
    /// Added to variances of 1.
    private static let ridge = 1e-3

    private let standards: [PreparedHistory.Standard]
    /// The factor's rows up to the diagonal.
    private let factor: [[Double]]

    /// Outputs that vary.
    var varying: Int { standards.count { $0.scale != 0 } }

    /// Fits outputs of some rows; of none, everything is 0.
    init(of rows: Matrix<Double>) {
        let columns = 0..<rows.columns
        let standards = columns.map { column in
            PreparedHistory.Standard(of: (0..<rows.rows).map { rows[$0, column] })
        }
        var factor: [[Double]] = []
        for column in columns {
            var row = Array(repeating: 0.0, count: column + 1)
            for other in 0...column {
                var rest = Self.correlation(rows, standards, column, other) + (other == column ? Self.ridge : 0)
                for earlier in 0..<other {
                    rest -= row[earlier] * (other == column ? row[earlier] : factor[other][earlier])
                }
                // Above the ridge but for rounding: correlations are positive semidefinite.
                row[other] = other == column ? max(rest, Self.ridge / 2).squareRoot() : rest / factor[other][other]
            }
            factor.append(row)
        }
        (self.standards, self.factor) = (standards, factor)
    }

    private static func correlation(
        _ rows: Matrix<Double>, _ standards: [PreparedHistory.Standard], _ one: Int, _ other: Int
    ) -> Double {
        let sum = (0..<rows.rows).reduce(0) { sum, row in
            sum + (rows[row, one] - standards[one].mean) * (rows[row, other] - standards[other].mean)
        }
        return sum * standards[one].scale * standards[other].scale / Double(max(1, rows.rows))
    }

    /// One row's outputs as columns, of magnitude `FrozenTower.bound` at most.
    func callAsFunction(_ outputs: some Collection<Double>) -> [Double] {
        var columns: [Double] = []
        for (place, output) in outputs.enumerated() {
            var rest = (output - standards[place].mean) * standards[place].scale
            for earlier in 0..<place { rest -= factor[place][earlier] * columns[earlier] }
            columns.append(rest / factor[place][place])
        }
        return columns.map { min(max($0, -FrozenTower.bound), FrozenTower.bound) }
    }
}
