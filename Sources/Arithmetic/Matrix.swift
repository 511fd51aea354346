/// A dense rectangle of elements, row by row.
public struct Matrix<Element> {
    /// How many rows.
    public let rows: Int
    /// How many columns.
    public let columns: Int
    @usableFromInline var storage: [Element]

    /// Takes `rows * columns` elements in row-major order.
    @inlinable
    public init(rows: Int, columns: Int, elements: [Element]) {
        precondition(rows >= 0 && columns >= 0 && elements.count == rows * columns, "elements must fill the matrix")
        self.rows = rows
        self.columns = columns
        storage = elements
    }

    /// Repeats one element everywhere.
    @inlinable
    public init(rows: Int, columns: Int, repeating element: Element) {
        self.init(rows: rows, columns: columns, elements: Array(repeating: element, count: rows * columns))
    }

    /// All elements in row-major order.
    @inlinable
    public var elements: [Element] { storage }

    /// One element.
    @inlinable
    public subscript(row: Int, column: Int) -> Element {
        get { storage[index(row, column)] }
        _modify { yield &storage[index(row, column)] }
    }

    /// One row.
    @inlinable
    public func row(_ row: Int) -> ArraySlice<Element> {
        precondition(row >= 0 && row < rows, "row outside the matrix")
        return storage[row * columns..<(row + 1) * columns]
    }

    /// Some rows and columns.
    public func part(rows: Range<Int>, columns: Range<Int>) -> Matrix {
        precondition(columns.lowerBound >= 0 && columns.upperBound <= self.columns, "columns of the matrix")
        let elements = rows.flatMap { row in
            storage[row * self.columns + columns.lowerBound..<row * self.columns + columns.upperBound]
        }
        return Matrix(rows: rows.count, columns: columns.count, elements: elements)
    }

    /// A matrix of the same shape with every element transformed.
    @inlinable
    public func map<Other, Failure: Error>(
        _ transform: (Element) throws(Failure) -> Other
    ) throws(Failure)
        -> Matrix<Other>
    {
        Matrix<Other>(rows: rows, columns: columns, elements: try storage.map(transform))
    }

    /// Rows become columns.
    @inlinable
    public func transposed() -> Matrix {
        var elements: [Element] = []
        elements.reserveCapacity(storage.count)
        for column in 0..<columns {
            for row in 0..<rows { elements.append(storage[row * columns + column]) }
        }
        return Matrix(rows: columns, columns: rows, elements: elements)
    }

    @inlinable
    func index(_ row: Int, _ column: Int) -> Int {
        // The array checks the rest: a column outside its row would silently name an element of another one.
        precondition(column >= 0 && column < columns, "column outside the matrix")
        return row * columns + column
    }
}

extension Matrix: Sendable where Element: Sendable {}
extension Matrix: Equatable where Element: Equatable {}
extension Matrix: Hashable where Element: Hashable {}
