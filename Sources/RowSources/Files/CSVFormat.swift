/// How a CSV file is written.
public struct CSVFormat: Hashable, Sendable {
    /// Where the names of columns come from.
    public enum Names: Hashable, Sendable {
        /// The first record.
        case header
        /// The file has no header: `c1`, `c2` and so on.
        case numbered
        /// The file has no header: these.
        case given([String])
    }

    public var names: Names
    /// ASCII, and neither a quote nor the end of a line.
    public var separator: UInt8

    public init(names: Names = .header, separator: UInt8 = UInt8(ascii: ",")) {
        precondition(Self.isSeparator(separator), "no separator")
        self.names = names
        self.separator = separator
    }

    /// Whether fields can be separated by this.
    public static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\t") || byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"")
    }
}
