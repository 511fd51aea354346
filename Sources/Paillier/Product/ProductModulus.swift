package import Arithmetic
internal import Residues

/// The modulus of a key, for products and nothing else: without the tables that encryption takes. What a part of a party
/// needs that computes products for it.
package struct ProductModulus: Sendable {
    private let radix: RadixModulus

    /// That of the key under which an operand is encrypted.
    package init(_ operand: EncryptedOperand) { radix = operand.radix }

    /// Reads ``encoded``.
    ///
    /// - Throws: `PaillierError.modulus(.wrongSize)` for a number that no kernel computes with.
    package init(encoded: [UInt8]) throws(PaillierError) {
        guard encoded.count <= (RadixModulus.widest + 7) / 8 else { throw .modulus(.wrongSize) }
        let modulus = Integer(bigEndian: encoded)
        guard modulus.isOdd, (64...RadixModulus.widest).contains(modulus.bitLength) else { throw .modulus(.wrongSize) }
        radix = RadixModulus(modulus)
    }

    /// Most significant byte first.
    package var encoded: [UInt8] { radix.value.bytes(count: (radix.value.bitLength + 7) / 8) }

    /// Bytes of a ciphertext.
    package var ciphertextBytes: Int { radix.digitBytes }

    /// Ciphertexts as products compute with them, `ciphertextBytes` each: the two digits of the number in radix n. Within a party this
    /// form spares both sides a division of long numbers.
    package func encode(_ ciphertexts: [Ciphertext]) -> [UInt8] { radix.digits(ciphertexts.map(\.residue)) }

    /// Reads ciphertexts that were computed on within the party: any units below n^2, 1 included, as an empty sum gives it. What came
    /// from a partner was checked more strictly when it came (``PublicKey/decode(_:count:)``).
    ///
    /// - Throws: `PaillierError.length`, `PaillierError.ciphertext`.
    package func decode(_ bytes: [UInt8], count: Int) throws(PaillierError) -> [Ciphertext] {
        let (expected, overflow) = ciphertextBytes.multipliedReportingOverflow(by: count)
        guard count >= 0, !overflow, bytes.count == expected else {
            throw .length(expected: expected, actual: bytes.count)
        }
        let residues = bytes.withUnsafeBytes { bytes in
            (0..<count).map { index in
                let digits = bytes[index * ciphertextBytes..<(index + 1) * ciphertextBytes]
                return radix.residue(digits: UnsafeRawBufferPointer(rebasing: digits))
            }
        }
        if let index = residues.firstIndex(where: { $0 == nil }) { throw .ciphertext(index: index, .outOfRange) }
        let checked = residues.compactMap { $0 }
        try radix.checkUnits(checked)
        return checked.map { Ciphertext($0) }
    }

    /// Ciphertexts under this modulus as an operand.
    ///
    /// - Parameter uses: How many products are expected to use it, at least one.
    package func operand(_ ciphertexts: Matrix<Ciphertext>, uses: Int) -> EncryptedOperand {
        EncryptedOperand(radix, ciphertexts, uses: uses)
    }

    /// Sums of ciphertexts, place by place. Not re-randomised.
    ///
    /// - Throws: `PaillierError.cancelled`.
    package func add(_ left: [Ciphertext], _ right: [Ciphertext]) throws(PaillierError) -> [Ciphertext] {
        try radix.products(left, right)
    }
}
