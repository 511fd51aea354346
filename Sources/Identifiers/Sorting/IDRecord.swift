/// An id's hash and its row, in memory as in files: 32 bytes, and 8 of a number with its lowest byte first.
struct IDRecord {
    /// Bytes from one record to the next.
    static let byteCount = 40

    let hash: IDHash
    private let storedRow: UInt64

    /// - Parameter row: 0 or more.
    init(_ hash: IDHash, row: Int) {
        self.hash = hash
        storedRow = UInt64(row).littleEndian
    }

    /// The number of the row, nil where a damaged file holds none.
    var row: Int? { Int(exactly: UInt64(littleEndian: storedRow)) }

    /// By hash, and by row where hashes are equal.
    static func < (left: IDRecord, right: IDRecord) -> Bool {
        if left.hash.leading != right.hash.leading { return left.hash.leading < right.hash.leading }
        if left.hash != right.hash { return left.hash < right.hash }
        return UInt64(littleEndian: left.storedRow) < UInt64(littleEndian: right.storedRow)
    }
}

/// Memory for records. The system backs only those pages that were written, so a large one costs little until it is filled.
final class RecordBuffer: @unchecked Sendable {  // Written by its one owner; shared, if ever, only when complete.
    let records: UnsafeMutableBufferPointer<IDRecord>

    init(capacity: Int) {
        records = .allocate(capacity: capacity)
    }

    /// A larger one with the same beginning.
    init(copying other: RecordBuffer, capacity: Int) {
        records = .allocate(capacity: capacity)
        _ = records.initialize(fromContentsOf: other.records)
    }

    deinit { records.deallocate() }
}
