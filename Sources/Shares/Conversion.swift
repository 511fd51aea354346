public import Arithmetic
public import Cryptography
public import Paillier

/// The two conversions between shares and ciphertexts, for matrices with the bounds of one product.
///
/// - HE2SS: ``mask(_:under:masks:randomizers:spending:)`` at the holder of ciphertexts, ``open(_:rows:with:spending:)`` at the
///   owner of the key. Leaks to the owner: a value within `2^-120` of uniform for each value. To the holder: nothing.
/// - SS2HE: ``encrypt(_:with:randomizers:)`` at the owner of the key, ``add(_:to:under:randomizers:)`` at the holder. Leaks
///   nothing to anybody, as far as the cipher is secure.
///
/// Source: BlindFL (Fu et al., SIGMOD 2022, arXiv 2206.07975); mask widths and the re-randomisation are this project's.
public struct Conversion: Hashable, Sendable {
    /// The bounds of the values.
    public let product: Product
    /// Where they lie in plaintexts.
    public let packing: Packing

    /// - Throws: `SharesError.slotTooWide`.
    public init(_ product: Product, columns: Int, keyBits: Int) throws(SharesError) {
        self.product = product
        packing = try Packing(product, columns: columns, keyBits: keyBits)
    }

    private var offset: Integer { Integer(powerOfTwo: product.magnitude) }

    // MARK: - HE2SS

    /// The holder's side of HE2SS: rows of a product under encryption become ciphertexts for the owner of the key, which hide
    /// the values behind masks and what the ciphertexts went through behind fresh randomness.
    ///
    /// - Parameters:
    ///   - rows: In the `row` layout.
    ///   - masks, randomizers: Used for this matrix alone.
    /// - Returns: Ciphertexts of value + 2^M + mask in the `rows` layout, to be sent; and the holder's share, -mask.
    /// - Throws: `SharesError.maskBudgetSpent`.
    public func mask<Cipher: AdditiveCipher>(
        _ rows: Matrix<Cipher.Ciphertext>, under cipher: Cipher, masks: RandomStream, randomizers: RandomStream,
        spending budget: inout MaskBudget
    ) throws -> (hidden: [Cipher.Ciphertext], share: Matrix<Integer>) {
        try budget.spend(rows.rows * packing.columns)
        let masks = masks.integers(rows: rows.rows, columns: packing.columns, bits: product.maskBits)
        let cover = masks.map { offset + $0 }
        let joined = cipher.joinRows(
            rows.elements, groupSize: packing.rowsPerCiphertext, rowBits: packing.columns * packing.slotBits)
        let hidden = try cipher.hide(
            joined, adding: packing.join(packing.pack(cover)),
            randomizerBits: product.randomizerBits(packing: packing, rows: rows.rows, keyBits: cipher.keyBits),
            from: randomizers)
        return (hidden, masks.map { -$0 })
    }

    /// The key owner's side of HE2SS: its share, value + mask, a signed wide integer.
    ///
    /// - Throws: `SharesError.count`, `SharesError.plaintextOutsideSlots` where the sender did not keep to the layout.
    public func open<Key: AdditiveKey>(
        _ hidden: [Key.Cipher.Ciphertext], rows: Int, with key: Key, spending budget: inout MaskBudget
    ) throws(SharesError) -> Matrix<Integer> {
        try budget.spend(rows * packing.columns)
        return try packing.split(key.decrypt(hidden), rows: rows).map { $0 - offset }
    }

    // MARK: - SS2HE

    /// The key owner's side of SS2HE: its share, freshly encrypted in the `row` layout.
    public func encrypt<Key: AdditiveKey>(
        _ share: Matrix<Int64>, with key: Key, randomizers: RandomStream
    ) throws -> Matrix<Key.Cipher.Ciphertext> {
        let packed = packing.pack(share.map { Integer($0) })
        return Matrix(
            rows: packed.rows, columns: packed.columns, elements: try key.encrypt(packed.elements, from: randomizers))
    }

    /// The holder's side of SS2HE: the owner's encrypted share plus its own one, so that the ciphertexts stand for the value
    /// modulo 2^64. They hide nothing from the owner of the key: only masked does anything of them go back. Their randomness
    /// has one bit more than that of fresh ciphertexts, and so has every product of them.
    public func add<Cipher: AdditiveCipher>(
        _ share: Matrix<Int64>, to encrypted: Matrix<Cipher.Ciphertext>, under cipher: Cipher,
        randomizers: RandomStream
    ) throws -> Matrix<Cipher.Ciphertext> {
        let packed = packing.pack(share.map { Integer($0) })
        let sums = try cipher.hide(
            encrypted.elements, adding: packed.elements, randomizerBits: cipher.keyBits / 2, from: randomizers)
        return Matrix(rows: encrypted.rows, columns: encrypted.columns, elements: sums)
    }
}
