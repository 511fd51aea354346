public import Scratch

extension PreparedMatrix {
    /// The numerical rank: how many columns are left when each one that depends on the others is taken away.
    ///
    /// Pivoted Cholesky factorisation of the Gram matrix of the columns, each scaled to length 1, of which only the chosen
    /// columns are computed. A column counts as dependent when less than `tolerance` of its length lies outside the span of
    /// the chosen ones; squaring in the Gram matrix allows tolerances down to about 1e-6. A tolerance that is too large makes
    /// the rank smaller, and a rule that refuses `width >= rank` stricter. Time, for a rank of k: k times the non-zeros, and
    /// k squared times the columns. Passes over the rows: k and one.
    ///
    /// - Parameter limit: Where to stop counting: the result is the rank or this, whichever is smaller.
    public func rank(tolerance: Double = 1e-5, limit: Int = .max) throws(ScratchError) -> Int {
        var squares = [Double](repeating: 0, count: columns)
        for block in blocks {
            let rows = try rows(block)
            for row in 0..<block.count {
                for (column, value) in rows.nonzeros(inRow: row) { squares[column] += value * value }
            }
        }
        let lengths = squares.map { $0.squareRoot() }
        var candidates = (0..<columns).filter { lengths[$0] > 0 }
        var heights = [Double](repeating: 1, count: columns)
        /// Columns of the factor, one for each column that was chosen.
        var factor: [[Double]] = []
        while factor.count < limit, let pivot = candidates.max(by: { heights[$0] < heights[$1] }) {
            guard heights[pivot] > tolerance * tolerance else { break }
            var column = try products(withColumn: pivot)
            let root = heights[pivot].squareRoot()
            candidates.removeAll { $0 == pivot }
            for other in candidates {
                let known = factor.reduce(0) { $0 + $1[pivot] * $1[other] }
                column[other] = (column[other] / lengths[pivot] / lengths[other] - known) / root
                heights[other] -= column[other] * column[other]
            }
            column[pivot] = root
            factor.append(column)
        }
        return factor.count
    }

    /// The inner products of one column with all.
    private func products(withColumn column: Int) throws(ScratchError) -> [Double] {
        var products = [Double](repeating: 0, count: columns)
        for block in blocks {
            let rows = try rows(block)
            for row in 0..<block.count {
                let entries = rows.nonzeros(inRow: row)
                guard let own = entries.first(where: { $0.column == column })?.value else { continue }
                for (other, value) in entries { products[other] += own * value }
            }
        }
        return products
    }
}
