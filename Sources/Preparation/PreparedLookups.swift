public import Arithmetic

/// Rows of an embedding table that a party's rows look up: its categorical fields as numbers.
public struct PreparedLookups: Sendable {
    /// The number of rows.
    public let rows: Int
    /// Of each field, the table's row for each row.
    private let columns: [[Int32]]
    /// Rows of the table, all fields together.
    public let tableRows: Int

    init(rows: Int, columns: [[Int32]], tableRows: Int) {
        (self.rows, self.columns, self.tableRows) = (rows, columns, tableRows)
    }

    /// Rows that look nothing up.
    public init(rows: Int) { self.init(rows: rows, columns: [], tableRows: 0) }

    /// The same with each field's first row, that of rare categories, looked up in some rows.
    ///
    /// - Parameter cleared: the rows.
    public func clearing(_ cleared: [Int]) -> PreparedLookups {
        let columns = columns.map { column in
            var column = column
            let first = column.min() ?? 0
            for row in cleared { column[row] = first }
            return column
        }
        return PreparedLookups(rows: rows, columns: columns, tableRows: tableRows)
    }

    /// The number of categorical fields.
    public var fields: Int { columns.count }

    /// The named rows in the order of their names: a column for each field.
    public func matrix(rows names: [Int]) -> Matrix<Int> {
        Matrix(
            rows: names.count, columns: fields,
            elements: names.flatMap { row in columns.map { Int($0[row]) } })
    }

    /// A column of zeros and ones for each row of the table that is looked up.
    public func oneHot() -> PreparedMatrix {
        let used = Set(columns.joined()).sorted()
        let places = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        var matrix = PreparedMatrix(columnNames: used.map { "\($0)" })
        for row in 0..<rows {
            // Fields have ranges of the table of their own, in their order.
            for column in columns { if let place = places[column[row]] { matrix.append(1, column: place) } }
            matrix.endRow()
        }
        return matrix
    }
}
