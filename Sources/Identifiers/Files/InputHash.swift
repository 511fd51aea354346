internal import Cryptography
internal import Specification

/// The hash of a set of ids: what binds the state of an interrupted alignment to the ids that it was made of.
///
/// SHA-256 of `colonnade/align/input/v1` after its length (16 bits), the id hashes in ascending order, the declaration's fingerprint,
/// and the number of hashes (64 bits, big-endian). Kept, like the ids' hashes, by the party itself.
struct InputHash {
    private static let pieceByteCount = 1 << 12

    private var digest = SHA256()
    /// Hashes that wait to be digested together.
    private var piece: [UInt8] = []
    private var count = 0

    init() {
        var writer = CanonicalWriter()
        writer.text("colonnade/align/input/v1")
        digest.update(writer.bytes)
        piece.reserveCapacity(Self.pieceByteCount)
    }

    /// Takes the next hash.
    mutating func append(_ hash: IDHash) {
        hash.withUnsafeBytes { piece.append(contentsOf: $0) }
        count += 1
        if piece.count == Self.pieceByteCount { flush() }
    }

    private mutating func flush() {
        digest.update(piece)
        piece.removeAll(keepingCapacity: true)
    }

    /// The hash of all that were taken: 32 bytes.
    consuming func finish(fingerprint: [UInt8]) -> [UInt8] {
        flush()
        var writer = CanonicalWriter()
        writer.raw(fingerprint)
        writer.count(count)
        digest.update(writer.bytes)
        return digest.digest()
    }
}
