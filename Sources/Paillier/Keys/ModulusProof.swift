package import Arithmetic

/// A non-interactive zero-knowledge proof that `gcd(n, phi(n)) = 1`, so that n has no square factor and encryption is one
/// to one (Goldberg, Reyzin, Sagga and Baldimtsi, ASIACRYPT 2019, eprint 2018/057).
///
/// The proof is n-th roots of numbers that a hash derives from the modulus and the context. If a prime r divides both n and
/// phi(n), at most one unit in r has an n-th root. Verifiers refuse moduli with prime factors below 2^16, so each root is
/// there by chance with probability below 2^-16, and all eight with less than 2^-128.
public struct ModulusProof: Equatable, Sendable {
    private static let rounds = 8

    private let keyBits: Int
    private let roots: [Integer]

    /// Proves the key's modulus sound. Constant-time in the key.
    ///
    /// - Parameter context: What the proof shall count for, such as the session and the party; no other accepts it.
    public init(of key: PrivateKey, context: [UInt8]) {
        keyBits = key.cipher.keyBits
        roots = (0..<Self.rounds).map { key.root(of: Self.challenge($0, to: key.cipher, context)) }
    }

    /// Reads a proof about a modulus of `keyBits` bits. Says nothing about whether it holds.
    ///
    /// - Throws: `PaillierError.length`.
    public init(encoded: [UInt8], keyBits: Int) throws(PaillierError) {
        let width = keyBits / 8
        self.keyBits = keyBits
        guard encoded.count == Self.rounds * width else {
            throw .length(expected: Self.rounds * width, actual: encoded.count)
        }
        roots = (0..<Self.rounds).map { Integer(bigEndian: encoded[$0 * width..<($0 + 1) * width]) }
    }

    /// The roots, each in the bytes of the modulus.
    public var encoded: [UInt8] {
        roots.flatMap { $0.bytes(count: keyBits / 8) }
    }

    /// Checks the proof. Sound for a key that was decoded, and so has no small prime factors.
    ///
    /// - Throws: `PaillierError.proof(round:)`.
    public func verify(for key: PublicKey, context: [UInt8]) throws(PaillierError) {
        for (round, root) in roots.enumerated() {
            let challenge = Self.challenge(round, to: key, context)
            guard root < key.modulus, challenge.gcd(key.modulus) == 1,
                root.power(key.modulus, modulo: key.modulus, variableTime: true) == challenge
            else { throw .proof(round: round) }
        }
    }

    package static func challenge(_ round: Int, to key: PublicKey, _ context: [UInt8]) -> Integer {
        hashToResidue("colonnade modulus proof 1", [context, key.encoded, [UInt8(round)]], modulo: key.modulus)
    }
}
