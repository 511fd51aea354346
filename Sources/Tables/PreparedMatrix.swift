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

    /// The number of rows.
    public var rows: Int { rowEnds.count }
    /// The number of columns, one-hot columns counted each.
    public var columns: Int { columnNames.count }
    /// The number of values that are not zero.
    public var nonzeroCount: Int { values.count }

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
    /// Pivoted Cholesky factorisation of the Gram matrix of the columns, each scaled to length 1. A column counts as
    /// dependent when less than `tolerance` of its length lies outside the span of the chosen ones; squaring in the
    /// Gram matrix allows tolerances down to about 1e-6. A tolerance that is too large makes the rank smaller, and a rule
    /// that refuses `width >= rank` stricter. Time: rows times squared non-zeros a row, plus columns cubed.
    public func rank(tolerance: Double = 1e-5) -> Int {
        var gram = [Double](repeating: 0, count: columns * columns)
        for row in 0..<rows {
            let entries = range(row)
            for left in entries {
                for right in left..<entries.upperBound {
                    gram[Int(places[left]) * columns + Int(places[right])] += values[left] * values[right]
                }
            }
        }
        let lengths = (0..<columns).map { gram[$0 * columns + $0].squareRoot() }
        var candidates = (0..<columns).filter { lengths[$0] > 0 }
        var residual = [Double](repeating: 0, count: columns * columns)
        for left in candidates {
            for right in candidates {
                let entry = gram[min(left, right) * columns + max(left, right)]
                residual[left * columns + right] = entry / lengths[left] / lengths[right]
            }
        }

        var rank = 0
        while let pivot = candidates.max(by: { residual[$0 * (columns + 1)] < residual[$1 * (columns + 1)] }) {
            let height = residual[pivot * (columns + 1)]
            guard height > tolerance * tolerance else { break }
            rank += 1
            candidates.removeAll { $0 == pivot }
            for left in candidates {
                let factor = residual[left * columns + pivot] / height
                for right in candidates {
                    residual[left * columns + right] -= factor * residual[pivot * columns + right]
                }
            }
        }
        return rank
    }
}
