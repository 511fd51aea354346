/// A secret multiplier of points: 32 bytes, clamped as in RFC 7748, section 5, wiped when the last reference goes.
///
/// Clamped, it is a multiple of 8, which takes every point into the subgroup of prime order, and has its highest bit at a fixed
/// place.
public final class CurveScalar: Sendable {
    /// Steps of a ladder: the highest bit is number 254.
    static let bitCount = 255

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

    /// What undoes a multiplication by this scalar: computed anew at each call, in constant time.
    public var inverse: UnblindingScalar { UnblindingScalar(undoing: self) }
}

/// What undoes a multiplication by a ``CurveScalar`` a: the number c = 8 ((8 a)^-1 mod l), l the prime order of the base point. As
/// secret as a; wiped when the last reference goes.
///
/// For every point P and clamped scalar b, c (b (a P)) = b P. Write P = Q + T with l Q = 0 and 8 T = 0. A multiple of 8 takes T to 0,
/// and a, b and c are multiples of 8, so T vanishes on both sides; and c a = (8 a) (8 a)^-1 = 1 mod l, which is all that counts for
/// Q. For P itself, c (a P) = Q.
///
/// Other than a scalar it has up to 256 bits, c < 8 l, and no bit at a fixed place.
public final class UnblindingScalar: Sendable {
    static let bitCount = 256

    /// Little-endian.
    package let bytes: SecretBytes

    fileprivate init(undoing scalar: CurveScalar) {
        let inverse = scalar.bytes.withUnsafeBytes { GroupOrder.inverseOfEightfold(Words(littleEndian: $0, at: 0)) }
        bytes = SecretBytes(count: 32) { inverse.timesEight.store(littleEndian: $0, at: 0) }
    }
}

extension Words {
    /// Without the bits above 2^256, of which there are none here.
    fileprivate var timesEight: Words {
        Words(w0 &<< 3, w1 &<< 3 | w0 &>> 61, w2 &<< 3 | w1 &>> 61, w3 &<< 3 | w2 &>> 61)
    }
}
