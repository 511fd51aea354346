/// Texts of a column, kept as one run of bytes.
public struct TextColumn: Sendable {
    private let bytes: [UInt8]
    private let ends: [UInt32]

    /// - Parameter ends: Where each cell ends in `bytes`; it begins where the one before ends.
    init(bytes: [UInt8], ends: [UInt32]) { (self.bytes, self.ends) = (bytes, ends) }

    /// The number of cells.
    public var count: Int { ends.count }

    /// The UTF-8 of one cell; empty where the value is missing.
    public subscript(row: Int) -> ArraySlice<UInt8> { bytes[(row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])] }
}
