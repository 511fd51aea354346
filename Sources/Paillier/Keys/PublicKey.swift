public import Arithmetic
package import Residues

/// The public side of a Paillier key: a modulus n, and what everybody derives from it.
///
/// Encryption as Damgård, Jurik and Nielsen describe it (International Journal of Information Security 9, 2010):
/// `(1 + m n) h_s^r mod n^2` with `h_s = h^n`, `h = -x^2 mod n` and `r` of |n| / 2 bits. Here `x` is a hash of n, so
/// that no owner can choose a generator of small order.
public final class PublicKey: AdditiveCipher {
    /// n, the product of two secret primes.
    public let modulus: Integer
    /// n, for computing modulo n^2.
    let radix: RadixModulus
    /// h_s.
    let randomizerBase: Integer
    /// Powers of h_s modulo n^2.
    let randomizer: FixedBase
    /// What was done with this key in this process, by its owner too.
    public let operations = OperationCounter()

    /// Derives everything from n, unchecked.
    ///
    /// - Throws: `PaillierError.modulus(.generator)`.
    package init(modulus: Integer, path: KernelPath = .fastest) throws(PaillierError) {
        self.modulus = modulus
        randomizerBase = try Self.randomizerBase(modulus)
        radix = RadixModulus(modulus, path: path)
        randomizer = FixedBase(
            randomizerBase, modulo: radix, exponentBits: Self.widestRandomizer(modulus.bitLength))
    }

    /// h_s = h^n mod n^2.
    private static func randomizerBase(_ modulus: Integer) throws(PaillierError) -> Integer {
        let bytes = modulus.bytes(count: modulus.bitLength / 8)
        let root = hashToResidue("colonnade paillier generator 1", [bytes], modulo: modulus)
        guard root.gcd(modulus) == 1 else { throw .modulus(.generator) }
        let generator = modulus - (root * root).modulo(modulus)
        return generator.power(modulus, modulo: modulus * modulus, variableTime: true)
    }

    /// The generator's order is below 2^keyBits, so an exponent of more than keyBits + 120 bits hides no more.
    static func widestRandomizer(_ keyBits: Int) -> Int { keyBits + 121 }

    /// Bytes that a key of so many bits takes in memory, nearly all of it tables of powers.
    ///
    /// - Parameter isOwn: Whether its secret is there, too.
    package static func memory(keyBits bits: Int, isOwn: Bool) -> Int {
        let prime = isOwn ? 2 * FixedBase.tableBytes(bits: bits / 2, exponentBits: bits / 2) : 0
        return FixedBase.tableBytes(bits: bits, exponentBits: widestRandomizer(bits)) + prime
    }
}

// MARK: - Exchange between partners

extension PublicKey {
    /// The modulus, most significant byte first, keyBits / 8 bytes.
    public var encoded: [UInt8] { modulus.bytes(count: keyBits / 8) }

    /// Reads a partner's key and checks whatever can be seen without its secret. It does not show that
    /// `gcd(n, phi(n)) = 1`: see `ModulusProof`.
    ///
    /// - Parameter bits: The size that the job agreed on.
    /// - Throws: `PaillierError.keySize`, `.length`, `.modulus`.
    public convenience init(encoded: [UInt8], bits: Int) throws(PaillierError) {
        try KeySize.check(bits)
        guard encoded.count == bits / 8 else { throw .length(expected: bits / 8, actual: encoded.count) }
        let modulus = Integer(bigEndian: encoded)
        guard modulus.bitLength == bits else { throw .modulus(.wrongSize) }
        if SmallPrimes.divide(modulus) { throw .modulus(.smallFactor) }
        if modulus.isPerfectPower { throw .modulus(.perfectPower) }
        // A prime always passes: one round is enough to refuse every prime.
        if modulus.isProbablePrime(rounds: 1) { throw .modulus(.prime) }
        try self.init(modulus: modulus)
    }
}

extension PublicKey: Hashable {
    public static func == (left: PublicKey, right: PublicKey) -> Bool { left.modulus == right.modulus }

    public func hash(into hasher: inout Hasher) { hasher.combine(modulus) }
}
