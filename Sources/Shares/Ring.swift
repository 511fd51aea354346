public import Arithmetic

// Shares modulo 2^64. An element is its signed representative, an `Int64`: wrapping arithmetic on it is the ring's, and
// lifted to the integers it stays within the bounds of `Product`, which an unsigned representative would not.

extension Matrix<Int64> {
    /// The sum modulo `2^64`, element by element.
    public static func &+ (left: Self, right: Self) -> Self { combine(left, right, &+) }

    /// The difference modulo `2^64`, element by element.
    public static func &- (left: Self, right: Self) -> Self { combine(left, right, &-) }

    /// The matrix product modulo `2^64`; exact where no sum leaves 64 bits.
    public static func &* (left: Self, right: Self) -> Self {
        precondition(left.columns == right.rows, "columns of the left factor are rows of the right one")
        var product = [Int64](repeating: 0, count: left.rows * right.columns)
        let (terms, factors) = (left.elements, right.elements)
        for row in 0..<left.rows {
            for inner in 0..<left.columns {
                let term = terms[row * left.columns + inner]
                for column in 0..<right.columns {
                    product[row * right.columns + column] &+= term &* factors[inner * right.columns + column]
                }
            }
        }
        return Matrix(rows: left.rows, columns: right.columns, elements: product)
    }

    private static func combine(_ left: Self, _ right: Self, _ operation: (Int64, Int64) -> Int64) -> Self {
        precondition(left.rows == right.rows && left.columns == right.columns, "matrices differ in shape")
        return Matrix(
            rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(operation))
    }
}

extension Matrix<Integer> {
    /// Wide integers modulo `2^64`.
    public var reduced: Matrix<Int64> { map(\.truncatingInt64) }
}
