internal import Arithmetic
internal import Residues

/// One of the two primes of a key, and what its owner computes modulo it. Its numbers are wiped when it goes, because
/// every freed `Integer` is, and so is the memory of residues and exponents.
final class SecretPrime: Sendable {
    let prime: Integer
    var square: Integer { radix.square }
    private let radix: RadixModulus
    /// `p - 1`.
    private let order: FixedExponent
    /// `L((1 + n)^(p - 1) mod p^2)^-1 mod p`, where `(1 + n)^(p - 1) = 1 - n mod p^2`, so L of it is `-q`.
    private let scale: Integer
    /// `n^-1 mod (p - 1)`.
    private let rootExponent: Integer
    /// Powers of h_s modulo p^2.
    private let randomizer: FixedBase

    /// - Parameter cofactor: The other prime.
    init?(_ prime: Integer, cofactor: Integer, randomizerBase: Integer, path: KernelPath) {
        let modulus = prime * cofactor
        guard let scale = (-cofactor).inverse(modulo: prime), let root = modulus.inverse(modulo: prime - 1) else {
            return nil
        }
        self.prime = prime
        self.scale = scale
        rootExponent = root
        radix = RadixModulus(prime, path: path)
        order = FixedExponent(prime - 1, modulo: radix)
        randomizer = FixedBase(
            randomizerBase.modulo(radix.square), modulo: radix, exponentBits: modulus.bitLength / 2)
    }

    /// The plaintexts modulo p of at most eight ciphertexts: `L(c^(p - 1) mod p^2) scale mod p` with `L(u) = (u - 1) / p`
    /// (Paillier, EUROCRYPT 1999, section 7). In radix p, L is the upper digit.
    ///
    /// The exponentiation takes constant time and reads constant addresses; the short arithmetic around it is GMP's.
    func decrypt(_ ciphertexts: [Integer]) -> [Integer] {
        let block = ElementBlock(radix, ciphertexts.map { radix.residue($0.modulo(square)) }[...])
        block.toMontgomery()
        order.power(block)
        return block.digits(ciphertexts.count).map { ($0.upper * scale).modulo(prime) }
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
