public import Arithmetic
public import Cryptography
internal import Residues

/// A Paillier key with its secret: encrypts modulo the squares of the two primes, which is faster than modulo n^2, and
/// decrypts (Paillier, EUROCRYPT 1999, section 7). Made by `generate`.
///
/// Wiped when the last reference goes. Exponentiations whose exponent is part of the key take constant time.
public final class PrivateKey: AdditiveKey {
    public let cipher: PublicKey
    private let p: SecretPrime
    private let q: SecretPrime
    private let plaintextRemainders: ChineseRemainder
    private let ciphertextRemainders: ChineseRemainder
    private let half: Integer

    /// - Returns: nil unless `gcd(n, (p - 1)(q - 1)) = 1` and the derived generator is a unit.
    init?(_ p: Integer, _ q: Integer, path: KernelPath) {
        let modulus = p * q
        guard let cipher = try? PublicKey(modulus: modulus, path: path) else { return nil }
        let base = cipher.randomizerBase
        guard let first = SecretPrime(p, cofactor: q, of: cipher.radix, randomizerBase: base),
            let second = SecretPrime(q, cofactor: p, of: cipher.radix, randomizerBase: base),
            let remainders = ChineseRemainder(p, q),
            let squareRemainders = ChineseRemainder(first.square, second.square)
        else { return nil }
        (self.p, self.q) = (first, second)
        (plaintextRemainders, ciphertextRemainders) = (remainders, squareRemainders)
        self.cipher = cipher
        half = modulus >> 1
    }

    /// The key of two primes that ``primes`` gave, in any order. They are not tested for being prime.
    ///
    /// - Returns: nil for numbers that no key of a size that is in use has.
    package convenience init?(primes: [Integer]) {
        guard primes.count == 2, primes.allSatisfy({ $0.signum > 0 && $0.isOdd }), primes[0] != primes[1] else {
            return nil
        }
        let bits = 2 * primes[0].bitLength
        guard (128...KeySize.allowed.upperBound).contains(bits), bits.isMultiple(of: KeySize.step),
            primes[1].bitLength == bits / 2, (primes[0] * primes[1]).bitLength == bits
        else { return nil }
        self.init(primes[0], primes[1], path: .fastest)
    }

    public func noise(count: Int, from stream: RandomStream) -> Noise {
        let exponents = (0..<count).map { _ in Exponent(bitCount: cipher.keyBits / 2, from: stream) }
        return Noise(exponents: exponents) { [p, q, ciphertextRemainders, radix = cipher.radix] exponents in
            let powers = zip(p.randomizers(exponents), q.randomizers(exponents)).map {
                radix.residue(ciphertextRemainders.combine($0, $1))
            }
            let block = ElementBlock(radix, powers[...])
            block.toMontgomery()
            return block
        }
    }

    public func encrypt(_ plaintexts: [Integer], with noise: Noise) throws(PaillierError) -> [Ciphertext] {
        try cipher.encrypt(plaintexts, with: noise)
    }

    /// The signed plaintexts, in `(-n / 2, n / 2)`.
    public func decrypt(_ ciphertexts: [Ciphertext]) throws(PaillierError) -> [Integer] {
        cipher.operations.count { $0.decrypted += ciphertexts.count }
        guard !ciphertexts.isEmpty else { return [] }
        let radix = cipher.radix
        let blocks = try inParallel(count: blockCount(ciphertexts.count)) { index in
            let first = index * blockSize
            return ElementBlock(
                radix, ciphertexts[first..<min(first + blockSize, ciphertexts.count)].map(\.residue)[...])
        }
        let inverses = radix.lowerInverses(variableTime: blocks)
        // Modulo p and modulo q are parts of their own, so that few ciphertexts keep all cores busy.
        let remainders = try inParallel(count: 2 * blocks.count) { part in
            (part % 2 == 0 ? p : q).decrypt(blocks[part / 2], inverses: inverses[part / 2])
        }
        return try inBlocks(ciphertexts.count) { places in
            let part = 2 * places.lowerBound / blockSize
            return p.combine(remainders[part], remainders[part + 1], count: places.count, cofactor: q.prime).map {
                $0 > half ? $0 - cipher.modulus : $0
            }
        }
    }

    /// The two primes, for what the owner keeps for its own auditor: whoever has them opens everything under this key.
    package var primes: [Integer] { [p.prime, q.prime] }

    /// The n-th root modulo n, which is unique.
    func root(of residue: Integer) -> Integer {
        plaintextRemainders.combine(p.root(of: residue), q.root(of: residue))
    }
}

/// Garner's form of the Chinese remainder theorem for two moduli.
private struct ChineseRemainder: Sendable {
    private let first: Integer
    private let second: Integer
    private let inverse: Integer

    /// - Returns: nil if the moduli have a common factor.
    init?(_ first: Integer, _ second: Integer) {
        guard let inverse = second.inverse(modulo: first) else { return nil }
        self.first = first
        self.second = second
        self.inverse = inverse
    }

    /// The number below the product of the moduli that has these two remainders.
    func combine(_ remainder: Integer, _ other: Integer) -> Integer {
        other + second * ((remainder - other) * inverse).modulo(first)
    }
}
