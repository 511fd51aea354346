internal import Arithmetic
internal import Cryptography

/// A number below `modulus` that nobody can choose: SHA-512 in counter mode over a label and length-prefixed parts,
/// |n| + 128 bits reduced modulo n, so within statistical distance 2^-128 of uniform.
func hashToResidue(_ label: String, _ parts: [[UInt8]], modulo modulus: Integer) -> Integer {
    let message = ([Array(label.utf8)] + parts).flatMap { lengthPrefix($0.count) + $0 }
    let byteCount = (modulus.bitLength + 128 + 7) / 8
    let blocks = (byteCount + SHA512.byteCount - 1) / SHA512.byteCount
    let expanded = (0..<blocks).flatMap { SHA512.hash(lengthPrefix($0) + message) }
    return Integer(bigEndian: expanded.prefix(byteCount)).modulo(modulus)
}

/// Four bytes, big-endian.
private func lengthPrefix(_ count: Int) -> [UInt8] {
    let count = UInt32(count)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
}
