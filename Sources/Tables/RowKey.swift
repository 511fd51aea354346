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

extension Table {
    /// How many pairs of lines a report of duplicates names.
    private static let namedDuplicates = 5

    /// The cells of a row's key, as the file has them.
    public func keyCells(row: Int) -> [String] {
        key.columns.map { name in
            guard case .texts(let texts)? = columns.first(where: { $0.name == name })?.cells else { return "" }
            return String(decoding: texts[row], as: UTF8.self)
        }
    }

    /// The canonical id of every row, in the order of the file.
    ///
    /// - Throws: ``TablesError/emptyKey(file:line:column:)`` for the first empty cell of a key,
    ///   ``TablesError/duplicateKeys(file:count:lines:)`` where ids repeat.
    public func identifiers() throws(TablesError) -> [[UInt8]] {
        var texts: [TextColumn] = []
        for name in key.columns {
            // Reading keeps the key's columns as texts, whatever they look like.
            guard case .texts(let column) = try column(name).cells else { preconditionFailure("a key is text") }
            texts.append(column)
        }
        var identifiers: [[UInt8]] = []
        identifiers.reserveCapacity(rowCount)
        var rows = [[UInt8]: Int](minimumCapacity: rowCount)
        var duplicates = 0
        var named: [DuplicateLines] = []
        for row in 0..<rowCount {
            let cells = texts.map { key.trims ? $0[row].trimmingSpaces() : $0[row] }
            if let empty = cells.firstIndex(where: \.isEmpty) {
                throw .emptyKey(file: file, line: lines[row], column: key.columns[empty])
            }
            let identifier = RowKey.encode(cells)
            if let first = rows[identifier] {
                duplicates += 1
                if named.count < Self.namedDuplicates {
                    named.append(DuplicateLines(first: lines[first], again: lines[row]))
                }
            } else {
                rows[identifier] = row
            }
            identifiers.append(identifier)
        }
        guard duplicates == 0 else { throw .duplicateKeys(file: file, count: duplicates, lines: named) }
        return identifiers
    }
}
