package import Arithmetic

/// Matrices that stand where a batch's gradient `X^T dZ` by a party's weights would: what both sides of it could be solved for.
package struct Gradients: Sendable {
    /// One round.
    package struct Round: Sendable {
        /// Of the batch, in its order.
        package let rows: [Int]
        /// Columns of X x width.
        package let matrix: Matrix<Double>

        package init(rows: [Int], matrix: Matrix<Double>) { (self.rows, self.matrix) = (rows, matrix) }
    }

    package let rounds: [Round]

    package init(rounds: [Round]) { self.rounds = rounds }

    /// dZ of every visit, from the attacker's own X: of all that fit best the shortest, each batch of length one. With no more rows
    /// than columns it is exact.
    ///
    /// - Parameter own: X of all rows.
    package func derivatives(own: Matrix<Double>) -> Visits {
        let parts = centered.map { round -> Matrix<Double> in
            let rows = own.selecting(rows: round.rows)
            // (X X^T + small)^-1 X G, or the same by the smaller of the two matrices.
            let isWide = rows.columns > rows.rows
            let factor = isWide ? rows.transposed() : rows
            let right = isWide ? rows.product(round.matrix) : round.matrix
            guard let solved = factor.solvingGram(right) else {
                return Matrix(rows: rows.rows, columns: right.columns, repeating: 0)
            }
            return (isWide ? solved : rows.product(solved)).ofLengthOne
        }
        return visits(parts)
    }

    /// X of every visit, from the attacker's own dZ: of all that fit best the shortest, each batch of length one (as gradients are
    /// inverted in Zhu et al., *Deep leakage from gradients*, NeurIPS 2019; for one linear layer in closed form).
    ///
    /// - Parameter derivatives: dZ of each round.
    package func features(derivatives: [Matrix<Double>]) -> Visits {
        let parts = zip(centered, derivatives).map { round, derivative -> Matrix<Double> in
            guard let solved = derivative.solvingGram(round.matrix.transposed()) else {
                return Matrix(rows: derivative.rows, columns: round.matrix.rows, repeating: 0)
            }
            return derivative.product(solved).ofLengthOne
        }
        return visits(parts)
    }

    /// Rounds less what all of them have in common: that says nothing of a batch, and solved for it would be a guess from what the
    /// attacker has of its own.
    private var centered: [Round] {
        guard let first = rounds.first?.matrix, rounds.count > 1,
            rounds.allSatisfy({ $0.matrix.rows == first.rows && $0.matrix.columns == first.columns })
        else { return rounds }
        var mean = first.map { _ in 0.0 }
        for round in rounds { mean = mean + round.matrix }
        mean = mean.map { $0 / Double(rounds.count) }
        return rounds.map { Round(rows: $0.rows, matrix: $0.matrix - mean) }
    }

    private func visits(_ parts: [Matrix<Double>]) -> Visits {
        Visits(
            rows: rounds.flatMap(\.rows),
            batches: rounds.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element.rows.count) },
            numbers: .above(parts))
    }
}

extension Matrix<Double> {
    /// `(self^T self + small)^-1 right`; `nil` where there is nothing to solve.
    func solvingGram(_ right: Self) -> Self? {
        var matrix = gram
        let trace = (0..<columns).reduce(0) { $0 + matrix[$1 * columns + $1] }
        guard trace > 0 else { return nil }
        for place in 0..<columns { matrix[place * columns + place] += 1e-9 * trace }
        guard let factor = Cholesky(matrix, size: columns) else { return nil }
        let solutions = right.transposed()
        let solved = (0..<right.columns).flatMap { factor.solve(solutions.row($0)) }
        return Matrix(rows: right.columns, columns: columns, elements: solved).transposed()
    }

    /// Over its root mean square.
    var ofLengthOne: Self {
        let square = elements.reduce(0) { $0 + $1 * $1 } / Double(Swift.max(1, elements.count))
        return square > 0 ? map { $0 / square.squareRoot() } : self
    }

    /// Matrices of equally many columns, one below the other.
    package static func above(_ parts: [Self]) -> Self {
        let columns = parts.first?.columns ?? 0
        precondition(parts.allSatisfy { $0.columns == columns }, "matrices stand one below the other")
        return Matrix(
            rows: parts.reduce(0) { $0 + $1.rows }, columns: columns, elements: parts.flatMap(\.elements))
    }
}
