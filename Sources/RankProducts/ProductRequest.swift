package import Specification

/// What the party asks of rank 0: an order for each rank.
package struct ProductRequest {
    /// Whether all ranks build tables together, as their orders say. It stands outside of these, so that a rank that cannot read its order
    /// still knows that the others wait for it.
    package var sharesTables: Bool
    /// Of each rank, encoded.
    package var orders: [[UInt8]]

    package init(sharesTables: Bool = false, orders: [[UInt8]]) {
        (self.sharesTables, self.orders) = (sharesTables, orders)
    }

    package var encoded: [UInt8] { [sharesTables ? 1 : 0] + RankBytes.encoded(orders) }

    package init(decoding bytes: [UInt8], ranks: Int) throws(SpecificationError) {
        guard let first = bytes.first, first < 2 else { throw .malformed("a request that begins with no 0 or 1") }
        self.init(sharesTables: first == 1, orders: try RankBytes.decoded(Array(bytes.dropFirst()), count: ranks))
    }

    /// What rank 0 hands to another.
    func message(to rank: Int) -> [UInt8] { [sharesTables ? 1 : 0] + orders[rank] }
}

/// A list of such things as bytes, one for each rank: what goes to rank 0, and what comes from it.
package enum RankBytes {
    package static func encoded(_ parts: [[UInt8]]) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.list(parts) { $0.blob($1) }
        return writer.bytes
    }

    package static func decoded(_ bytes: [UInt8], count: Int) throws(SpecificationError) -> [[UInt8]] {
        var reader = CanonicalReader(bytes)
        let parts = try reader.list { (reader) throws(SpecificationError) in try reader.blob() }
        try reader.end()
        guard parts.count == count else { throw .malformed("\(parts.count) parts for \(count) ranks") }
        return parts
    }
}
