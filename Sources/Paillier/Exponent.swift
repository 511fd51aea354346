internal import Cryptography
internal import Glibc

/// A secret random exponent, uniform in `[0, 2^bitCount)`. Wiped when it goes.
final class Exponent: @unchecked Sendable {  // written only in deinit
    let bitCount: Int
    private var bytes: [UInt8]

    /// Takes the next bytes of `stream`.
    init(bitCount: Int, from stream: RandomStream) {
        self.bitCount = bitCount
        bytes = stream.bytes((bitCount + 7) / 8)
    }

    deinit { wipe(&bytes) }

    /// One bit, the least significant at position 0; zero beyond the width.
    func bit(_ position: Int) -> Int {
        position < bitCount ? Int(bytes[position / 8] >> (position % 8)) & 1 : 0
    }
}

/// Clears an array that nobody else holds.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { buffer in
        if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
    }
}
