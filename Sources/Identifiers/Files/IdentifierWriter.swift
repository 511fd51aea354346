/// Writes a file of ids: under a temporary name, which becomes the final one when all is on the disk, or goes with this value.
struct IdentifierWriter: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let file: DataFile
    private let buffer: RecordBuffer
    private var buffered = 0
    private var written = 0
    private var hash = InputHash()
    private var isSettled = false

    /// - Parameter capacity: How many records to write at a time.
    init(_ path: String, capacity: Int) throws(IdentifiersError) {
        self.path = path
        temporaryPath = path + ".new"
        file = try DataFile(creating: temporaryPath)
        buffer = RecordBuffer(capacity: capacity)
    }

    deinit { if !isSettled { DataFile.remove(temporaryPath) } }

    /// Takes the next record; hashes ascend.
    mutating func append(_ record: IDRecord) throws(IdentifiersError) {
        if buffered == buffer.records.count { try flush() }
        buffer.records.initializeElement(at: buffered, to: record)
        buffered += 1
        hash.append(record.hash)
    }

    private mutating func flush() throws(IdentifiersError) {
        try file.write(
            UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer.records[..<buffered])),
            at: IdentifierHeader.byteCount + written * IDRecord.byteCount)
        written += buffered
        buffered = 0
    }

    /// Writes the header, its count and input hash filled in, and puts the file in its place.
    ///
    /// - Returns: The file's path.
    consuming func finish(_ header: IdentifierHeader) throws(IdentifiersError) -> String {
        try flush()
        var header = header
        header.count = written
        header.inputHash = hash.finish(fingerprint: header.fingerprint)
        let bytes = header.bytes
        try bytes.withUnsafeBufferPointer { bytes throws(IdentifiersError) in
            try file.write(UnsafeRawBufferPointer(bytes), at: 0)
        }
        try file.settle(as: path)
        isSettled = true
        return path
    }
}
