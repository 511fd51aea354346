public import Arithmetic
public import Cryptography
public import Paillier

/// The two conversions between shares and ciphertexts, for matrices with the bounds of one product.
///
/// - HE2SS: ``mask(_:adding:rows:under:masks:noise:spending:)`` at the holder of ciphertexts, ``open(_:rows:with:spending:)`` at the
///   owner of the key. Leaks to the owner: a value within `2^-120` of uniform for each value. To the holder: nothing.
/// - SS2HE: ``encrypt(_:with:noise:)`` at the owner of the key, ``add(_:to:under:randomizers:)`` at the holder. Leaks
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

    /// One value in each ciphertext: for the key owner's numbers where products sum over columns, too.
    public init(_ product: Product, unpackedColumns columns: Int) {
        self.product = product
        packing = Packing(unpackedColumns: columns)
    }

    private var offset: Integer { Integer(powerOfTwo: product.magnitude) }

    // MARK: - HE2SS

    /// How rows of the product share ciphertexts in the `rows` layout.
    public var join: RowJoin {
        RowJoin(size: packing.rowsPerCiphertext, rowBits: packing.columns * packing.slotBits)
    }

    /// Draws what hides a product of `rows` rows from the owner of the key.
    public func noise<Cipher: AdditiveCipher>(
        rows: Int, under cipher: Cipher, from stream: RandomStream
    ) -> Cipher.Noise {
        cipher.noise(
            count: packing.joinedCount(rows: rows),
            bits: product.randomizerBits(packing: packing, rows: rows, keyBits: cipher.keyBits), from: stream)
    }

    /// The holder's side of HE2SS: rows of a product under encryption become ciphertexts for the owner of the key, which hide
    /// the values behind masks and what the ciphertexts went through behind fresh randomness.
    ///
    /// - Parameters:
    ///   - joined: In the `rows` layout, as a product that is joined by ``join`` gives it.
    ///   - own: What the holder adds to the values, if anything: with it they keep to the bounds of the product.
    ///   - masks: Used for this matrix alone.
    ///   - noise: From ``noise(rows:under:from:)``.
    /// - Returns: Ciphertexts of value + 2^M + mask in the `rows` layout, to be sent; and the holder's share, -mask.
    /// - Throws: `SharesError.maskBudgetSpent`.
    public func mask<Cipher: AdditiveCipher>(
        _ joined: [Cipher.Ciphertext], adding own: Matrix<Integer>? = nil, rows: Int, under cipher: Cipher,
        masks: RandomStream, noise: Cipher.Noise, spending budget: inout MaskBudget
    ) throws -> (hidden: [Cipher.Ciphertext], share: Matrix<Integer>) {
        try budget.spend(rows * packing.columns)
        let masks = masks.integers(rows: rows, columns: packing.columns, bits: product.maskBits)
        var cover = masks.map { offset + $0 }
        if let own {
            precondition(own.rows == rows && own.columns == packing.columns, "one number for each value")
            cover = Matrix(
                rows: rows, columns: own.columns, elements: zip(cover.elements, own.elements).map { $0 + $1 })
        }
        let hidden = try cipher.hide(joined, adding: packing.join(packing.pack(cover)), with: noise)
        return (hidden, masks.map { -$0 })
    }

    /// The key owner's side of HE2SS: its share, value + mask, a signed wide integer.
    ///
    /// - Throws: `SharesError.count`, `SharesError.plaintextOutsideSlots` where the sender did not keep to the layout;
    ///   `PaillierError.cancelled`.
    public func open<Key: AdditiveKey>(
        _ hidden: [Key.Cipher.Ciphertext], rows: Int, with key: Key, spending budget: inout MaskBudget
    ) throws -> Matrix<Integer> {
        try budget.spend(rows * packing.columns)
        return try packing.split(key.decrypt(hidden), rows: rows).map { $0 - offset }
    }

    // MARK: - SS2HE

    /// Draws what hides the key owner's share of `rows` rows.
    public func noise<Key: AdditiveKey>(rows: Int, with key: Key, from stream: RandomStream) -> Key.Cipher.Noise {
        key.noise(count: rows * packing.ciphertextsPerRow, from: stream)
    }

    /// The key owner's side of SS2HE: its share, freshly encrypted in the `row` layout.
    ///
    /// - Parameter noise: From ``noise(rows:with:from:)``.
    public func encrypt<Key: AdditiveKey>(
        _ share: Matrix<some RingElement>, with key: Key, noise: Key.Cipher.Noise
    ) throws -> Matrix<Key.Cipher.Ciphertext> {
        try encrypt(share.lifted, with: key, noise: noise)
    }

    /// The same for true integers within the bounds of the product.
    public func encrypt<Key: AdditiveKey>(
        _ values: Matrix<Integer>, with key: Key, noise: Key.Cipher.Noise
    ) throws -> Matrix<Key.Cipher.Ciphertext> {
        let packed = packing.pack(values)
        return Matrix(
            rows: packed.rows, columns: packed.columns, elements: try key.encrypt(packed.elements, with: noise))
    }

    /// The holder's side of SS2HE: the owner's encrypted share plus its own one, so that the ciphertexts stand for the value
    /// modulo 2^64. They hide nothing from the owner of the key: only masked does anything of them go back. Their randomness
    /// has one bit more than that of fresh ciphertexts, and so has every product of them.
    public func add<Cipher: AdditiveCipher>(
        _ share: Matrix<Int64>, to encrypted: Matrix<Cipher.Ciphertext>, under cipher: Cipher,
        randomizers: RandomStream
    ) throws -> Matrix<Cipher.Ciphertext> {
        let packed = packing.pack(share.lifted)
        let noise = cipher.noise(count: packed.elements.count, bits: cipher.keyBits / 2, from: randomizers)
        let sums = try cipher.hide(encrypted.elements, adding: packed.elements, with: noise)
        return Matrix(rows: encrypted.rows, columns: encrypted.columns, elements: sums)
    }
}
