/// An id as alignment takes it: SHA-256 over a domain, a seed and the canonical bytes of a row's key. See ``IDHasher``.
///
/// The ascending order of hashes is the common order of rows of a job: every party sorts by it, so nobody has to send an order, and
/// it says nothing that the ids do not. The seed is public and differs from job name to job name, and with it the order.
///
/// A hash never leaves its party: whoever saw it could try all likely ids. Deliberately without a description.
public struct IDHash: Hashable, Sendable {
    /// The digest's bytes as they lie in memory, inline: millions of arrays would take twice the memory and most of the time.
    private var words: (first: UInt64, second: UInt64, third: UInt64, fourth: UInt64)

    /// The length of a hash in bytes.
    public static let byteCount = 32

    /// - Parameter bytes: 32 of them.
    package init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == Self.byteCount, "an id hash has \(Self.byteCount) bytes")
        words = bytes.loadUnaligned(as: (first: UInt64, second: UInt64, third: UInt64, fourth: UInt64).self)
    }

    /// The 32 bytes of the digest.
    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The first 64 bits: where the hash stands among all, as a fraction of 2^64. Buckets are ranges of it.
    public var leading: UInt64 { UInt64(bigEndian: words.first) }

    /// The next 64 bits: what samples go by. They say nothing of the first ones, so a sample stands evenly among all.
    var second: UInt64 { UInt64(bigEndian: words.second) }

    /// The digest in place.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words) { bytes throws(Failure) in try body(bytes) }
    }

    public static func == (left: IDHash, right: IDHash) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        // The digest is uniform already; its first word alone serves as well as all of it.
        hasher.combine(words.first)
    }
}

extension IDHash: Comparable {
    /// By the bytes, the first one first.
    public static func < (left: IDHash, right: IDHash) -> Bool {
        func numbers(_ hash: IDHash) -> (UInt64, UInt64, UInt64, UInt64) {
            let words = hash.words
            return (
                UInt64(bigEndian: words.first), UInt64(bigEndian: words.second), UInt64(bigEndian: words.third),
                UInt64(bigEndian: words.fourth)
            )
        }
        return numbers(left) < numbers(right)
    }
}
