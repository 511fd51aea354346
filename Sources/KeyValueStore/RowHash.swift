internal import Cryptography

/// Pseudorandom blocks of 128 bits that follow from keys under a seed:
///
///     u = π(low half of key) ⊕ high half,  block(i) = π(u ⊕ i) ⊕ u ⊕ i
///
/// with AES-128 under the seed as π. All 32 bytes of a key count; a run of keys is permuted at a time. The README
/// argues why this is sound.
final class RowHash {
    /// Keys in a run: its blocks stay in the first-level cache.
    static let run = 256
    static let keyBytes = 32
    private static let mostBlocks = 2

    private let cipher: BlockCipher
    /// u of each key of the run, two words each.
    private let folded: UnsafeMutablePointer<UInt64>
    private let blocks: UnsafeMutablePointer<UInt64>

    init(seed: [UInt8]) {
        cipher = BlockCipher(key: seed)
        folded = .allocate(capacity: 2 * Self.run)
        blocks = .allocate(capacity: 2 * Self.run * Self.mostBlocks)
        folded.initialize(repeating: 0, count: 2 * Self.run)
        blocks.initialize(repeating: 0, count: 2 * Self.run * Self.mostBlocks)
    }

    deinit {
        folded.deallocate()
        blocks.deallocate()
    }

    /// The blocks `labels` of `count` keys, at most a run, two words each, those of one key together; valid until the
    /// next call.
    ///
    /// - Parameter index: Which of `keys` is the run's j-th.
    @inline(__always)
    func callAsFunction(
        _ labels: Range<UInt64>, of keys: UnsafeRawBufferPointer, count: Int, index: (Int) -> Int
    ) -> UnsafePointer<UInt64> {
        precondition(count <= Self.run && labels.count <= Self.mostBlocks, "A run is longer than its buffers.")
        for j in 0..<count {
            let key = Self.key(index(j), of: keys)
            folded[2 * j] = Self.word(0, of: key)
            folded[2 * j + 1] = Self.word(1, of: key)
        }
        permute(folded, blocks: count)
        var block = blocks
        for j in 0..<count {
            let key = Self.key(index(j), of: keys)
            folded[2 * j] ^= Self.word(2, of: key)
            folded[2 * j + 1] ^= Self.word(3, of: key)
            for label in labels {
                block[0] = folded[2 * j] ^ label
                block[1] = folded[2 * j + 1]
                block += 2
            }
        }
        permute(blocks, blocks: labels.count * count)
        block = blocks
        for j in 0..<count {
            for label in labels {
                block[0] ^= folded[2 * j] ^ label
                block[1] ^= folded[2 * j + 1]
                block += 2
            }
        }
        return UnsafePointer(blocks)
    }

    private func permute(_ words: UnsafeMutablePointer<UInt64>, blocks count: Int) {
        cipher.permute(UnsafeMutableRawBufferPointer(start: words, count: BlockCipher.blockBytes * count))
    }

    @inline(__always)
    private static func key(_ index: Int, of keys: UnsafeRawBufferPointer) -> UnsafeRawPointer {
        // Unsafe in the middle of loops over runs; one comparison is in the noise there.
        precondition(index >= 0 && index < keys.count / keyBytes, "There is no such key.")
        return keys.baseAddress! + keyBytes * index
    }

    @inline(__always)
    private static func word(_ index: Int, of key: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: key.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
}
