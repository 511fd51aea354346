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
    private let own: Matrix<Double>
    /// Of each draw: the rows that are known, and the model on own features, which says what these leave of every row.
    private let draws: [(rows: [Int], alone: RidgeRegression)]

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
        (self.known, self.own, self.truth) = (known, own, wanted)
        let count = KnownRows.draws(of: known, from: rows.count)
        draws = KnownRows.cut(rows, into: known, draws: count, "regression").map { chosen in
            (chosen, RidgeRegression(own.selecting(rows: chosen), wanted.selecting(rows: chosen)))
        }
    }

    /// The gain in R2 of the column that gains most, on visits of rows that are not known: the mean over draws. An attacker whose
    /// guess is worse than the mean takes the mean.
    package func advantage(of visits: Visits) -> Measurement? {
        let numbers = visits.numbers.standardized()
        let places = visits.placesOfRows
        var gains = [[Double]](repeating: [], count: columns.count)
        for (number, draw) in draws.enumerated() {
            let known = Set(draw.rows)
            // Visits of known rows, and where each of these stands among them.
            let learned = draw.rows.enumerated().flatMap { place, row in (places[row] ?? []).map { ($0, place) } }
            let scored = visits.scored(in: number, of: draws.count).filter { !known.contains(visits.rows[$0]) }
            guard learned.count > 1, !scored.isEmpty else { return nil }
            let model = RidgeRegression(
                numbers.selecting(rows: learned.map(\.0)), draw.alone.leftOut.selecting(rows: learned.map(\.1)))
            let rows = scored.map { visits.rows[$0] }
            let before = truth.selecting(rows: rows) - draw.alone.predict(own.selecting(rows: rows))
            let after = before - model.predict(numbers.selecting(rows: scored))
            let wanted = truth.selecting(rows: rows)
            let total = wanted.subtracting(wanted.columnMeans).columnSumsOfSquares
            let (alone, both) = (before.columnSumsOfSquares, after.columnSumsOfSquares)
            for column in columns.indices where total[column] > 0 {
                gains[column].append(
                    max(0, 1 - both[column] / total[column]) - max(0, 1 - alone[column] / total[column]))
            }
        }
        // Every visit is scored in some draw.
        return .worst(of: gains.filter { !$0.isEmpty }.map { .mean(.r2Advantage, $0, count: visits.count) })
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
