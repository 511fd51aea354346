internal import RowSources

/// Which columns name a row, and how their cells become the bytes that parties compare.
public struct RowKey: Hashable, Codable, Sendable {
    /// One or more columns, in the order that all parties agreed on.
    public let columns: [String]
    /// Whether spaces and tabs at both ends of a cell are left out; nothing else is ever changed.
    public let trims: Bool

    /// - Parameter columns: at least one, none twice.
    public init(columns: [String], trims: Bool = true) {
        precondition(!columns.isEmpty && Set(columns).count == columns.count, "a key has one or more different columns")
        self.columns = columns
        self.trims = trims
    }

    /// The one encoding of a row's key: how many columns, then for each the length of its cell and the cell.
    ///
    /// Counts and lengths are 32 bits, big-endian; so no two different keys have the same bytes.
    public static func encode(_ cells: [some Collection<UInt8>]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + cells.reduce(0) { $0 + 4 + $1.count })
        func append(_ count: Int) {
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        append(cells.count)
        for cell in cells {
            append(cell.count)
            bytes += cell
        }
        return bytes
    }
}

/// The keys of a table's rows, as its source has them.
public struct RowKeys: Sendable {
    /// The columns of the key as texts, in the key's order.
    public let columns: [TextColumn]
    private let trims: Bool

    fileprivate init(_ columns: [TextColumn], trims: Bool) { (self.columns, self.trims) = (columns, trims) }

    /// The cells of a row's key.
    public func cells(row: Int) -> [String] { columns.map { String(decoding: $0[row], as: UTF8.self) } }

    /// What a row is called in its party's own books: its key's encoding.
    public func encoding(row: Int) -> [UInt8] {
        RowKey.encode(columns.map { trims ? $0[row].trimmingSpaces() : $0[row] })
    }
}

extension Table {
    /// All rows' keys, in memory: for rows in any order.
    ///
    /// - Throws: ``TablesError`` where they cannot be read back.
    public func keys() throws(TablesError) -> RowKeys {
        var columns: [TextColumn] = []
        for column in keyColumns { columns.append(try store.texts(column.pieces, column: column.name)) }
        return RowKeys(columns, trims: key.trims)
    }

    /// Visits all rows' keys in the order of the rows, a few thousand at a time in memory.
    ///
    /// - Parameter visit: Takes rows, and their keys, counted from the first of the rows.
    /// - Throws: ``TablesError`` where they cannot be read back; what `visit` throws.
    public func visitKeys(_ visit: (_ rows: Range<Int>, RowKeys) throws -> Void) throws {
        let keyColumns = keyColumns
        for group in 0..<store.groups {
            var columns: [TextColumn] = []
            for column in keyColumns { columns.append(try store.texts(column.pieces, group: group)) }
            try visit(store.rows(ofGroup: group), RowKeys(columns, trims: key.trims))
        }
    }

    private var keyColumns: [Column] {
        key.columns.map { name in
            guard let column = columns.first(where: { $0.name == name }), column.type == .category else {
                preconditionFailure("a key is text")
            }
            return column
        }
    }
}
