internal import Arithmetic
internal import Cryptography

/// One of the two primes of a key, and what its owner computes modulo it. Its numbers are wiped when it goes, because
/// every freed `Integer` is.
final class SecretPrime: Sendable {
    let prime: Integer
    let square: Integer
    private let order: Integer
    /// `L((1 + n)^(p - 1) mod p^2)^-1 mod p`, where `(1 + n)^(p - 1) = 1 - n mod p^2`, so L of it is `-q`.
    private let scale: Integer
    /// `n^-1 mod (p - 1)`.
    private let rootExponent: Integer
    /// Powers of h_s modulo p^2.
    private let randomizer: FixedBase

    /// - Parameter cofactor: The other prime.
    init?(_ prime: Integer, cofactor: Integer, randomizerBase: Integer) {
        let modulus = prime * cofactor
        order = prime - 1
        square = prime * prime
        guard let scale = (-cofactor).inverse(modulo: prime), let root = modulus.inverse(modulo: prime - 1) else {
            return nil
        }
        self.prime = prime
        self.scale = scale
        rootExponent = root
        randomizer = FixedBase(
            randomizerBase.modulo(square), modulo: square, exponentBits: modulus.bitLength / 2)
    }

    /// The plaintext modulo p: `L(c^(p - 1) mod p^2) scale mod p` with `L(u) = (u - 1) / p` (Paillier, EUROCRYPT 1999,
    /// section 7). The exponentiation takes constant time; the short arithmetic around it is GMP's.
    func decrypt(_ residue: Integer) -> Integer {
        let power = residue.modulo(square).power(order, modulo: square)
        return ((power - 1).floorQuotient(prime) * scale).modulo(prime)
    }

    /// `trivial h_s^exponent mod p^2`.
    func encrypt(_ trivial: Integer, _ exponent: Exponent) -> Integer {
        var result = trivial.modulo(square)
        result.multiply(by: randomizer.power(variableTime: exponent), modulo: square)
        return result
    }

    /// The n-th root modulo p.
    func root(of residue: Integer) -> Integer {
        residue.modulo(prime).power(rootExponent, modulo: prime)
    }
}
