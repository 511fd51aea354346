internal import Cryptography
internal import Specification

/// Hashes the keys of rows: SHA-256 of
///
///     domain `colonnade/align/id/v1`, after its length (16 bits)
///     seed (32 bytes)
///     number of columns (32 bits)
///     for each column: tag of its type (8 bits), length (32 bits), canonical bytes
///
/// with integers big-endian. Lengths come before bytes, so columns never run together.
package struct IDHasher: Sendable {
    /// The length of a seed in bytes.
    package static let seedByteCount = 32

    package let declaration: KeyDeclaration
    /// What all messages begin with.
    private let prefix: [UInt8]
    private let encoder: CellEncoder

    /// - Parameter seed: Public, 32 bytes, the same at all parties.
    package init(_ declaration: KeyDeclaration, seed: [UInt8]) {
        precondition(seed.count == Self.seedByteCount, "a seed has \(Self.seedByteCount) bytes")
        self.declaration = declaration
        var writer = CanonicalWriter()
        writer.text("colonnade/align/id/v1")
        writer.raw(seed)
        writer.integer(UInt32(declaration.columns.count))
        prefix = writer.bytes
        encoder = CellEncoder(declaration)
    }

    /// The hash of one row's key; nil where a cell is empty. ``append(row:cells:to:)`` and ``hash(_:)`` do many faster.
    ///
    /// - Throws: ``IdentifiersError/cell(row:column:problem:)``, naming row 0.
    package func hash(_ cells: [ArraySlice<UInt8>]) throws(IdentifiersError) -> IDHash? {
        var batch = IDBatch()
        guard try append(row: 0, cells: cells, to: &batch) else { return nil }
        hash(&batch)
        return batch.hashes[0]
    }

    /// Appends a row's message to a batch.
    ///
    /// - Parameter cells: One for each column of the declaration.
    /// - Returns: Whether it did: a row with an empty cell has no id.
    /// - Throws: ``IdentifiersError/cell(row:column:problem:)``; then too the batch is what it was.
    func append(
        row: Int, cells: [ArraySlice<UInt8>], to batch: inout IDBatch
    ) throws(IdentifiersError) -> Bool {
        precondition(cells.count == declaration.columns.count, "one cell for each column of the key")
        let start = batch.messages.count
        batch.messages.append(contentsOf: prefix)
        for (index, cell) in cells.enumerated() {
            let column = declaration.columns[index]
            do {
                guard try encoder.append(cell.span, as: column.type, to: &batch.messages) else {
                    batch.messages.removeSubrange(start...)
                    return false
                }
            } catch {
                batch.messages.removeSubrange(start...)
                throw .cell(row: row, column: column.name, problem: error)
            }
        }
        batch.ends.append(batch.messages.count)
        batch.rows.append(row)
        return true
    }

    /// Hashes the messages of a batch: the one place where ids are hashed.
    func hash(_ batch: inout IDBatch) {
        batch.hashes.removeAll(keepingCapacity: true)
        SHA256.digests(of: batch.messages, ends: batch.ends).withUnsafeBytes { digests in
            for start in stride(from: 0, to: digests.count, by: IDHash.byteCount) {
                batch.hashes.append(IDHash(.init(rebasing: digests[start..<start + IDHash.byteCount])))
            }
        }
    }
}

/// Rows on their way to their hashes, in memory that is used again and again.
struct IDBatch {
    /// A full batch is hashed: enough that what is made once for a batch costs nothing, little enough to stay in the first cache.
    static let limit = 64
    /// A batch of unusually long keys is full earlier.
    static let byteLimit = 1 << 13

    /// The messages, one behind the other.
    var messages: [UInt8] = []
    /// Where each message ends.
    var ends: [Int] = []
    /// The row of each message.
    var rows: [Int] = []
    /// The hash of each message, once they are hashed.
    var hashes: [IDHash] = []

    var isFull: Bool { rows.count >= Self.limit || messages.count >= Self.byteLimit }

    mutating func removeAll() {
        messages.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
    }
}
