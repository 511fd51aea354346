public import Arithmetic
public import Cryptography

/// What a source layer needs of an additively homomorphic scheme about one key, without the key: what anybody can do.
///
/// A plaintext is a signed integer `m` with `|m| < 2^(keyBits - 2)`; sums and products under encryption must stay within
/// the same bound, which is the caller's to prove (plaintexts never wrap). Tests implement an ideal stand-in.
public protocol AdditiveCipher: Sendable {
    /// One encrypted integer.
    associatedtype Ciphertext: Sendable

    /// Bits of the plaintext modulus.
    var keyBits: Int { get }

    /// Bytes of one ciphertext on the wire, whatever it holds.
    var ciphertextBytes: Int { get }

    /// The ciphertexts on the wire, `ciphertextBytes` each.
    func encode(_ ciphertexts: [Ciphertext]) -> [UInt8]

    /// Reads exactly `count` ciphertexts and checks each.
    ///
    /// - Throws: `PaillierError.length`, `PaillierError.ciphertext(index:_:)`.
    func decode(_ bytes: [UInt8], count: Int) throws(PaillierError) -> [Ciphertext]

    /// The matrix product `plain * encrypted`, under encryption. **Not re-randomised**: whoever holds the key could read
    /// `plain` from the result's randomness, so nothing of it leaves before `hide`.
    ///
    /// - Parameters:
    ///   - plain: Fixed-point multipliers, `|x| < 2^23`. Time or memory access may depend on them.
    ///   - encrypted: As many rows as `plain` has columns.
    func product(variableTime plain: Matrix<Int64>, _ encrypted: Matrix<Ciphertext>) -> Matrix<Ciphertext>

    /// Each `groupSize` consecutive ciphertexts (the last group may be shorter) as one, which holds the sum of
    /// `row[i] * 2^(i * rowBits)`: packed rows side by side, the first lowest. Not re-randomised.
    func joinRows(_ rows: [Ciphertext], groupSize: Int, rowBits: Int) -> [Ciphertext]

    /// Adds a plaintext to each ciphertext and re-randomises it, so that it may be sent to the owner of the key.
    ///
    /// - Parameters:
    ///   - plaintexts: Masks and offsets, as many as ciphertexts.
    ///   - randomizerBits: Width of the re-randomiser's exponent, `keyBits / 2` to `keyBits + 121`. It must exceed by the
    ///     security parameter what the ciphertext's own randomness can reach.
    ///   - stream: Used up by the exponents.
    /// - Throws: `PaillierError.plaintext(index:)`.
    func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], randomizerBits: Int, from stream: RandomStream
    ) throws(PaillierError) -> [Ciphertext]
}

/// The owner's side of a key.
public protocol AdditiveKey: Sendable {
    /// The side that everybody has.
    associatedtype Cipher: AdditiveCipher

    /// The public half.
    var cipher: Cipher { get }

    /// Fresh encryptions.
    ///
    /// - Throws: `PaillierError.plaintext(index:)`.
    func encrypt(_ plaintexts: [Integer], from stream: RandomStream) throws(PaillierError) -> [Cipher.Ciphertext]

    /// The signed plaintexts.
    func decrypt(_ ciphertexts: [Cipher.Ciphertext]) -> [Integer]
}
