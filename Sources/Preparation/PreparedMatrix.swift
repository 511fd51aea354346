public import Arithmetic
public import Scratch

/// A party's prepared rows: finite numbers below 8 in magnitude, kept without their zeros, row by row; few of them in memory, many in a
/// file, of which rows are read as they are asked for.
///
/// One-hot columns are nearly all zero; the airline of the flights example keeps 7 values a row instead of 170. A value takes 12 bytes,
/// in memory or in the file, and a row 4 in memory. All that reads rows throws `ScratchError` where the file fails.
public struct PreparedMatrix: Sendable {
    /// What each column stands for.
    public let columnNames: [String]
    /// How many values that are not zero each row has.
    private let ends: RowEnds
    private let spool: Spool
    /// Where it lies.
    public let space: WorkingSpace
    /// The most values of a row that are not zero.
    public let mostNonzeros: Int

    fileprivate init(columnNames: [String], _ ends: RowEnds, _ spool: Spool, _ space: WorkingSpace, mostNonzeros: Int) {
        self.columnNames = columnNames
        (self.ends, self.spool, self.space, self.mostNonzeros) = (ends, spool, space, mostNonzeros)
    }

    /// A matrix of finite numbers below 8 in magnitude.
    public init(
        columnNames: [String], _ matrix: Matrix<Double>, in space: WorkingSpace = WorkingSpace()
    ) throws(ScratchError) {
        precondition(columnNames.count == matrix.columns, "a name for each column")
        var writer = PreparedMatrixWriter(columnNames: columnNames, rows: matrix.rows, in: space)
        for row in 0..<matrix.rows {
            for (column, value) in matrix.row(row).enumerated() { writer.append(value, column: column) }
            try writer.endRow()
        }
        self = try writer.finish()
    }

    /// These columns and, to the right of them, others of the same rows.
    public func beside(_ right: PreparedMatrix) throws(ScratchError) -> PreparedMatrix {
        precondition(rows == right.rows, "columns of the same rows")
        var both = PreparedMatrixWriter(columnNames: columnNames + right.columnNames, rows: rows, in: space)
        for block in blocks {
            let (left, others) = (try self.rows(block), try right.rows(block))
            for row in 0..<block.count {
                for (column, value) in left.nonzeros(inRow: row) { both.append(value, column: column) }
                for (column, value) in others.nonzeros(inRow: row) { both.append(value, column: columns + column) }
                try both.endRow()
            }
        }
        return try both.finish()
    }

    /// Finite numbers below 8 in magnitude, made as they are written.
    ///
    /// - Parameters:
    ///   - blocks: Consecutive rows, all of them.
    ///   - make: Gives the rows of a block in full.
    /// - Throws: `ScratchError`; what `make` throws.
    public init(
        columnNames: [String], blocks: [Range<Int>], in space: WorkingSpace,
        _ make: (Range<Int>) throws -> Matrix<Double>
    ) throws {
        var writer = PreparedMatrixWriter(columnNames: columnNames, rows: blocks.last?.upperBound ?? 0, in: space)
        for block in blocks {
            let matrix = try make(block)
            for row in 0..<matrix.rows {
                for (column, value) in matrix.row(row).enumerated() { writer.append(value, column: column) }
                try writer.endRow()
            }
        }
        self = try writer.finish()
    }

    /// The number of rows.
    public var rows: Int { ends.count }
    /// The number of columns, one-hot columns counted each.
    public var columns: Int { columnNames.count }
    /// The number of values that are not zero.
    public var nonzeroCount: Int { ends.total }

    /// Consecutive rows that are worked on together: a few megabytes of them.
    public var blocks: [Range<Int>] {
        let length = max(1, (1 << 21) / (PreparedRows.entrySize * max(1, mostNonzeros)))
        return stride(from: 0, to: rows, by: length).map { $0..<min($0 + length, rows) }
    }

    /// Consecutive rows.
    public func rows(_ range: Range<Int>) throws(ScratchError) -> PreparedRows {
        var rows = PreparedRows(columns: columns)
        guard let first = range.first, let last = range.last else { return rows }
        let (start, end) = (ends.range(first).lowerBound, ends.range(last).upperBound)
        let bytes: [UInt8] = try spool.numbers(
            (end - start) * PreparedRows.entrySize, at: start * PreparedRows.entrySize)
        bytes.withUnsafeBytes { bytes in
            for row in range {
                let part = ends.range(row)
                rows.append(bytes, from: (part.lowerBound - start) * PreparedRows.entrySize, count: part.count)
            }
        }
        return rows
    }

    /// The named rows, in the order of their names.
    public func rows(named names: some Sequence<Int>) throws(ScratchError) -> PreparedRows {
        var rows = PreparedRows(columns: columns)
        var buffer = [UInt8](repeating: 0, count: mostNonzeros * PreparedRows.entrySize)
        var problem: ScratchError?
        for row in names {
            let part = ends.range(row)
            buffer.withUnsafeMutableBytes { bytes in
                let bytes = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(part.count * PreparedRows.entrySize)])
                do throws(ScratchError) {
                    try spool.read(into: bytes, at: part.lowerBound * PreparedRows.entrySize)
                    rows.append(UnsafeRawBufferPointer(bytes), from: 0, count: part.count)
                } catch { problem = error }
            }
            if let problem { throw problem }
        }
        return rows
    }

    /// The values of a row that are not zero, by rising column.
    public func nonzeros(inRow row: Int) throws(ScratchError) -> [(column: Int, value: Double)] {
        Array(try rows(row..<row + 1).nonzeros(inRow: 0))
    }

    /// The named rows in full, in the order of their names.
    public func dense(rows names: some Sequence<Int>) throws(ScratchError) -> Matrix<Double> {
        try rows(named: names).dense
    }

    /// The same without their zeros.
    public func sparse(rows names: some Sequence<Int>) throws(ScratchError) -> SparseMatrix<Double> {
        let rows = try rows(named: names)
        return SparseMatrix(
            columns: columns, rows: (0..<rows.count).map { rows.nonzeros(inRow: $0).map { .init($0, $1) } })
    }
}

/// Rows of a ``PreparedMatrix`` in memory.
public struct PreparedRows: Sendable {
    /// Bytes of a value with its column. A row is the columns of its values, in 32 bits, and then the values.
    static let entrySize = MemoryLayout<Int32>.size + MemoryLayout<Double>.size

    private let columns: Int
    private var ends: [Int] = []
    private var places: [Int32] = []
    private var values: [Double] = []

    init(columns: Int) { self.columns = columns }

    /// How many there are.
    public var count: Int { ends.count }

    /// The values of one of them that are not zero, by rising column.
    public func nonzeros(inRow row: Int) -> some Sequence<(column: Int, value: Double)> {
        range(row).lazy.map { (column: Int(places[$0]), value: values[$0]) }
    }

    /// All of them in full.
    public var dense: Matrix<Double> {
        var elements = [Double](repeating: 0, count: count * columns)
        for row in 0..<count {
            for index in range(row) { elements[row * columns + Int(places[index])] = values[index] }
        }
        return Matrix(rows: count, columns: columns, elements: elements)
    }

    fileprivate mutating func append(_ bytes: UnsafeRawBufferPointer, from start: Int, count: Int) {
        let valuesStart = start + count * MemoryLayout<Int32>.size
        for index in 0..<count {
            places.append(bytes.loadUnaligned(fromByteOffset: start + index * MemoryLayout<Int32>.size, as: Int32.self))
            values.append(
                bytes.loadUnaligned(fromByteOffset: valuesStart + index * MemoryLayout<Double>.size, as: Double.self))
        }
        ends.append(values.count)
    }

    private func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }
}

/// Where each row of a ``PreparedMatrix`` ends: 4 bytes a row.
struct RowEnds: Sendable {
    /// Rows of which ends are counted from one number.
    private static let stretch = 1 << 12

    private var bases: [Int] = []
    private var ends: [UInt32] = []
    private(set) var total = 0

    var count: Int { ends.count }

    mutating func append(_ values: Int) {
        if ends.count.isMultiple(of: Self.stretch) { bases.append(total) }
        total += values
        ends.append(UInt32(total - bases[bases.count - 1]))
    }

    func range(_ row: Int) -> Range<Int> {
        let base = bases[row / Self.stretch]
        let start = row.isMultiple(of: Self.stretch) ? base : base + Int(ends[row - 1])
        return start..<base + Int(ends[row])
    }
}

/// Takes a ``PreparedMatrix`` value by value.
struct PreparedMatrixWriter: ~Copyable {
    private let columnNames: [String]
    private let space: WorkingSpace
    private let rows: Int
    private var ends = RowEnds()
    private var spool: SpoolWriter
    private var places: [Int32] = []
    private var values: [Double] = []
    private var mostNonzeros = 0

    /// - Parameter rows: How many there will be.
    init(columnNames: [String], rows: Int, in space: WorkingSpace) {
        (self.columnNames, self.rows, self.space) = (columnNames, rows, space)
        spool = SpoolWriter(in: space)
    }

    mutating func append(_ value: Double, column: Int) {
        guard value != 0 else { return }
        places.append(Int32(column))
        values.append(value)
    }

    mutating func endRow() throws(ScratchError) {
        ends.append(values.count)
        mostNonzeros = max(mostNonzeros, values.count)
        spool.expected = ends.total / ends.count * rows * PreparedRows.entrySize
        try spool.append(places)
        try spool.append(values)
        places.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    consuming func finish() throws(ScratchError) -> PreparedMatrix {
        PreparedMatrix(
            columnNames: columnNames, ends, try spool.finish(), space, mostNonzeros: mostNonzeros)
    }
}
