/// The sizes of one VOLE, all of which follow from its number of elements.
///
/// A vector of N = 2 m entries is cut into t blocks, as equal as can be, with noise at one entry of each; the code compresses it to m.
/// Both roles know all of this, and lengths of messages tell nothing else.
package struct VoleParameters: Equatable, Sendable {
    /// t, the number of noisy entries. Security rests on it: the README says why it is 464, and that is not to be lowered.
    package static let blocks = 464
    /// Bits of D, and so transfers that choose them.
    package static let deltaBits = 128
    /// The m that are taken: every block has an entry. Estimates of security are for 2^14 and more.
    package static let counts = 256...(1 << 26)

    /// m, the number of elements that come out.
    package let count: Int
    /// The depth of every block's tree: ceil(log2 q) for a longest block of q = ceil(N / t) entries.
    package let levels: Int

    /// - Parameter count: m, one of ``counts``.
    package init(count: Int) {
        precondition(Self.counts.contains(count), "a VOLE has \(Self.counts) elements")
        self.count = count
        let longest = (2 * count + Self.blocks - 1) / Self.blocks
        levels = Int.bitWidth - (longest - 1).leadingZeroBitCount
    }

    /// N, the entries of the vector.
    package var length: Int { 2 * count }

    /// The entries of a block.
    package func block(_ index: Int) -> Range<Int> {
        index * length / Self.blocks..<(index + 1) * length / Self.blocks
    }

    /// How many nodes a block's tree has at a depth: those with one of the block's entries below them.
    func nodes(depth: Int, block: Int) -> Int {
        let below = levels - depth
        return (self.block(block).count + (1 << below) - 1) >> below
    }

    /// Transfers in which the receiver chooses: one for each level of each tree.
    package var treeTransfers: Int { Self.blocks * levels }

    /// Bytes of the receiver's first message: its point, and two points for each of ``treeTransfers``.
    package var receiverChoicesByteCount: Int { Transfer.byteCount(transfers: treeTransfers) }
    /// Bytes of the sender's first message: its point, and two points for each bit of D.
    package var senderChoicesByteCount: Int { Transfer.byteCount(transfers: Self.deltaBits) }
    /// Bytes of the receiver's second message: an element for each noisy entry and bit of D.
    package var productsByteCount: Int { Self.deltaBits * Self.blocks * BinaryElement.byteCount }
    /// Bytes of the sender's second message: for each tree two sums a level, and one of all.
    package var sumsByteCount: Int { Self.blocks * treeByteCount }

    /// Bytes of one tree's part of the sender's second message.
    var treeByteCount: Int { (2 * levels + 1) * BinaryElement.byteCount }
}
