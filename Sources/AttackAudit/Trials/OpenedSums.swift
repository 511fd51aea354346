internal import Arithmetic
internal import Attacks
internal import Specification

/// What the label party learns from opened sums when it knows some of another party's rows from elsewhere: no test, because Z is its
/// to know, but what the exposure ledger counts.
struct OpenedSums {
    /// Openings of each row, side by side: Z less the label party's own part of it. Rows with fewer are not in it.
    private let openings: Matrix<Double>
    private let rows: [Int]
    private let own: Matrix<Double>
    /// Columns of Z.
    let width: Int
    /// Openings of each row.
    let count: Int

    private static let (drawCount, scoredRows, mostColumns) = (8, 5000, 200)

    /// - Returns: `nil` where the party opened nothing.
    init?(_ view: RecordedView) {
        var byRow: [Int: [[Double]]] = [:]
        var trained: Set<Int> = []
        for name in view.order {
            guard let round = view.rounds[name], let opened = round.opened, !round.rows.isEmpty else { continue }
            let width = opened.count / round.rows.count
            guard width > 0, opened.count == width * round.rows.count else { return nil }
            var remainder = Matrix(rows: round.rows.count, columns: width, elements: opened)
            let share = round.shares[view.party] ?? []
            if share.count == view.numbers.columns * width, !share.isEmpty {
                let weights = Matrix(rows: view.numbers.columns, columns: width, elements: share)
                remainder = remainder - view.numbers.selecting(rows: round.rows).product(weights)
            }
            for (place, row) in round.rows.enumerated() { byRow[row, default: []].append(Array(remainder.row(place))) }
            if name.phase == "train" { trained.formUnion(round.rows) }
        }
        let rows = (trained.isEmpty ? Set(byRow.keys) : trained).sorted()
        guard let first = rows.first, let width = byRow[first]?.first?.count else { return nil }
        count = rows.map { byRow[$0]?.count ?? 0 }.min() ?? 0
        let kept = min(count, max(1, Self.mostColumns / width))
        self.rows = rows
        self.width = width
        openings = Matrix(
            rows: rows.count, columns: kept * width,
            elements: rows.flatMap { row in (byRow[row] ?? []).prefix(kept).flatMap { $0 } }
        ).standardized()
        own = view.design.selecting(rows: rows)
    }

    /// How much of the variance of a party's columns follows from openings and own features, and from own features alone: the mean
    /// over columns and draws of the known rows.
    /// - Returns: `nil` where so many rows are not there.
    func recovered(_ truth: Matrix<Double>, known: Int) -> (both: Measurement, alone: Measurement)? {
        guard rows.count >= known + known / 10 else { return nil }
        let shares = truth.variedShares(of: rows)
        let columns = shares.indices.filter { shares[$0] * Double(known) >= 10 }
        guard !columns.isEmpty else { return nil }
        let wanted = truth.selecting(columns: columns).selecting(rows: rows).standardized()
        let both = Matrix.beside([openings, own])
        var results: (both: [Double], alone: [Double]) = ([], [])
        var scored = 0
        for draw in 0..<Self.drawCount {
            var random = SplitMix64("known rows", draw)
            let order = random.permutation(rows.count)
            let (learned, others) = (Array(order.prefix(known)), Array(order.dropFirst(known).prefix(Self.scoredRows)))
            scored = others.count
            func r2(_ design: Matrix<Double>) -> Double {
                let model = RidgeRegression(design.selecting(rows: learned), wanted.selecting(rows: learned))
                let left = wanted.selecting(rows: others) - model.predict(design.selecting(rows: others))
                // Columns have variance one.
                return max(0, 1 - left.elements.reduce(0) { $0 + $1 * $1 } / Double(left.elements.count))
            }
            results.both.append(r2(both))
            results.alone.append(r2(own))
        }
        return (.mean(.r2, results.both, count: scored), .mean(.r2, results.alone, count: scored))
    }
}
