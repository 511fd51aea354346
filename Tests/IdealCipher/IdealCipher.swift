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

    public func operand(_ ciphertexts: Matrix<Ciphertext>, isReused: Bool) -> Matrix<Ciphertext> { ciphertexts }

    public func product(
        variableTime plain: Multipliers, _ operand: Matrix<Ciphertext>, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext] {
        let values = plain.dense
        let rows = (0..<values.rows).map { row in
            (0..<operand.columns).map { column in
                let terms = (0..<values.columns).filter { values[row, $0] != 0 }
                    .map { (Integer(values[row, $0]), operand[$0, column]) }
                return ciphertext(
                    terms.reduce(0) { $0 + $1.0 * $1.1.plaintext },
                    multiplier: terms.reduce(0) { $0 + $1.0.magnitude * $1.1.multiplier })
            }
        }
        return stride(from: 0, to: rows.count, by: join.size).flatMap { start in
            (0..<operand.columns).map { column in
                let group = rows[start..<min(start + join.size, rows.count)].map { $0[column] }.enumerated()
                return ciphertext(
                    group.reduce(0) { $0 + ($1.element.plaintext << ($1.offset * join.rowBits)) },
                    multiplier: group.reduce(0) { $0 + ($1.element.multiplier << ($1.offset * join.rowBits)) })
            }
        }
    }

    public func add(_ left: [Ciphertext], _ right: [Ciphertext]) -> [Ciphertext] {
        precondition(left.count == right.count, "vectors of equal length")
        return zip(left, right).map {
            ciphertext($0.plaintext + $1.plaintext, multiplier: $0.multiplier + $1.multiplier)
        }
    }

    /// Remembers what it was drawn for, so that too little of it is noticed.
    public struct Noise: RandomizingNoise {
        let count: Int
        let bits: Int

        public func makeAhead() {}
    }

    public func noise(count: Int, bits: Int, from stream: RandomStream) -> Noise { Noise(count: count, bits: bits) }

    public func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], with noise: Noise
    ) throws(PaillierError) -> [Ciphertext] {
        precondition(noise.count == ciphertexts.count, "noise for as many ciphertexts")
        for ciphertext in ciphertexts {
            // Exponents of keyBits / 2 bits, times the multipliers; no more than the order of the group.
            let reach = min(keyBits / 2 + ciphertext.multiplier.bitLength, keyBits)
            precondition(ciphertext.multiplier == 1 || noise.bits >= reach + 120, "re-randomiser too narrow")
        }
        return zip(ciphertexts, plaintexts).map { ciphertext($0.plaintext + $1, multiplier: 1) }
    }
}

/// The owner's side of an ``IdealCipher``.
public struct IdealKey: AdditiveKey {
    public let cipher: IdealCipher

    public init(keyBits: Int) { cipher = IdealCipher(keyBits: keyBits) }

    public func noise(count: Int, from stream: RandomStream) -> IdealCipher.Noise {
        .init(count: count, bits: cipher.keyBits / 2)
    }

    public func encrypt(
        _ plaintexts: [Integer], with noise: IdealCipher.Noise
    ) throws(PaillierError) -> [IdealCipher.Ciphertext] {
        precondition(noise.count == plaintexts.count, "noise for as many ciphertexts")
        return try cipher.encrypt(plaintexts)
    }

    public func decrypt(_ ciphertexts: [IdealCipher.Ciphertext]) -> [Integer] { ciphertexts.map(\.plaintext) }
}
