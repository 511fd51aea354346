internal import Cryptography
internal import Specification

/// What the cells of a key column are.
public enum KeyType: String, Codable, Sendable, CaseIterable {
    /// Any text in UTF-8, normalised as the declaration says.
    case text
    /// A whole number of 64 bits with a sign: `7`, `+7` and `007` are one.
    case integer
    /// A day of the proleptic Gregorian calendar, `yyyy-mm-dd`.
    case date

    /// What tells types apart in an encoding: a text `7` and a number 7 are different ids.
    var tag: UInt8 {
        switch self {
        case .text: 1
        case .integer: 2
        case .date: 3
        }
    }
}

/// A column of a key.
public struct KeyColumn: Codable, Hashable, Sendable {
    /// What the tables' headers call it.
    public let name: String
    /// How its cells are read.
    public let type: KeyType

    public init(_ name: String, _ type: KeyType = .text) {
        self.name = name
        self.type = type
    }
}

/// How a row's key becomes the id that parties compare: the same at all of them, or nothing would match.
public struct KeyDeclaration: Hashable, Sendable {
    /// The Unicode form of texts.
    public enum UnicodeForm: String, Codable, Sendable, CaseIterable {
        /// Composed (NFC, Unicode Standard Annex 15): one form for texts that look alike because their accents are written alike.
        case nfc
        /// As the table has it.
        case none
    }

    /// One or more, none twice, in the order in which they are encoded.
    public let columns: [KeyColumn]
    /// Whether white space at both ends of a cell is left out (Unicode's White_Space, the no-break space included).
    public let trims: Bool
    /// Whether texts are compared without regard to case, by full case folding: `Straße` is `STRASSE`.
    public let foldsCase: Bool
    /// How texts are composed, before case folding and again after it.
    public let unicode: UnicodeForm

    /// - Parameter columns: As ``isKey(_:)`` has it.
    public init(columns: [KeyColumn], trims: Bool = true, foldsCase: Bool = false, unicode: UnicodeForm = .nfc) {
        precondition(Self.isKey(columns), "a key has 1 to \(Self.columnLimit) columns with different names")
        self.columns = columns
        self.trims = trims
        self.foldsCase = foldsCase
        self.unicode = unicode
    }

    /// The most columns that a key can have.
    public static let columnLimit = 64
    /// The longest name of a column, in bytes.
    public static let nameLimit = 1024

    /// Whether these columns make a key: 1 to ``columnLimit`` of them, with different names of 1 to ``nameLimit`` bytes.
    public static func isKey(_ columns: [KeyColumn]) -> Bool {
        1...columnLimit ~= columns.count && Set(columns.map(\.name)).count == columns.count
            && columns.allSatisfy { 1...nameLimit ~= $0.name.utf8.count }
    }

    /// The version of Unicode by which this program normalises, such as `16.0`.
    public static var unicodeVersion: String { UnicodeVersion.current }

    /// A SHA-256 of everything in the declaration and of the Unicode version: equal fingerprints turn equal cells into equal ids.
    ///
    /// Parties compare it before any id travels. Public; it says nothing about the tables but the names of the key's columns, to who
    /// guesses them.
    public var fingerprint: [UInt8] { fingerprint(unicodeVersion: UnicodeVersion.current) }

    package func fingerprint(unicodeVersion: String) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/align/declaration/v1")
        writer.list(columns) { writer, column in
            writer.text(column.name)
            writer.integer(column.type.tag)
        }
        writer.integer(UInt8(trims ? 1 : 0))
        writer.integer(UInt8(foldsCase ? 1 : 0))
        writer.text(unicode.rawValue)
        writer.text(unicodeVersion)
        return SHA256.hash(writer.bytes)
    }
}

extension KeyDeclaration: Codable {
    private enum CodingKeys: String, CodingKey {
        case columns, trim, unicode
        case foldCase = "fold-case"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let columns = try fields.decode([KeyColumn].self, forKey: .columns)
        guard Self.isKey(columns) else {
            throw DecodingError.dataCorruptedError(
                forKey: .columns, in: fields,
                debugDescription: "a key has 1 to \(Self.columnLimit) columns with different names")
        }
        self.init(
            columns: columns,
            trims: try fields.decodeIfPresent(Bool.self, forKey: .trim) ?? true,
            foldsCase: try fields.decodeIfPresent(Bool.self, forKey: .foldCase) ?? false,
            unicode: try fields.decodeIfPresent(UnicodeForm.self, forKey: .unicode) ?? .nfc)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(columns, forKey: .columns)
        try fields.encode(trims, forKey: .trim)
        try fields.encode(foldsCase, forKey: .foldCase)
        try fields.encode(unicode, forKey: .unicode)
    }
}
