/// A rectangle of which only some elements are stored, row by row (compressed sparse rows); the others are zero.
public struct SparseMatrix<Element> {
    /// A stored element of some row.
    public struct Place {
        public let column: Int
        public let value: Element

        /// A value and its column.
        @inlinable
        public init(_ column: Int, _ value: Element) {
            self.column = column
            self.value = value
        }
    }

    /// How many rows.
    public let rows: Int
    /// How many columns.
    public let columns: Int
    @usableFromInline let starts: [Int]
    @usableFromInline let places: [Place]

    /// Takes for each row its elements, in the order of their columns and at most one in each.
    @inlinable
    public init(columns: Int, rows: [[Place]]) {
        precondition(columns >= 0, "a number of columns")
        for row in rows {
            var next = 0
            for place in row {
                precondition(place.column >= next && place.column < columns, "columns in order, within the matrix")
                next = place.column + 1
            }
        }
        self.rows = rows.count
        self.columns = columns
        starts = rows.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        places = rows.flatMap { $0 }
    }

    /// How many elements are stored.
    @inlinable
    public var storedCount: Int { places.count }

    /// The stored elements of one row.
    @inlinable
    public func row(_ row: Int) -> ArraySlice<Place> {
        precondition(row >= 0 && row < rows, "row outside the matrix")
        return places[starts[row]..<starts[row + 1]]
    }

    /// A matrix of the same shape with every stored element transformed.
    @inlinable
    public func map<Other>(_ transform: (Element) -> Other) -> SparseMatrix<Other> {
        SparseMatrix<Other>(
            rows: rows, columns: columns, starts: starts,
            places: places.map { SparseMatrix<Other>.Place($0.column, transform($0.value)) })
    }

    @inlinable
    init(rows: Int, columns: Int, starts: [Int], places: [Place]) {
        self.rows = rows
        self.columns = columns
        self.starts = starts
        self.places = places
    }

    /// Rows become columns.
    @inlinable
    public func transposed() -> SparseMatrix {
        var transposed = [[Place]](repeating: [], count: columns)
        for row in 0..<rows {
            for place in self.row(row) { transposed[place.column].append(Place(row, place.value)) }
        }
        return SparseMatrix(columns: rows, rows: transposed)
    }
}

extension SparseMatrix: Sendable where Element: Sendable {}
extension SparseMatrix.Place: Sendable where Element: Sendable {}

extension SparseMatrix where Element: Equatable & ExpressibleByIntegerLiteral {
    /// Stores what is not zero.
    @inlinable
    public init(_ matrix: Matrix<Element>) {
        self.init(
            columns: matrix.columns,
            rows: (0..<matrix.rows).map { row in
                matrix.row(row).enumerated().compactMap { $0.element == 0 ? nil : Place($0.offset, $0.element) }
            })
    }
}
