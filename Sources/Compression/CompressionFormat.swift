/// How a stream is compressed, told by its first bytes, never by a file's name.
public enum CompressionFormat: CaseIterable, Sendable {
    /// RFC 8878: one or more frames.
    case zstandard
    /// RFC 1952: one or more members.
    case gzip

    /// What every frame or member begins with.
    public var magic: [UInt8] {
        switch self {
        case .zstandard: Zstandard.magic
        case .gzip: [0x1F, 0x8B]
        }
    }

    /// The format of a stream that begins with these bytes; `nil` where it is not compressed.
    public init?(firstBytes: [UInt8]) {
        guard let format = Self.allCases.first(where: { firstBytes.starts(with: $0.magic) }) else { return nil }
        self = format
    }
}
