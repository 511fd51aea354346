internal import Cryptography
internal import Specification

/// An id as alignment takes it: SHA-256 over a domain and the id's canonical bytes.
///
/// It never leaves its party: whoever saw it could try all likely ids. Deliberately without a description.
public struct IDHash: Hashable, Sendable {
    /// 32 bytes.
    let bytes: [UInt8]

    /// - Parameter id: The one encoding of the id, equal at all parties: the number of key columns, and each cell after its length.
    public init(canonicalID id: [UInt8]) {
        var writer = CanonicalWriter()
        writer.text("colonnade/align/id/v1")
        writer.raw(id)
        bytes = SHA256.hash(writer.bytes)
    }
}
