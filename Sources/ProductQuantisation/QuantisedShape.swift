/// How vectors are quantised: their elements in consecutive sub-spaces of the same width, in each of them one of `2^bits` centroids.
public struct QuantisedShape: Hashable, Codable, Sendable {
    /// Elements of a vector.
    public let dimension: Int
    /// Sub-spaces: m.
    public let subspaces: Int
    /// Bits of a code in a sub-space: b.
    public let bits: Int

    /// Any numbers: ``problems`` says what is wrong with them.
    public init(dimension: Int, subspaces: Int, bits: Int) {
        (self.dimension, self.subspaces, self.bits) = (dimension, subspaces, bits)
    }

    /// Elements of a vector in one sub-space.
    public var width: Int { dimension / subspaces }
    /// Centroids in one sub-space: 2^b.
    public var centroids: Int { 1 << bits }
    /// Entries of a query's table: m 2^b.
    public var tableCount: Int { subspaces * centroids }
    /// Floats of a code book: m 2^b · dimension / m.
    package var floatCount: Int { centroids * dimension }
    /// The largest width of a sub-space.
    public static let largestWidth = 256

    /// What cannot be quantised so, in words for whoever wrote the numbers; empty if all is well.
    public var problems: [String] {
        var found: [String] = []
        if dimension < 1 { found.append("vectors have 1 element or more, not \(dimension)") }
        if subspaces < 1 { found.append("there is 1 sub-space or more, not \(subspaces)") }
        if !(1...8).contains(bits) { found.append("a code has 1 to 8 bits, not \(bits)") }
        guard dimension > 0 && subspaces > 0 else { return found }
        if dimension % subspaces != 0 {
            found.append("\(subspaces) sub-spaces do not divide \(dimension) elements; take a divisor of \(dimension)")
        } else if width > Self.largestWidth {
            found.append(
                "a sub-space has at most \(Self.largestWidth) elements, not \(width); take more than \(subspaces) sub-spaces"
            )
        }
        return found
    }
}

/// Where codes lie: blocks of 64 keys, in each block sub-space after sub-space, 64 bytes each.
///
/// Key i in sub-space j is at `(i / 64) · 64 m + 64 j + i mod 64`. Memory is of whole blocks and belongs to the caller.
public enum CodeBlocks {
    /// Keys of a block.
    public static let keys = 64

    /// Bytes that the codes of `keys` keys take, in whole blocks.
    public static func byteCount(keys: Int, _ shape: QuantisedShape) -> Int {
        (keys + Self.keys - 1) / Self.keys * Self.keys * shape.subspaces
    }

    /// Where the code of a key in a sub-space is.
    public static func offset(key: Int, subspace: Int, _ shape: QuantisedShape) -> Int {
        key / keys * keys * shape.subspaces + subspace * keys + key % keys
    }
}
