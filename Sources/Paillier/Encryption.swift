public import Arithmetic
public import Cryptography

extension PublicKey: AdditiveCipher {
    /// Fresh encryptions with exponents of |n| / 2 bits. The owner of the key has a faster way.
    ///
    /// - Throws: `PaillierError.plaintext(index:)`.
    public func encrypt(_ plaintexts: [Integer], from stream: RandomStream) throws(PaillierError) -> [Ciphertext] {
        let zeros = [Ciphertext](repeating: Ciphertext(1), count: plaintexts.count)
        let ciphertexts = try randomized(zeros, adding: plaintexts, randomizerBits: keyBits / 2, from: stream)
        operations.count { $0.encrypted += ciphertexts.count }
        return ciphertexts
    }

    public func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], randomizerBits: Int, from stream: RandomStream
    ) throws(PaillierError) -> [Ciphertext] {
        let hidden = try randomized(ciphertexts, adding: plaintexts, randomizerBits: randomizerBits, from: stream)
        operations.count { $0.added += hidden.count }
        operations.count { $0.rerandomized += hidden.count }
        return hidden
    }

    /// `c (1 + m n) h_s^r mod n^2` for each, with `r` of `randomizerBits` bits.
    private func randomized(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], randomizerBits: Int, from stream: RandomStream
    ) throws(PaillierError) -> [Ciphertext] {
        precondition(ciphertexts.count == plaintexts.count, "one plaintext for each ciphertext")
        precondition(
            (keyBits / 2...Self.widestRandomizer(keyBits)).contains(randomizerBits), "re-randomiser outside its table")
        try check(plaintexts)
        let exponents = plaintexts.map { _ in Exponent(bitCount: randomizerBits, from: stream) }
        return Parallel.map(count: ciphertexts.count) { index in
            var product = ModularProduct(ciphertexts[index].residue, modulo: modulusSquared)
            product.multiply(by: trivialEncryption(of: plaintexts[index]))
            product.multiply(by: randomizer.power(variableTime: exponents[index]))
            return Ciphertext(product.value)
        }
    }

    /// `(1 + n)^m = 1 + m n mod n^2`.
    func trivialEncryption(of plaintext: Integer) -> Integer {
        (plaintext * modulus + 1).modulo(modulusSquared)
    }

    /// - Throws: `PaillierError.plaintext(index:)` unless each `|m| < 2^(keyBits - 2)`.
    func check(_ plaintexts: [Integer]) throws(PaillierError) {
        if let index = plaintexts.firstIndex(where: { $0.bitLength > keyBits - 2 }) { throw .plaintext(index: index) }
    }
}

// MARK: - Vectors

// None of these re-randomises: `hide` comes before the owner of the key sees a result.
extension PublicKey {
    /// Sums of ciphertexts, place by place.
    public func add(_ left: [Ciphertext], _ right: [Ciphertext]) -> [Ciphertext] {
        precondition(left.count == right.count, "vectors of equal length")
        operations.count { $0.added += left.count }
        return zip(left, right).map { Ciphertext(product($0.residue, $1.residue)) }
    }

    /// Sums of ciphertexts and plaintexts, place by place.
    ///
    /// - Throws: `PaillierError.plaintext(index:)`.
    public func add(_ ciphertexts: [Ciphertext], plain plaintexts: [Integer]) throws(PaillierError) -> [Ciphertext] {
        precondition(ciphertexts.count == plaintexts.count, "vectors of equal length")
        try check(plaintexts)
        operations.count { $0.added += ciphertexts.count }
        return zip(ciphertexts, plaintexts).map { Ciphertext(product($0.residue, trivialEncryption(of: $1))) }
    }

    /// Products of ciphertexts and plaintexts, place by place. Signs and sizes of the plaintexts leak through time.
    ///
    /// - Throws: `PaillierError.plaintext(index:)`.
    public func multiply(_ ciphertexts: [Ciphertext], by plaintexts: [Integer]) throws(PaillierError) -> [Ciphertext] {
        precondition(ciphertexts.count == plaintexts.count, "vectors of equal length")
        try check(plaintexts)
        operations.count { $0.multiplied += ciphertexts.count }
        return Parallel.map(count: ciphertexts.count) { index in
            let (base, factor) = (ciphertexts[index].residue, plaintexts[index])
            return Ciphertext((factor < 0 ? inverse(base) : base).power(factor.magnitude, modulo: modulusSquared))
        }
    }

    /// Encryptions of the negated plaintexts.
    public func negate(_ ciphertexts: [Ciphertext]) -> [Ciphertext] {
        Parallel.map(count: ciphertexts.count) { Ciphertext(inverse(ciphertexts[$0].residue)) }
    }

    private func product(_ left: Integer, _ right: Integer) -> Integer {
        (left * right).modulo(modulusSquared)
    }

    /// The inverse modulo n^2.
    func inverse(_ residue: Integer) -> Integer {
        guard let inverse = residue.inverse(modulo: modulusSquared) else {
            preconditionFailure("decoding and encryption give units only")
        }
        return inverse
    }
}
