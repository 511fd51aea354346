public import Arithmetic
public import Cryptography

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
    init?(_ p: Integer, _ q: Integer) {
        let modulus = p * q
        guard let cipher = try? PublicKey(modulus: modulus),
            let first = SecretPrime(p, cofactor: q, randomizerBase: cipher.randomizer.base),
            let second = SecretPrime(q, cofactor: p, randomizerBase: cipher.randomizer.base),
            let remainders = ChineseRemainder(p, q),
            let squareRemainders = ChineseRemainder(first.square, second.square)
        else { return nil }
        (self.p, self.q) = (first, second)
        (plaintextRemainders, ciphertextRemainders) = (remainders, squareRemainders)
        self.cipher = cipher
        half = modulus >> 1
    }

    public func encrypt(_ plaintexts: [Integer], from stream: RandomStream) throws(PaillierError) -> [Ciphertext] {
        try cipher.check(plaintexts)
        let exponents = plaintexts.map { _ in Exponent(bitCount: cipher.keyBits / 2, from: stream) }
        cipher.operations.count { $0.encrypted += plaintexts.count }
        return Parallel.map(count: plaintexts.count) { index in
            let trivial = cipher.trivialEncryption(of: plaintexts[index])
            let exponent = exponents[index]
            return Ciphertext(ciphertextRemainders.combine(p.encrypt(trivial, exponent), q.encrypt(trivial, exponent)))
        }
    }

    /// The signed plaintexts, in `(-n / 2, n / 2)`.
    public func decrypt(_ ciphertexts: [Ciphertext]) -> [Integer] {
        cipher.operations.count { $0.decrypted += ciphertexts.count }
        return Parallel.map(count: ciphertexts.count) { index in
            let residue = ciphertexts[index].residue
            let plaintext = plaintextRemainders.combine(p.decrypt(residue), q.decrypt(residue))
            return plaintext > half ? plaintext - cipher.modulus : plaintext
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
