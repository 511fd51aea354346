internal import Arithmetic
internal import Residues

/// Reads ciphertexts under a public key, and does nothing else with them: without the tables that encryption takes.
package struct CiphertextReader: Sendable {
    private let radix: RadixModulus

    package init(_ key: PublicKey) { radix = key.radix }

    /// Bytes of a ciphertext.
    package var ciphertextBytes: Int { radix.value.bitLength / 4 }

    /// Checks for each ciphertext `1 < c < n^2`, `gcd(c, n) = 1`, and that `c mod n` is neither 1 nor n - 1: those are 1 + m n and its
    /// negative, from which anybody reads m.
    package func decode(_ bytes: [UInt8], count: Int) throws(PaillierError) -> [Ciphertext] {
        let (expected, overflow) = ciphertextBytes.multipliedReportingOverflow(by: count)
        guard count >= 0, !overflow, bytes.count == expected else {
            throw .length(expected: expected, actual: bytes.count)
        }
        let residues = try inParallel(count: count) { index -> Result<Residue, PaillierError> in
            let number = Integer(bigEndian: bytes[index * ciphertextBytes..<(index + 1) * ciphertextBytes])
            guard number > 1, number < radix.square else { return .failure(.ciphertext(index: index, .outOfRange)) }
            let residue = radix.residue(number)
            let randomness = radix.lowerDigit(residue)
            guard randomness != 1, randomness + 1 != radix.value else {
                return .failure(.ciphertext(index: index, .withoutRandomness))
            }
            return .success(residue)
        }
        // The first defect is reported, of whichever sort.
        let checked = residues.prefix { if case .success = $0 { true } else { false } }.compactMap { try? $0.get() }
        try radix.checkUnits(checked)
        if checked.count < residues.count { _ = try residues[checked.count].get() }
        return checked.map { Ciphertext($0) }
    }

    /// c mod n of each ciphertext, in half its bytes, most significant first. As (1 + m n) = 1 modulo n, it is a power of the
    /// randomness alone, whatever the plaintext: where two are equal, randomness was used twice.
    package func randomnessParts(of ciphertexts: [Ciphertext]) throws(PaillierError) -> [UInt8] {
        let width = radix.value.bitLength / 8
        return try inParallel(count: ciphertexts.count) { index in
            radix.lowerDigit(ciphertexts[index].residue).bytes(count: width)
        }.flatMap { $0 }
    }
}

extension RadixModulus {
    /// One greatest common divisor for all: a factor that one of them shares with n is in the product, too.
    ///
    /// - Throws: `PaillierError.ciphertext(index:_:)`.
    func checkUnits(_ residues: [Residue]) throws(PaillierError) {
        guard !residues.isEmpty, productOfLowerDigits(residues).gcd(value) != 1 else { return }
        guard let index = residues.firstIndex(where: { lowerDigit($0).gcd(value) != 1 }) else {
            preconditionFailure("a product has no other prime factors than its terms")
        }
        throw .ciphertext(index: index, .notInvertible)
    }
}
