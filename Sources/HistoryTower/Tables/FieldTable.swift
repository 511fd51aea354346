/// The table of a large field of a tower at rest: a file beside the tower, named by its content, so that equal tables are one file.
///
/// The file is a header of 32 bytes ("colonnade table" and a zero; version, columns and rows as 4, 4 and 8 bytes) and the rows' numbers as
/// 32-bit floats, all little-endian. It holds what its owner's events teach and is **not encrypted**.
public struct FieldTable: Hashable, Sendable {
    /// The field's name.
    public let field: String
    /// The field's codes.
    public let rows: Int
    /// The tower's width.
    public let columns: Int
    /// SHA-256 of the whole file, as 64 lower-case hexadecimal digits.
    public internal(set) var hash: String

    init(field: String, rows: Int, columns: Int, hash: String = "") {
        (self.field, self.rows, self.columns, self.hash) = (field, rows, columns, hash)
    }

    /// The file's name in the folder that holds a party's tables.
    public var fileName: String { hash + Self.ending }

    /// How all such files' names end.
    public static let ending = ".table"
    /// How the names of those begin that are being written, or whose writer did not live to the end.
    public static let unfinished = "unfinished-table-"

    /// The file's length.
    public var bytes: Int { TableFile.headerBytes + 4 * rows * columns }

    /// What a table says of itself beside its content.
    var withoutHash: FieldTable { FieldTable(field: field, rows: rows, columns: columns) }

    /// Why a file cannot be used.
    public enum Problem: Error, Hashable, CustomStringConvertible {
        /// It is not there.
        case missing
        /// The system does not let it be read, or written.
        case unreadable(String), unwritable(String)
        /// It has another length.
        case length(Int, expected: Int)
        /// It does not begin as such a table does.
        case header
        /// Its content is not what was written.
        case damaged
        /// What is free on the disk, and what it needs, in bytes.
        case room(Int, needed: Int)

        public var description: String {
            let restore = "restore it from a backup, or train the model again"
            return switch self {
            case .missing: "is not there: \(restore)"
            case .unreadable(let problem): "cannot be read: \(problem); see to that disk"
            case .unwritable(let problem): "cannot be written: \(problem); see to that disk and its permissions"
            case .length(let bytes, let expected): "has \(bytes) bytes and not \(expected): \(restore)"
            case .header: "is no such table, or another version's: \(restore)"
            case .damaged: "does not hold what was written: \(restore)"
            case .room(let bytes, let needed):
                "needs \(needed) bytes on a disk where \(bytes) are free: free some, or give the field fewer codes"
            }
        }
    }
}

extension FieldTable: Codable {
    private enum CodingKeys: String, CodingKey { case field, rows, columns, hash }

    /// - Throws: `DecodingError` where the hash is none: it becomes a part of a path.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        field = try container.decode(String.self, forKey: .field)
        rows = try container.decode(Int.self, forKey: .rows)
        columns = try container.decode(Int.self, forKey: .columns)
        hash = try container.decode(String.self, forKey: .hash)
        guard hash.utf8.count == 64, hash.utf8.allSatisfy(Set("0123456789abcdef".utf8).contains) else {
            throw DecodingError.dataCorruptedError(
                forKey: .hash, in: container, debugDescription: "64 hexadecimal digits are expected")
        }
    }
}
