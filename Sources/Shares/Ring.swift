public import Arithmetic

/// An element of the ring modulo 2^64 (`Int64`) or 2^128 (`Int128`), as its signed representative: wrapping arithmetic on it is
/// the ring's, and lifted to the integers it stays within the bounds of `Product`, which an unsigned representative would not.
public protocol RingElement: FixedWidthInteger, SignedInteger, Sendable
where Magnitude: FixedWidthInteger & UnsignedInteger {
    /// The residue of a wide integer.
    init(reducing integer: Integer)

    /// The signed representative as a wide integer.
    var lifted: Integer { get }
}

extension Int64: RingElement {
    public init(reducing integer: Integer) { self = integer.truncatingInt64 }

    public var lifted: Integer { Integer(self) }
}

extension Int128: RingElement {
    public init(reducing integer: Integer) { self = integer.truncatingInt128 }

    public var lifted: Integer { Integer(self) }
}

extension Matrix where Element: RingElement {
    /// The sum in the ring, element by element.
    @inlinable
    public static func &+ (left: Self, right: Self) -> Self { combine(left, right) { $0 &+ $1 } }

    /// The difference in the ring, element by element.
    @inlinable
    public static func &- (left: Self, right: Self) -> Self { combine(left, right) { $0 &- $1 } }

    /// The matrix product in the ring; exact where no sum leaves its elements' bits.
    @inlinable
    public static func &* (left: Self, right: Self) -> Self {
        precondition(left.columns == right.rows, "columns of the left factor are rows of the right one")
        var product = [Element](repeating: 0, count: left.rows * right.columns)
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

    @inlinable
    static func combine(_ left: Self, _ right: Self, _ operation: (Element, Element) -> Element) -> Self {
        precondition(left.rows == right.rows && left.columns == right.columns, "matrices differ in shape")
        return Matrix(
            rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(operation))
    }

    /// The signed representatives as wide integers.
    public var lifted: Matrix<Integer> { map(\.lifted) }

    /// The product of representatives with no modulus, as true integers: for what must not wrap.
    public func exactProduct(_ right: Matrix<some RingElement>) -> Matrix<Integer> {
        precondition(columns == right.rows, "columns of the left factor are rows of the right one")
        let (left, factors) = (lifted, right.lifted)
        var product = Matrix<Integer>(rows: rows, columns: right.columns, repeating: Integer())
        for row in 0..<rows {
            for inner in 0..<columns where left[row, inner].signum != 0 {
                for column in 0..<right.columns {
                    product[row, column] += left[row, inner] * factors[inner, column]
                }
            }
        }
        return product
    }
}

extension SparseMatrix where Element: RingElement {
    /// The matrix product in the ring, in time of the stored elements alone.
    @inlinable
    public static func &* (left: Self, right: Matrix<Element>) -> Matrix<Element> {
        precondition(left.columns == right.rows, "columns of the left factor are rows of the right one")
        var product = [Element](repeating: 0, count: left.rows * right.columns)
        let factors = right.elements
        for row in 0..<left.rows {
            for place in left.row(row) {
                for column in 0..<right.columns {
                    product[row * right.columns + column] &+=
                        place.value &* factors[place.column * right.columns + column]
                }
            }
        }
        return Matrix(rows: left.rows, columns: right.columns, elements: product)
    }
}

extension Matrix<Int128> {
    /// Shares modulo `2^128` as shares modulo `2^64` of the same numbers, reduced alike.
    public var reduced: Matrix<Int64> { map { Int64(truncatingIfNeeded: $0) } }
}

extension Matrix<Integer> {
    /// Wide integers modulo `2^64`.
    public var reduced: Matrix<Int64> { map(\.truncatingInt64) }

    /// Wide integers in the ring of these elements.
    public func reduced<Residue: RingElement>(to ring: Residue.Type) -> Matrix<Residue> {
        map { Residue(reducing: $0) }
    }
}
