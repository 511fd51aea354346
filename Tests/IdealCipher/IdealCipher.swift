public import Arithmetic
public import Cryptography
public import Paillier

/// A stand-in for an additively homomorphic cipher whose ciphertexts carry their plaintexts: for tests only.
///
/// It has a real cipher's range checks, counts the multipliers that a ciphertext went through, and refuses a re-randomiser
/// that would not hide them.
public struct IdealCipher: AdditiveCipher {
    public let keyBits: Int

    public init(keyBits: Int) { self.keyBits = keyBits }

    public struct Ciphertext: Sendable {
        public let plaintext: Integer
        /// Sum of the absolute multipliers of the fresh encryptions inside.
        let multiplier: Integer
    }

    public var ciphertextBytes: Int { keyBits / 4 }

    private var limit: Integer { Integer(powerOfTwo: keyBits - 2) }

    /// - Precondition: The plaintext would not wrap modulo a key of `keyBits` bits.
    private func ciphertext(_ plaintext: Integer, multiplier: Integer) -> Ciphertext {
        precondition(plaintext.magnitude < limit, "a plaintext would wrap")
        return Ciphertext(plaintext: plaintext, multiplier: multiplier)
    }

    func encrypt(_ plaintexts: [Integer]) throws(PaillierError) -> [Ciphertext] {
        if let index = plaintexts.firstIndex(where: { $0.magnitude >= limit }) { throw .plaintext(index: index) }
        return plaintexts.map { ciphertext($0, multiplier: 1) }
    }

    public func encode(_ ciphertexts: [Ciphertext]) -> [UInt8] {
        ciphertexts.flatMap { ciphertext -> [UInt8] in
            do { return try (ciphertext.plaintext + limit).bigEndianBytes(count: ciphertextBytes) } catch {
                preconditionFailure("plaintexts are within the limit")
            }
        }
    }

    public func decode(_ bytes: [UInt8], count: Int) throws(PaillierError) -> [Ciphertext] {
        guard bytes.count == count * ciphertextBytes else {
            throw .length(expected: count * ciphertextBytes, actual: bytes.count)
        }
        var ciphertexts: [Ciphertext] = []
        for index in 0..<count {
            let plaintext =
                Integer(bigEndian: bytes[index * ciphertextBytes..<(index + 1) * ciphertextBytes]) - limit
            guard plaintext.magnitude < limit else { throw .ciphertext(index: index, .outOfRange) }
            ciphertexts.append(ciphertext(plaintext, multiplier: 1))
        }
        return ciphertexts
    }

    public func product(variableTime plain: Matrix<Int64>, _ encrypted: Matrix<Ciphertext>) -> Matrix<Ciphertext> {
        var result: [Ciphertext] = []
        for row in 0..<plain.rows {
            for column in 0..<encrypted.columns {
                let terms = (0..<plain.columns).map { (Integer(plain[row, $0]), encrypted[$0, column]) }
                result.append(
                    ciphertext(
                        terms.reduce(0) { $0 + $1.0 * $1.1.plaintext },
                        multiplier: terms.reduce(0) { $0 + $1.0.magnitude * $1.1.multiplier }))
            }
        }
        return Matrix(rows: plain.rows, columns: encrypted.columns, elements: result)
    }

    public func joinRows(_ rows: [Ciphertext], groupSize: Int, rowBits: Int) -> [Ciphertext] {
        stride(from: 0, to: rows.count, by: groupSize).map { start in
            let group = rows[start..<min(start + groupSize, rows.count)].enumerated()
            return ciphertext(
                group.reduce(0) { $0 + ($1.element.plaintext << ($1.offset * rowBits)) },
                multiplier: group.reduce(0) { $0 + ($1.element.multiplier << ($1.offset * rowBits)) })
        }
    }

    public func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], randomizerBits: Int, from stream: RandomStream
    ) throws(PaillierError) -> [Ciphertext] {
        for ciphertext in ciphertexts {
            // Exponents of keyBits / 2 bits, times the multipliers; no more than the order of the group.
            let reach = min(keyBits / 2 + ciphertext.multiplier.bitLength, keyBits)
            precondition(ciphertext.multiplier == 1 || randomizerBits >= reach + 120, "re-randomiser too narrow")
        }
        return zip(ciphertexts, plaintexts).map { ciphertext($0.plaintext + $1, multiplier: 1) }
    }
}

/// The owner's side of an ``IdealCipher``.
public struct IdealKey: AdditiveKey {
    public let cipher: IdealCipher

    public init(keyBits: Int) { cipher = IdealCipher(keyBits: keyBits) }

    public func encrypt(
        _ plaintexts: [Integer], from stream: RandomStream
    ) throws(PaillierError) -> [IdealCipher.Ciphertext] { try cipher.encrypt(plaintexts) }

    public func decrypt(_ ciphertexts: [IdealCipher.Ciphertext]) -> [Integer] { ciphertexts.map(\.plaintext) }
}
