public import Arithmetic
public import Scratch

/// Rows of an embedding table that a party's rows look up: its categorical fields as numbers. Few are in memory, many in a file: all that
/// reads them throws `ScratchError` where that fails.
public struct PreparedLookups: Sendable {
    /// The number of rows.
    public let rows: Int
    /// The number of categorical fields.
    public let fields: Int
    /// Rows of the table, all fields together.
    public let tableRows: Int
    /// Of each row, the table's row for each field, in 32 bits; `nil` where nothing is looked up.
    private let spool: Spool?
    private let space: WorkingSpace

    init(rows: Int, fields: Int, tableRows: Int, _ spool: Spool?, in space: WorkingSpace) {
        (self.rows, self.fields, self.tableRows) = (rows, fields, tableRows)
        (self.spool, self.space) = (spool, space)
    }

    /// Rows that look nothing up.
    public init(rows: Int) { self.init(rows: rows, fields: 0, tableRows: 0, nil, in: WorkingSpace()) }

    /// The named rows in the order of their names: a column for each field.
    public func matrix(rows names: some Collection<Int>) throws(ScratchError) -> Matrix<Int> {
        var elements: [Int] = []
        if let spool {
            elements.reserveCapacity(names.count * fields)
            for row in names {
                let found: [Int32] = try spool.numbers(fields, at: row * fields * MemoryLayout<Int32>.size)
                for place in found { elements.append(Int(place)) }
            }
        }
        return Matrix(rows: names.count, columns: fields, elements: elements)
    }

    /// A column of zeros and ones for each row of the table that is looked up.
    public func oneHot() throws(ScratchError) -> PreparedMatrix {
        let length = max(1, (1 << 20) / max(1, fields * MemoryLayout<Int32>.size))
        let blocks = stride(from: 0, to: rows, by: length).map { $0..<min($0 + length, rows) }
        var isUsed = [Bool](repeating: false, count: tableRows)
        for block in blocks { for place in try places(of: block) { isUsed[Int(place)] = true } }
        let used = isUsed.indices.filter { isUsed[$0] }
        var columns = [Int](repeating: 0, count: tableRows)
        for (column, place) in used.enumerated() { columns[place] = column }
        var matrix = PreparedMatrixWriter(columnNames: used.map { "\($0)" }, rows: rows, in: space)
        for block in blocks {
            let places = try places(of: block)
            for row in 0..<block.count {
                // Fields have ranges of the table of their own, in their order.
                for place in places[row * fields..<(row + 1) * fields] { matrix.append(1, column: columns[Int(place)]) }
                try matrix.endRow()
            }
        }
        return try matrix.finish()
    }

    /// What consecutive rows look up, row by row.
    private func places(of rows: Range<Int>) throws(ScratchError) -> [Int32] {
        guard let spool else { return [] }
        return try spool.numbers(rows.count * fields, at: rows.lowerBound * fields * MemoryLayout<Int32>.size)
    }
}
