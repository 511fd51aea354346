package import Cryptography
internal import Glibc

/// A secret random exponent, uniform in `[0, 2^bitCount)`. Wiped when it goes.
package final class Exponent: @unchecked Sendable {  // written only in init and deinit
    package let bitCount: Int
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// Takes the next bytes of `stream`.
    package init(bitCount: Int, from stream: RandomStream) {
        self.bitCount = bitCount
        let count = (bitCount + 7) / 8
        bytes = .allocate(capacity: count + Self.combBytes)
        bytes.initialize(repeating: 0)
        var drawn = stream.bytes(count)
        _ = bytes.update(from: drawn)
        if bitCount % 8 > 0 { bytes[count - 1] &= 1 << UInt8(bitCount % 8) - 1 }
        drawn.withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
    }

    deinit {
        if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        bytes.deallocate()
    }

    /// Bytes that a digit of the comb takes its bits from.
    static let combBytes = 10

    /// Bit `bit` of ten bytes in a row, the first lowest: ten bits of the exponent, eight apart. Bits beyond the width are
    /// zero.
    func combDigit(from first: Int, bit: Int) -> Int {
        precondition(first >= 0 && first + Self.combBytes <= bytes.count, "bytes of the exponent")
        var eight: UInt64 = 0
        for index in 0..<8 { eight |= UInt64(bytes[first + index]) << UInt64(8 * index) }
        // The product moves bit 0 of byte i to bit 56 + i, and nothing else there.
        let low = ((eight >> UInt64(bit) & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) >> 56
        let high = UInt64(bytes[first + 8] >> UInt8(bit) & 1) | UInt64(bytes[first + 9] >> UInt8(bit) & 1) << 1
        return Int(low | high << 8)
    }
}
