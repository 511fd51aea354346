public import Arithmetic

/// Arithmetic on every element.
extension Matrix<Double> {
    /// `transform` of each pair of elements at the same place of two matrices of one shape.
    @inlinable
    public func combined(with other: Matrix, _ transform: (Double, Double) -> Double) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "both matrices must have the same shape")
        return Matrix(rows: rows, columns: columns, elements: zip(elements, other.elements).map(transform))
    }

    /// Every row plus the one row of `bias`.
    public func addingToEveryRow(_ bias: Matrix) -> Matrix {
        precondition(bias.rows == 1 && bias.columns == columns, "a bias is one row as wide as the matrix")
        var sum = self
        for row in 0..<rows {
            for column in 0..<columns { sum[row, column] += bias[0, column] }
        }
        return sum
    }

    /// One row: the sum of all rows.
    public func summedRows() -> Matrix {
        var sum = Matrix(rows: 1, columns: columns, repeating: 0)
        for row in 0..<rows {
            for column in 0..<columns { sum[0, column] += self[row, column] }
        }
        return sum
    }
}
