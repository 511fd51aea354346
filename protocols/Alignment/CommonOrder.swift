internal import Cryptography
internal import Specification

/// The public order of ids in a job: by SHA-256 over a domain, a public seed and the id's hash.
///
/// Every party sorts the common ids by it, so that nobody has to send an order, and it says nothing that the ids do not. Jobs under
/// one seed have one order, so that trials share their split; under another seed it is another one.
public struct CommonOrder: Sendable {
    private let prefix: [UInt8]

    /// - Parameter seed: Public, and the same at every party.
    public init(seed: [UInt8]) {
        var writer = CanonicalWriter()
        writer.text("colonnade/align/order/v1")
        writer.raw(seed)
        prefix = writer.bytes
    }

    /// The places of `ids` in the common order: first the place of the id that comes first.
    public func places(of ids: [IDHash]) -> [Int] {
        let keys = ids.map(key)
        return keys.indices.sorted { keys[$0] < keys[$1] }
    }

    /// The places of at most `count` of `ids`: those that come first in the common order, and in it.
    ///
    /// Parties that offer only these need not agree on anything beforehand: a common id is left out only where some party has
    /// `count` ids before it, so what they find in common is the beginning of what all their ids have in common.
    public func sample(_ count: Int, of ids: [IDHash]) -> [Int] { Array(places(of: ids).prefix(count)) }

    private func key(_ id: IDHash) -> Key { Key(SHA256.hash(prefix + id.bytes)) }

    /// A digest as a number of 256 bits.
    private struct Key: Comparable {
        let words: (UInt64, UInt64, UInt64, UInt64)

        init(_ digest: [UInt8]) {
            func word(_ index: Int) -> UInt64 { digest[8 * index..<8 * index + 8].reduce(0) { $0 << 8 | UInt64($1) } }
            words = (word(0), word(1), word(2), word(3))
        }

        static func == (left: Key, right: Key) -> Bool { left.words == right.words }
        static func < (left: Key, right: Key) -> Bool { left.words < right.words }
    }
}
