public import Arithmetic
public import Cryptography
internal import Residues

extension PublicKey {
    public func noise(count: Int, bits: Int, from stream: RandomStream) -> Noise {
        precondition(
            (keyBits / 2...Self.widestRandomizer(keyBits)).contains(bits), "re-randomiser outside its table")
        return Noise(exponents: (0..<count).map { _ in Exponent(bitCount: bits, from: stream) }) { [randomizer] in
            randomizer.powers(variableTime: $0)
        }
    }

    /// Fresh encryptions, with noise of any width. The owner of the key draws it faster.
    ///
    /// - Throws: `PaillierError.plaintext(index:)`, `PaillierError.cancelled`.
    public func encrypt(_ plaintexts: [Integer], with noise: Noise) throws(PaillierError) -> [Ciphertext] {
        try check(plaintexts)
        let powers = try noise.take(plaintexts.count)
        operations.count { $0.encrypted += plaintexts.count }
        return try inBlocks(plaintexts.count) { places in
            let block = trivialEncryptions(of: plaintexts[places])
            block.multiply(by: powers[places.lowerBound / blockSize])
            return block.residues(places.count).map { Ciphertext($0) }
        }
    }

    public func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], with noise: Noise
    ) throws(PaillierError) -> [Ciphertext] {
        precondition(ciphertexts.count == plaintexts.count, "one plaintext for each ciphertext")
        try check(plaintexts)
        let powers = try noise.take(plaintexts.count)
        operations.count {
            $0.added += ciphertexts.count
            $0.rerandomized += ciphertexts.count
        }
        return try inBlocks(ciphertexts.count) { places in
            let block = ElementBlock(radix, ciphertexts[places].map(\.residue)[...])
            block.toMontgomery()
            block.multiply(by: trivialEncryptions(of: plaintexts[places]))
            block.multiply(by: powers[places.lowerBound / blockSize])
            return block.residues(places.count).map { Ciphertext($0) }
        }
    }

    /// `(1 + n)^m = 1 + m n mod n^2` in each lane.
    private func trivialEncryptions(of plaintexts: ArraySlice<Integer>) -> ElementBlock {
        ElementBlock(radix, onePlusMultiples: plaintexts.map { $0.modulo(modulus) })
    }

    /// - Throws: `PaillierError.plaintext(index:)` unless each `|m| < 2^(keyBits - 2)`.
    private func check(_ plaintexts: [Integer]) throws(PaillierError) {
        if let index = plaintexts.firstIndex(where: { $0.bitLength > keyBits - 2 }) { throw .plaintext(index: index) }
    }
}
