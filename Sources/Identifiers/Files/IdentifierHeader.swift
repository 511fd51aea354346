internal import Cryptography

/// What a file of ids says about itself, before its records.
///
/// Numbers have their lowest byte first:
///
///     magic `COLNDIDS` (8 bytes), version 1 (32 bits), bytes of a record (32 bits)
///     fingerprint of the declaration (32 bytes), seed (32 bytes)
///     ids, rows taken, rows with an empty key, rows that repeat an id, highest row and 1 (64 bits each)
///     input hash (32 bytes)
///     SHA-256 of all these (32 bytes)
struct IdentifierHeader: Equatable {
    static let byteCount = 8 + 4 + 4 + 32 + 32 + 5 * 8 + 32 + 32
    private static let magic = Array("COLNDIDS".utf8)
    private static let version: UInt32 = 1

    var fingerprint: [UInt8]
    var seed: [UInt8]
    var count = 0
    var tally = Tally()
    var inputHash: [UInt8] = []

    /// What the rows gave besides ids.
    struct Tally: Equatable {
        var rows = 0
        var empty = 0
        var repeated = 0
        /// No row has this number or a higher one.
        var rowBound = 0
    }

    /// The encoding: ``byteCount`` bytes.
    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.append(littleEndian: Self.version)
        bytes.append(littleEndian: UInt32(IDRecord.byteCount))
        bytes += fingerprint + seed
        for number in [count, tally.rows, tally.empty, tally.repeated, tally.rowBound] {
            bytes.append(littleEndian: UInt64(number))
        }
        bytes += inputHash
        bytes += SHA256.hash(bytes)
        precondition(bytes.count == Self.byteCount, "a header has \(Self.byteCount) bytes")
        return bytes
    }
}

extension IdentifierHeader {
    /// Reads a file's header and compares the file's length with it.
    ///
    /// - Throws: ``IdentifiersError/damaged(path:problem:)``, ``IdentifiersError/cannotRead(path:code:)``.
    init(of file: DataFile) throws(IdentifiersError) {
        let size = try file.size()
        guard size >= Self.byteCount else {
            throw .damaged(path: file.path, problem: "\(size) bytes are shorter than the header of a file of ids")
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.byteCount, alignment: 1)
        defer { memory.deallocate() }
        try file.read(memory, at: 0)
        let bytes = Array(memory)

        func refuse(_ problem: String) -> IdentifiersError { .damaged(path: file.path, problem: problem) }
        var position = 0
        func next(_ count: Int) -> [UInt8] {
            defer { position += count }
            return Array(bytes[position..<position + count])
        }
        func number(_ count: Int) -> Int? {
            Int(exactly: next(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        guard next(8) == Self.magic else { throw refuse("this is no file of ids") }
        guard number(4) == Int(Self.version), number(4) == IDRecord.byteCount else {
            throw refuse("this file of ids is of another version")
        }
        guard SHA256.hash(Array(bytes.dropLast(32))) == bytes.suffix(32) else {
            throw refuse("the header is not as it was written")
        }
        (fingerprint, seed) = (next(32), next(32))
        guard let count = number(8), let rows = number(8), let empty = number(8), let repeated = number(8),
            let rowBound = number(8)
        else { throw refuse("the header holds a count above 2^63") }
        self.count = count
        tally = Tally(rows: rows, empty: empty, repeated: repeated, rowBound: rowBound)
        inputHash = next(32)
        let (length, overflowed) = count.multipliedReportingOverflow(by: IDRecord.byteCount)
        guard !overflowed, size - Self.byteCount == length else {
            throw refuse("\(size) bytes are not the length of a file of \(count) ids")
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
