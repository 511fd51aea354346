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
        guard let first = SecretPrime(p, cofactor: q, randomizerBase: base, path: path),
            let second = SecretPrime(q, cofactor: p, randomizerBase: base, path: path),
            let remainders = ChineseRemainder(p, q),
            let squareRemainders = ChineseRemainder(first.square, second.square)
        else { return nil }
        (self.p, self.q) = (first, second)
        (plaintextRemainders, ciphertextRemainders) = (remainders, squareRemainders)
        self.cipher = cipher
        half = modulus >> 1
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
        // Modulo p and modulo q are parts of their own, so that few ciphertexts keep all cores busy.
        let remainders = try inParallel(count: 2 * blockCount(ciphertexts.count)) { part in
            let first = part / 2 * blockSize
            let residues = ciphertexts[first..<min(first + blockSize, ciphertexts.count)]
                .map { cipher.radix.integer($0.residue) }
            return part % 2 == 0 ? p.decrypt(residues) : q.decrypt(residues)
        }
        return stride(from: 0, to: remainders.count, by: 2).flatMap { part in
            zip(remainders[part], remainders[part + 1]).map {
                let plaintext = plaintextRemainders.combine($0, $1)
                return plaintext > half ? plaintext - cipher.modulus : plaintext
            }
        }
    }

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
