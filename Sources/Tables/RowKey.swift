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

extension Table {
    /// The columns of the key as texts, which reading keeps whatever they look like, in the key's order.
    public var keyTexts: [TextColumn] {
        key.columns.map { name in
            guard case .texts(let texts)? = columns.first(where: { $0.name == name })?.cells else {
                preconditionFailure("a key is text")
            }
            return texts
        }
    }

    /// The cells of a row's key, as the file has them.
    public func keyCells(row: Int) -> [String] { keyTexts.map { String(decoding: $0[row], as: UTF8.self) } }

    /// What a row is called in this party's own books: its key's encoding.
    public func keyEncoding(row: Int) -> [UInt8] {
        RowKey.encode(keyTexts.map { key.trims ? $0[row].trimmingSpaces() : $0[row] })
    }
}
