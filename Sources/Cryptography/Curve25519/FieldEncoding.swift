extension FieldElement {
    /// The element as four words, little-endian, below p: equal elements have equal words.
    package var words: Words {
        // Carried, the value is below 2^255 + 2^65, so below 2p. One p comes off exactly where adding 19 reaches 2^255.
        let a = carried()
        var carry = (a.l0 &+ 19) &>> 51
        carry = (a.l1 &+ carry) &>> 51
        carry = (a.l2 &+ carry) &>> 51
        carry = (a.l3 &+ carry) &>> 51
        carry = (a.l4 &+ carry) &>> 51
        let l0 = a.l0 &+ 19 &* carry
        let l1 = a.l1 &+ l0 &>> 51
        let l2 = a.l2 &+ l1 &>> 51
        let l3 = a.l3 &+ l2 &>> 51
        let l4 = a.l4 &+ l3 &>> 51
        let mask = FieldElement.limbMask
        let (m0, m1, m2, m3, m4) = (l0 & mask, l1 & mask, l2 & mask, l3 & mask, l4 & mask)
        return Words(m0 | m1 &<< 51, m1 &>> 13 | m2 &<< 38, m2 &>> 26 | m3 &<< 25, m3 &>> 39 | m4 &<< 12)
    }

    /// The element that four words stand for, below 2^256 and not necessarily below p. Loose.
    @inline(__always)
    package init(_ words: Words) {
        let mask = FieldElement.limbMask
        self.init(
            words.w0 & mask, (words.w0 &>> 51 | words.w1 &<< 13) & mask, (words.w1 &>> 38 | words.w2 &<< 26) & mask,
            (words.w2 &>> 25 | words.w3 &<< 39) & mask, words.w3 &>> 12)
    }

    /// The element of a number below 2^384: the upper 128 bits count 38-fold, for 2^256 = 38 modulo p. Loose.
    @inline(__always)
    package init(_ number: WideWords) {
        self = FieldElement(number.low).carried() + FieldElement(Words(number.w4, number.w5, 0, 0)).times(38)
    }

    /// All ones where the element is zero, else 0.
    var isZeroMask: UInt64 {
        let words = self.words
        return Words.zeroMask(words.w0 | words.w1 | words.w2 | words.w3)
    }

    /// All ones where the element is one, else 0.
    var isOneMask: UInt64 {
        let words = self.words
        return Words.zeroMask((words.w0 ^ 1) | words.w1 | words.w2 | words.w3)
    }
}

/// 256 bits as four words, lowest first.
package struct Words: Hashable, Sendable {
    let w0, w1, w2, w3: UInt64

    package init(_ w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
        (self.w0, self.w1, self.w2, self.w3) = (w0, w1, w2, w3)
    }

    /// At most 32 bytes, little-endian.
    package init(littleEndian bytes: some Collection<UInt8>) {
        var words = SIMD4<UInt64>()
        for (place, byte) in bytes.enumerated() { words[place / 8] |= UInt64(byte) << UInt64(8 * (place % 8)) }
        self.init(words[0], words[1], words[2], words[3])
    }

    /// The 32 bytes from `start` on, little-endian.
    init(littleEndian bytes: UnsafeRawBufferPointer, at start: Int) {
        func word(_ index: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 8 * index, as: UInt64.self))
        }
        self.init(word(0), word(1), word(2), word(3))
    }

    /// Writes the 32 bytes, little-endian, from `start` on.
    func store(littleEndian bytes: UnsafeMutableRawBufferPointer, at start: Int) {
        for (index, word) in [w0, w1, w2, w3].enumerated() {
            bytes.storeBytes(of: word.littleEndian, toByteOffset: start + 8 * index, as: UInt64.self)
        }
    }

    /// The 32 bytes, little-endian.
    package var littleEndianBytes: [UInt8] {
        withUnsafeBytes(of: (w0.littleEndian, w1.littleEndian, w2.littleEndian, w3.littleEndian)) { Array($0) }
    }

    /// All ones where `word` is 0, else 0; without a branch.
    @inline(__always)
    static func zeroMask(_ word: UInt64) -> UInt64 {
        ((word | (0 &- word)) &>> 63) &- 1
    }
}

/// 384 bits as six words, lowest first.
package struct WideWords: Sendable {
    let low: Words
    let w4, w5: UInt64

    package init(low: Words, _ w4: UInt64, _ w5: UInt64) {
        (self.low, self.w4, self.w5) = (low, w4, w5)
    }

    /// The first 48 of some bytes, big-endian.
    init(bigEndian bytes: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 40 - 8 * index, as: UInt64.self))
        }
        self.init(low: Words(word(0), word(1), word(2), word(3)), word(4), word(5))
    }
}
