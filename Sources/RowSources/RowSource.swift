/// An organisation's rows, one after the other, from wherever they are kept. Memory holds one row, not all of them.
public protocol RowSource {
    /// What errors call it: a file's path, or which database at which host.
    var name: String { get }
    /// What its rows are counted in.
    var unit: RowUnit { get }
    /// The names of its columns: all different, none empty.
    var columns: [String] { get }

    /// Fills `row` with the next row, which has a cell for each column; false at the end.
    ///
    /// - Throws: ``RowSourceError``, naming the source, the row and, where it can, the column.
    mutating func next(_ row: inout Row) throws(RowSourceError) -> Bool
}

/// One row: the bytes of its cells, one after the other. An empty cell is a missing value.
public struct Row: Sendable {
    /// UTF-8.
    public internal(set) var bytes: [UInt8] = []
    /// Where each cell ends in `bytes`.
    public internal(set) var ends: [Int] = []
    /// The line on which it begins, or which row of the query it is; counted from 1.
    public internal(set) var number = 0

    public init() {}

    /// The bytes of one cell.
    public subscript(cell: Int) -> ArraySlice<UInt8> { bytes[(cell == 0 ? 0 : ends[cell - 1])..<ends[cell]] }

    mutating func begin(_ number: Int) {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        self.number = number
    }

    mutating func append(_ cell: some Collection<UInt8>) {
        bytes += cell
        endCell()
    }

    mutating func endCell() { ends.append(bytes.count) }

    /// The first cell that is not UTF-8; `nil` where all are.
    var firstNotUTF8: Int? {
        guard bytes.contains(where: { $0 >= 0x80 }) else { return nil }
        return ends.indices.first { String(validating: self[$0], as: UTF8.self) == nil }
    }
}

/// What the rows of a source are counted in.
public enum RowUnit: String, Sendable {
    /// Lines of a file, its header included.
    case line
    /// Rows of a query's answer.
    case row
}

/// Where a row stands: "line 17" of a file, "row 17" of a query's answer.
public struct RowPlace: Hashable, Sendable, CustomStringConvertible {
    public var unit: RowUnit
    /// Counted from 1.
    public var number: Int

    public init(_ unit: RowUnit, _ number: Int) {
        self.unit = unit
        self.number = number
    }

    public static func line(_ number: Int) -> RowPlace { RowPlace(.line, number) }
    public static func row(_ number: Int) -> RowPlace { RowPlace(.row, number) }

    public var description: String { "\(unit.rawValue) \(number)" }
}

extension RowSource {
    /// Refuses names of columns that could not be told apart.
    func check(_ names: [String]) throws(RowSourceError) {
        var seen: Set<String> = []
        for (column, name) in names.enumerated() {
            guard !name.isEmpty else { throw .unnamedColumn(source: self.name, field: column + 1) }
            guard seen.insert(name).inserted else { throw .duplicateColumn(source: self.name, column: name) }
        }
    }
}
