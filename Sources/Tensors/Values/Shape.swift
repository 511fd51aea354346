/// The extents of a tensor: no dimension for a scalar, `[columns]` for a row, `[rows, columns]`, and so on; row-major.
///
/// Most operations see a tensor as rows: the last dimension runs within a row, all others count rows.
public struct Shape: Hashable, Sendable {
    /// Every dimension, the slowest first; each at least 1.
    public let dimensions: [Int]
    /// How many elements: the product of all dimensions, 1 for a scalar.
    public let count: Int

    /// Traps on a dimension below 1 and on more elements than `Int` counts.
    public init(_ dimensions: [Int]) {
        var count = 1
        for dimension in dimensions {
            precondition(dimension > 0, "every dimension of a tensor is at least 1")
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            precondition(!overflow, "a tensor has more elements than can be counted")
            count = product
        }
        self.dimensions = dimensions
        self.count = count
    }

    /// One element.
    public static let scalar = Shape([])

    /// The last dimension; 1 for a scalar.
    public var columns: Int { dimensions.last ?? 1 }

    /// The product of all dimensions but the last.
    public var rows: Int { count / columns }

    /// The same rows, each of `columns` elements; what has no dimension gets one.
    func with(columns: Int) -> Shape { Shape(dimensions.dropLast() + [columns]) }
}

extension Shape: ExpressibleByArrayLiteral {
    public init(arrayLiteral dimensions: Int...) { self.init(dimensions) }
}

extension Shape: CustomStringConvertible {
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
