internal import Arithmetic
internal import Residues

/// One of the two primes of a key, and what its owner computes modulo it. Its numbers are wiped when it goes, because
/// every freed `Integer` is, and so is the memory of residues and exponents.
final class SecretPrime: Sendable {
    let prime: Integer
    var square: Integer { radix.square }
    private let radix: RadixModulus
    private let factor: PrimeFactor
    /// `p - 1`.
    private let order: FixedExponent
    /// `L((1 + n)^(p - 1) mod p^2)^-1 mod p`, where `(1 + n)^(p - 1) = 1 - n mod p^2`, so L of it is `-q`.
    private let scale: DigitBlock
    /// `q^-1 mod p`.
    private let cofactorInverse: DigitBlock
    /// `n^-1 mod (p - 1)`.
    private let rootExponent: Integer
    /// Powers of h_s modulo p^2.
    private let randomizer: FixedBase

    /// - Parameter cofactor: The other prime.
    init?(_ prime: Integer, cofactor: Integer, of whole: RadixModulus, randomizerBase: Integer) {
        let modulus = whole.value
        guard let inverse = cofactor.inverse(modulo: prime), let root = modulus.inverse(modulo: prime - 1) else {
            return nil
        }
        self.prime = prime
        rootExponent = root
        radix = RadixModulus(prime, path: whole.path)
        factor = PrimeFactor(radix, of: whole)
        scale = DigitBlock(radix, factor: prime - inverse)
        cofactorInverse = DigitBlock(radix, factor: inverse)
        order = FixedExponent(prime - 1, modulo: radix)
        randomizer = FixedBase(
            randomizerBase.modulo(radix.square), modulo: radix, exponentBits: modulus.bitLength / 2)
    }

    /// The plaintexts modulo p of eight ciphertexts: `L(c^(p - 1) mod p^2) scale mod p` with `L(u) = (u - 1) / p` (Paillier,
    /// EUROCRYPT 1999, section 7). In radix p, L is the upper digit. Constant instructions and addresses.
    ///
    /// - Parameter inverses: Of the ciphertexts modulo n: public, and so found in variable time.
    func decrypt(_ ciphertexts: ElementBlock, inverses: DigitBlock) -> DigitBlock {
        let block = factor.reduce(ciphertexts)
        // 1 / c divided by R is the inverse of the Montgomery form c R.
        order.power(block, inverses: factor.reduce(inverses))
        let plaintexts = block.upperDigits
        plaintexts.multiply(by: scale)
        return plaintexts
    }

    /// The plaintexts modulo n, from those modulo p and modulo q: `m_q + q ((m_p - m_q) q^-1 mod p)` (Garner).
    func combine(_ own: DigitBlock, _ others: DigitBlock, count: Int, cofactor: Integer) -> [Integer] {
        // Primes of one size with their two highest bits set: what is below q is below 2 p.
        own.subtract(DigitBlock(radix, copying: others))
        own.multiply(by: cofactorInverse)
        return zip(own.integers(count), others.integers(count)).map { $1 + cofactor * $0 }
    }

    /// `h_s^exponent mod p^2`.
    func randomizers(_ exponents: ArraySlice<Exponent>) -> [Integer] {
        let powers = randomizer.powers(variableTime: exponents)
        powers.fromMontgomery()
        return powers.integers(exponents.count)
    }

    /// The n-th root modulo p.
    func root(of residue: Integer) -> Integer {
        residue.modulo(prime).power(rootExponent, modulo: prime)
    }
}
