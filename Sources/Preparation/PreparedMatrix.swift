public import Arithmetic

/// A party's prepared rows: finite numbers below 8 in magnitude, kept without their zeros.
///
/// One-hot columns are nearly all zero; the airline of the flights example keeps 7 values a row instead of 170.
public struct PreparedMatrix: Sendable {
    /// What each column stands for.
    public let columnNames: [String]
    private var rowEnds: [Int] = []
    private var places: [Int32] = []
    private var values: [Double] = []

    init(columnNames: [String]) { self.columnNames = columnNames }

    /// A matrix of finite numbers below 8 in magnitude.
    public init(columnNames: [String], _ matrix: Matrix<Double>) {
        precondition(columnNames.count == matrix.columns, "a name for each column")
        self.init(columnNames: columnNames)
        for row in 0..<matrix.rows {
            for (column, value) in matrix.row(row).enumerated() { append(value, column: column) }
            endRow()
        }
    }

    /// These columns and, to the right of them, others of the same rows.
    public func beside(_ right: PreparedMatrix) -> PreparedMatrix {
        precondition(rows == right.rows, "columns of the same rows")
        var both = PreparedMatrix(columnNames: columnNames + right.columnNames)
        for row in 0..<rows {
            for (column, value) in nonzeros(inRow: row) { both.append(value, column: column) }
            for (column, value) in right.nonzeros(inRow: row) { both.append(value, column: columns + column) }
            both.endRow()
        }
        return both
    }

    /// The same with zeros alone in some rows.
    public func clearing(_ cleared: [Int]) -> PreparedMatrix {
        let isCleared = Set(cleared)
        var matrix = PreparedMatrix(columnNames: columnNames)
        for row in 0..<rows {
            if !isCleared.contains(row) {
                for (column, value) in nonzeros(inRow: row) { matrix.append(value, column: column) }
            }
            matrix.endRow()
        }
        return matrix
    }

    /// The number of rows.
    public var rows: Int { rowEnds.count }
    /// The number of columns, one-hot columns counted each.
    public var columns: Int { columnNames.count }
    /// The number of values that are not zero.
    public var nonzeroCount: Int { values.count }

    /// The most values of a row that are not zero.
    public var mostNonzeros: Int { (0..<rows).lazy.map { range($0).count }.max() ?? 0 }

    /// The values of a row that are not zero, by rising column.
    public func nonzeros(inRow row: Int) -> some Sequence<(column: Int, value: Double)> {
        range(row).lazy.map { (column: Int(places[$0]), value: values[$0]) }
    }

    /// The named rows in full, in the order of their names.
    public func dense(rows names: [Int]) -> Matrix<Double> {
        var elements = [Double](repeating: 0, count: names.count * columns)
        for (position, row) in names.enumerated() {
            for index in range(row) { elements[position * columns + Int(places[index])] = values[index] }
        }
        return Matrix(rows: names.count, columns: columns, elements: elements)
    }

    /// The same without their zeros.
    public func sparse(rows names: [Int]) -> SparseMatrix<Double> {
        SparseMatrix(columns: columns, rows: names.map { row in range(row).map { .init(Int(places[$0]), values[$0]) } })
    }

    mutating func append(_ value: Double, column: Int) {
        guard value != 0 else { return }
        places.append(Int32(column))
        values.append(value)
    }

    mutating func endRow() { rowEnds.append(values.count) }

    private func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : rowEnds[row - 1])..<rowEnds[row] }
}

extension PreparedMatrix {
    /// The numerical rank: how many columns are left when each one that depends on the others is taken away.
    ///
    /// Pivoted Cholesky factorisation of the Gram matrix of the columns, each scaled to length 1, of which only the chosen
    /// columns are computed. A column counts as dependent when less than `tolerance` of its length lies outside the span of
    /// the chosen ones; squaring in the Gram matrix allows tolerances down to about 1e-6. A tolerance that is too large makes
    /// the rank smaller, and a rule that refuses `width >= rank` stricter. Time, for a rank of k: k times the non-zeros, and
    /// k squared times the columns.
    ///
    /// - Parameter limit: Where to stop counting: the result is the rank or this, whichever is smaller.
    public func rank(tolerance: Double = 1e-5, limit: Int = .max) -> Int {
        var squares = [Double](repeating: 0, count: columns)
        for (place, value) in zip(places, values) { squares[Int(place)] += value * value }
        let lengths = squares.map { $0.squareRoot() }
        var candidates = (0..<columns).filter { lengths[$0] > 0 }
        var heights = [Double](repeating: 1, count: columns)
        /// Columns of the factor, one for each column that was chosen.
        var factor: [[Double]] = []
        while factor.count < limit, let pivot = candidates.max(by: { heights[$0] < heights[$1] }) {
            guard heights[pivot] > tolerance * tolerance else { break }
            var column = products(withColumn: pivot)
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
    private func products(withColumn column: Int) -> [Double] {
        var products = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            let entries = range(row)
            guard let own = entries.first(where: { Int(places[$0]) == column }).map({ values[$0] }) else { continue }
            for index in entries { products[Int(places[index])] += own * values[index] }
        }
        return products
    }
}
