/// Why a key, a ciphertext or a plaintext is refused. Holds sizes and positions, never values.
public enum PaillierError: Error, Equatable {
    /// A key of this size is not offered or not accepted.
    case keySize(bits: Int)
    /// A partner's modulus is not one that key generation would make.
    case modulus(ModulusDefect)
    /// A partner's proof about its modulus does not hold in this place.
    case proof(round: Int)
    /// An encoding has the wrong number of bytes.
    case length(expected: Int, actual: Int)
    /// A ciphertext is not one that encryption could give.
    case ciphertext(index: Int, CiphertextDefect)
    /// A multiplier reaches `2^bits` in magnitude, which the product's bounds exclude.
    case multiplier(bits: Int)
    /// Whoever wanted the result gave it up.
    case cancelled
    /// Where products are computed outside this process, they cannot be; in words.
    case elsewhere(String)
    /// A plaintext is outside `(-2^(keyBits - 2), 2^(keyBits - 2))`.
    case plaintext(index: Int)
}

/// What is wrong with a modulus.
public enum ModulusDefect: Equatable, Sendable {
    /// It has not exactly the bits that were agreed.
    case wrongSize
    /// A prime below 2^16 divides it.
    case smallFactor
    /// It is prime: the "owner" could not decrypt, and everybody could.
    case prime
    /// It is a power of an integer.
    case perfectPower
    /// Its derived generator has a factor in common with it.
    case generator
}

/// What is wrong with a ciphertext.
public enum CiphertextDefect: Equatable, Sendable {
    /// Not in `(1, n^2)`.
    case outOfRange
    /// It has a factor in common with the modulus.
    case notInvertible
    /// It is 1 modulo n: a plaintext that anybody can read.
    case withoutRandomness
}

extension PaillierError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .keySize(let bits):
            "a Paillier key of \(bits) bits: keys have \(KeySize.allowed.lowerBound) to "
                + "\(KeySize.allowed.upperBound) bits, a multiple of \(KeySize.step)"
        case .modulus(let defect): "a partner's public key is refused: its modulus \(defect)"
        case .proof(let round): "a partner's proof that its public key is sound does not hold (root \(round))"
        case .length(let expected, let actual): "an encoding has \(actual) bytes instead of \(expected)"
        case .ciphertext(let index, let defect): "ciphertext \(index) is refused: it \(defect)"
        case .multiplier(let bits): "a multiplier reaches the limit 2^\(bits) of its encoding"
        case .cancelled: "the computation was given up"
        case .elsewhere(let problem): problem
        case .plaintext(let index): "plaintext \(index) is too large for the key"
        }
    }
}

extension ModulusDefect: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongSize: "has not the agreed number of bits"
        case .smallFactor: "has a prime factor below 2^16"
        case .prime: "is prime"
        case .perfectPower: "is a perfect power"
        case .generator: "has a factor in common with its generator"
        }
    }
}

extension CiphertextDefect: CustomStringConvertible {
    public var description: String {
        switch self {
        case .outOfRange: "is outside (1, n^2)"
        case .notInvertible: "has a factor in common with the modulus"
        case .withoutRandomness: "carries no randomness"
        }
    }
}
