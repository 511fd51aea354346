package import Arithmetic

// What the attacks need of matrices of real numbers.
extension Matrix<Double> {
    /// The matrix product.
    package static func * (left: Self, right: Self) -> Self {
        precondition(left.columns == right.rows, "columns of the left factor are rows of the right one")
        var product = Matrix(rows: left.rows, columns: right.columns, repeating: 0)
        for row in 0..<left.rows {
            for inner in 0..<left.columns {
                for column in 0..<right.columns { product[row, column] += left[row, inner] * right[inner, column] }
            }
        }
        return product
    }

    /// The sum, element by element.
    package static func + (left: Self, right: Self) -> Self { combine(left, right) { $0 + $1 } }

    /// The difference, element by element.
    package static func - (left: Self, right: Self) -> Self { combine(left, right) { $0 - $1 } }

    private static func combine(_ left: Self, _ right: Self, _ operation: (Double, Double) -> Double) -> Self {
        precondition(left.rows == right.rows && left.columns == right.columns, "matrices differ in shape")
        return Matrix(
            rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(operation))
    }

    /// These rows, in this order.
    package func selecting(rows: some Collection<Int>) -> Self {
        Matrix(rows: rows.count, columns: columns, elements: rows.flatMap { row($0) })
    }

    /// The first rows.
    package func prefix(rows count: Int) -> Self { selecting(rows: 0..<count) }

    /// Matrices of equally many rows, side by side.
    package static func beside(_ parts: [Self]) -> Self {
        let rows = parts.first?.rows ?? 0
        precondition(parts.allSatisfy { $0.rows == rows }, "matrices stand side by side")
        return Matrix(
            rows: rows, columns: parts.reduce(0) { $0 + $1.columns },
            elements: (0..<rows).flatMap { row in parts.flatMap { $0.row(row) } })
    }
}
