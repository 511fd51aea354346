/// Numbers of rows, or places in the common order, in any order: 4 bytes each.
public struct RowNumbers: RandomAccessCollection, Hashable, Sendable {
    /// The numbers.
    public let values: [UInt32]

    /// - Parameter rows: Each below 2^32.
    public init(_ rows: some Sequence<Int>) { values = (rows as? RowNumbers)?.values ?? rows.map { UInt32($0) } }

    /// These numbers themselves.
    public init(values: [UInt32]) { self.values = values }

    public var startIndex: Int { 0 }
    public var endIndex: Int { values.count }
    public subscript(index: Int) -> Int { Int(values[index]) }
}
