package import Arithmetic

/// Features of all rows from those of a few: a linear regression on the attacker's own features, and another one of what that leaves
/// on what a frame said. The gain of the second is what the frame told (compare Luo et al., *Feature inference attack on model
/// predictions in vertical federated learning*, ICDE 2021).
package struct FeatureRegression: Sendable {
    /// Rows whose features the attacker knows.
    package let known: Int
    /// Columns of the truth that are tried.
    package let columns: [Int]
    private let truth: Matrix<Double>
    /// Of each draw: the rows that are known, and what own features leave of every row; of a known row where it was left out.
    private let draws: [(rows: Set<Int>, residuals: Matrix<Double>)]

    /// How often other rows are the known ones.
    static let drawCount = 16
    /// Known rows that must differ from the rest in a column, for it to be tried: below that nothing can be learned from them.
    static let leastVaried = 10
    /// Columns that are tried, those which vary most.
    package static let mostColumns = 32

    /// - Parameters:
    ///   - own: The attacker's features of all rows, of variance one.
    ///   - truth: The other party's.
    ///   - rows: Rows that were seen, of which some are known.
    /// - Returns: `nil` where so many are not there, or no column varies.
    package init?(known: Int, own: Matrix<Double>, truth: Matrix<Double>, rows: [Int]) {
        guard rows.count >= 2 * known else { return nil }
        let least = Double(Self.leastVaried) / Double(known)
        let shares = truth.variedShares(of: rows)
        columns = shares.indices.filter { shares[$0] >= least }.sorted { (shares[$0], $1) > (shares[$1], $0) }
            .prefix(Self.mostColumns).sorted()
        guard !columns.isEmpty else { return nil }
        let wanted = truth.selecting(columns: columns)
        self.known = known
        self.truth = wanted
        draws = (0..<Self.drawCount).map { draw in
            var random = SplitMix64("regression", draw)
            let chosen = random.permutation(rows.count).prefix(known).map { rows[$0] }
            let model = RidgeRegression(own.selecting(rows: chosen), wanted.selecting(rows: chosen))
            var residuals = wanted - model.predict(own)
            for (place, row) in chosen.enumerated() {
                for column in 0..<wanted.columns { residuals[row, column] = model.leftOut[place, column] }
            }
            return (Set(chosen), residuals)
        }
    }

    /// The gain in R2 of the column that gains most, on visits of rows that are not known: the mean over draws. An attacker whose
    /// guess is worse than the mean takes the mean.
    package func advantage(of visits: Visits) -> Measurement? {
        let numbers = visits.numbers.standardized()
        var gains = [[Double]](repeating: [], count: columns.count)
        var count = 0
        for draw in draws {
            let learned = visits.rows.indices.filter { draw.rows.contains(visits.rows[$0]) }
            let scored = visits.rows.indices.filter { !draw.rows.contains(visits.rows[$0]) }
            guard learned.count > 1, !scored.isEmpty else { return nil }
            let model = RidgeRegression(
                numbers.selecting(rows: learned), draw.residuals.selecting(rows: learned.map { visits.rows[$0] }))
            let rows = scored.map { visits.rows[$0] }
            let before = draw.residuals.selecting(rows: rows)
            let after = before - model.predict(numbers.selecting(rows: scored))
            let wanted = truth.selecting(rows: rows)
            let total = wanted.subtracting(wanted.columnMeans).columnSumsOfSquares
            let (alone, both) = (before.columnSumsOfSquares, after.columnSumsOfSquares)
            for column in columns.indices where total[column] > 0 {
                gains[column].append(
                    max(0, 1 - both[column] / total[column]) - max(0, 1 - alone[column] / total[column]))
            }
            count = scored.count
        }
        return .worst(of: gains.filter { !$0.isEmpty }.map { .mean(.r2Advantage, $0, count: count) })
    }
}

extension Matrix<Double> {
    /// Of each column, the share of these rows that do not have its commonest value there.
    package func variedShares(of rows: [Int]) -> [Double] {
        (0..<columns).map { column in
            var counts: [Double: Int] = [:]
            for row in rows { counts[self[row, column], default: 0] += 1 }
            return 1 - Double(counts.values.max() ?? rows.count) / Double(Swift.max(1, rows.count))
        }
    }
}
