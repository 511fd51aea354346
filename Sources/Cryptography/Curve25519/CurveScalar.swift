/// A secret multiplier of points: 32 bytes, clamped as in RFC 7748, section 5, wiped when the last reference goes.
///
/// Clamped, it is a multiple of 8, which takes every point into the subgroup of prime order, and has its highest bit at a fixed
/// place.
public final class CurveScalar: Sendable {
    /// The clamped bytes, little-endian, for sealed storage where a job resumes under the same scalar.
    public let bytes: SecretBytes

    /// A new scalar from the operating system's generator.
    public convenience init() { self.init(clamping: SystemRandom.secret(32)) }

    /// The scalar of 32 bytes that were stored; clamping changes nothing about bytes that are clamped.
    public convenience init(bytes: SecretBytes) throws(CryptographyError) {
        guard bytes.count == 32 else { throw .wrongLength(of: "curve scalar", expected: 32, got: bytes.count) }
        self.init(clamping: bytes)
    }

    private init(clamping bytes: SecretBytes) {
        self.bytes = SecretBytes(count: 32) { clamped in
            bytes.withUnsafeBytes { clamped.copyMemory(from: $0) }
            clamped[0] &= 0b1111_1000
            clamped[31] = clamped[31] & 0b0111_1111 | 0b0100_0000
        }
    }
}
