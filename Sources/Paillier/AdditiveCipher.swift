public import Arithmetic
public import Cryptography

/// What a source layer needs of an additively homomorphic scheme about one key, without the key: what anybody can do.
///
/// A plaintext is a signed integer `m` with `|m| < 2^(keyBits - 2)`; sums and products under encryption must stay within
/// the same bound, which is the caller's to prove (plaintexts never wrap). Tests implement an ideal stand-in.
///
/// Calls compute on all cores and throw `PaillierError.cancelled` where the work is cancelled.
public protocol AdditiveCipher: Sendable {
    /// One encrypted integer.
    associatedtype Ciphertext: Sendable
    /// A matrix of ciphertexts, made ready for products.
    associatedtype Operand: Sendable
    /// Randomness for some ciphertexts, good once.
    associatedtype Noise: RandomizingNoise

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

    /// Makes a matrix ready to stand on the right of products.
    ///
    /// - Parameter isReused: Whether several products will use it: then what is computed from it alone is kept.
    func operand(_ ciphertexts: Matrix<Ciphertext>, isReused: Bool) -> Operand

    /// The matrix product `plain * operand` under encryption, its rows joined. **Not re-randomised**: whoever holds the key
    /// could read `plain` from the result's randomness, so nothing of it leaves before `hide`.
    ///
    /// - Parameters:
    ///   - plain: As many columns as the operand has rows. Time or memory access may depend on them.
    ///   - join: Which rows of the product share ciphertexts.
    /// - Returns: For each group of rows one ciphertext for each column of the operand.
    func product(
        variableTime plain: Multipliers, _ operand: Operand, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext]

    /// Sums of ciphertexts, place by place. Not re-randomised.
    ///
    /// - Throws: `PaillierError.cancelled`.
    func add(_ left: [Ciphertext], _ right: [Ciphertext]) throws(PaillierError) -> [Ciphertext]

    /// Draws randomness for ciphertexts to be hidden.
    ///
    /// - Parameters:
    ///   - bits: Width of the exponents, `keyBits / 2` to `keyBits + 121`. It must exceed by the security parameter what the
    ///     ciphertexts' own randomness can reach.
    ///   - stream: Used up by the exponents.
    func noise(count: Int, bits: Int, from stream: RandomStream) -> Noise

    /// Adds a plaintext to each ciphertext and re-randomises it, so that it may be sent to the owner of the key.
    ///
    /// - Parameters:
    ///   - plaintexts: Masks and offsets, as many as ciphertexts.
    ///   - noise: For as many; used up.
    /// - Throws: `PaillierError.plaintext(index:)`.
    func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], with noise: Noise
    ) throws(PaillierError) -> [Ciphertext]
}

/// The owner's side of a key.
public protocol AdditiveKey: Sendable {
    /// The side that everybody has.
    associatedtype Cipher: AdditiveCipher

    /// The public half.
    var cipher: Cipher { get }

    /// Draws randomness for fresh encryptions: `stream` is used up by the exponents.
    func noise(count: Int, from stream: RandomStream) -> Cipher.Noise

    /// Fresh encryptions.
    ///
    /// - Parameter noise: For as many; used up.
    /// - Throws: `PaillierError.plaintext(index:)`, `PaillierError.cancelled`.
    func encrypt(_ plaintexts: [Integer], with noise: Cipher.Noise) throws(PaillierError) -> [Cipher.Ciphertext]

    /// The signed plaintexts.
    ///
    /// - Throws: `PaillierError.cancelled`.
    func decrypt(_ ciphertexts: [Cipher.Ciphertext]) throws(PaillierError) -> [Integer]
}

/// What noise of every scheme can do.
public protocol RandomizingNoise: Sendable {
    /// Lets idle cores compute it ahead of its use; returns at once.
    func makeAhead()
}

/// How rows of a product share ciphertexts: in groups of `size`, row i of a group times `2^(i * rowBits)`. The last group may
/// be smaller.
public struct RowJoin: Hashable, Sendable {
    /// Rows of a group.
    public let size: Int
    /// Bits by which each row lies above the one before.
    public let rowBits: Int

    /// Every row by itself.
    public static let none = RowJoin(size: 1, rowBits: 0)

    /// Groups of `size` rows, `rowBits` apart.
    public init(size: Int, rowBits: Int) {
        precondition(size > 0 && rowBits >= 0, "groups have rows, and rows have bits")
        self.size = size
        self.rowBits = rowBits
    }
}
