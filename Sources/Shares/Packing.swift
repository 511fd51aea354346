public import Arithmetic

/// How the rows of a matrix lie in plaintexts: slot 0 is the least significant, a row's columns in consecutive slots.
///
/// - `row` layout (``pack(_:)``): each row by itself in `ciphertextsPerRow` plaintexts. What the key owner encrypts to be
///   multiplied.
/// - `rows` layout (``join(_:)``): `rowsPerCiphertext` whole rows side by side, the first one lowest; a row never straddles
///   plaintexts unless it is longer than one. What HE2SS sends.
/// - `element` layout: one value a plaintext, ``init(unpackedColumns:)``.
///
/// Values may be negative before masking: they borrow from the slot above, and the offset under the mask pays it back.
public struct Packing: Hashable, Sendable {
    /// Bits of one slot; 0 where values are not packed.
    public let slotBits: Int
    /// Slots of one plaintext.
    public let slots: Int
    /// Values in a row of the logical matrix.
    public let columns: Int

    /// The layout of matrices whose masked values have the product's bounds.
    ///
    /// - Throws: `SharesError.slotTooWide`.
    public init(_ product: Product, columns: Int, keyBits: Int) throws(SharesError) {
        precondition(columns > 0, "a row has columns")
        slotBits = product.slotBits
        slots = try product.slots(keyBits: keyBits)
        self.columns = columns
    }

    /// A layout as a frame's header has it: 1 bit of a slot and 1 slot at least.
    package init(slotBits: Int, slots: Int, columns: Int) {
        precondition(slotBits > 0 && slots > 0 && columns > 0, "a layout has slots")
        (self.slotBits, self.slots, self.columns) = (slotBits, slots, columns)
    }

    /// One value in each plaintext.
    public init(unpackedColumns columns: Int) {
        precondition(columns > 0, "a row has columns")
        (slotBits, slots) = (0, 1)
        self.columns = columns
    }

    /// Whole rows in one plaintext of the `rows` layout.
    public var rowsPerCiphertext: Int { max(1, slots / columns) }
    /// Plaintexts that one row takes.
    public var ciphertextsPerRow: Int { (columns + slots - 1) / slots }

    /// Plaintexts of the `rows` layout.
    public func joinedCount(rows: Int) -> Int {
        (rows + rowsPerCiphertext - 1) / rowsPerCiphertext * ciphertextsPerRow
    }

    /// The `row` layout: one row of `ciphertextsPerRow` plaintexts for each row of the matrix.
    public func pack(_ matrix: Matrix<Integer>) -> Matrix<Integer> {
        precondition(matrix.columns == columns, "a matrix of \(columns) columns")
        var packed: [Integer] = []
        packed.reserveCapacity(matrix.rows * ciphertextsPerRow)
        for row in 0..<matrix.rows {
            let values = matrix.row(row)
            for start in stride(from: values.startIndex, to: values.endIndex, by: slots) {
                packed.append(shiftedSum(values[start..<min(start + slots, values.endIndex)], bits: slotBits))
            }
        }
        return Matrix(rows: matrix.rows, columns: ciphertextsPerRow, elements: packed)
    }

    /// The `rows` layout of plaintexts in the `row` layout.
    public func join(_ packed: Matrix<Integer>) -> [Integer] {
        precondition(packed.columns == ciphertextsPerRow, "a row takes \(ciphertextsPerRow) plaintexts")
        guard ciphertextsPerRow == 1 else { return packed.elements }
        return stride(from: 0, to: packed.rows, by: rowsPerCiphertext).map { first in
            shiftedSum(
                packed.elements[first..<min(first + rowsPerCiphertext, packed.rows)], bits: columns * slotBits)
        }
    }

    /// The values of plaintexts in the `rows` layout, each in `0 ..< 2^slotBits`.
    ///
    /// - Throws: `SharesError.count` for another number of plaintexts than `rows` rows take,
    ///   `SharesError.plaintextOutsideSlots` for a plaintext that is negative or reaches above its last used slot.
    public func split(_ joined: [Integer], rows: Int) throws(SharesError) -> Matrix<Integer> {
        guard joined.count == joinedCount(rows: rows) else {
            throw .count(expected: joinedCount(rows: rows), found: joined.count)
        }
        var values: [Integer] = []
        values.reserveCapacity(rows * columns)
        for (index, packed) in joined.enumerated() {
            let used =
                ciphertextsPerRow == 1
                ? columns * min(rowsPerCiphertext, rows - index * rowsPerCiphertext)
                : min(slots, columns - index % ciphertextsPerRow * slots)
            guard packed.signum >= 0, packed.bitLength <= used * slotBits else {
                throw .plaintextOutsideSlots(slotBits: slotBits, slots: used)
            }
            for slot in 0..<used { values.append((packed >> (slot * slotBits)).lowBits(slotBits)) }
        }
        return Matrix(rows: rows, columns: columns, elements: values)
    }

    private func shiftedSum(_ values: ArraySlice<Integer>, bits: Int) -> Integer {
        var sum = Integer()
        for value in values.reversed() { sum = (sum << bits) + value }
        return sum
    }
}
