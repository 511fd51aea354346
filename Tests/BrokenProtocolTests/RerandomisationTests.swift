import Arithmetic
import IdealCipher
import MatMul
import Paillier
import Shares
import Testing

/// The owner of a key can take the plaintext out of a ciphertext: what is left of `c = (1 + m n) r` is its randomness r. Of a
/// product under encryption that is the product of powers of the randomness of what went in, by the multipliers: the owner knows
/// all of it, so a perfect mask on the plaintext hides nothing.
@Suite struct RerandomisationTests {
    private let key = Keys.label
    private let modulus = Keys.label.cipher.modulus
    private let square = Keys.label.cipher.modulus * Keys.label.cipher.modulus

    /// 1.0 in fixed point.
    private let one = 1 << FixedPoint.fractionBits
    private let columns = 30
    private let support: Set = [4, 17, 23]

    /// Three ones in thirty columns, as one-hot fields have them.
    private var row: Matrix<Int64> {
        Matrix(rows: 1, columns: columns, elements: (0..<columns).map { support.contains($0) ? Int64(one) : 0 })
    }

    /// Takes the decrypted plaintext out of each ciphertext of a payload.
    private func randomness(_ payload: [UInt8]) throws -> [Integer] {
        let bytes = key.cipher.ciphertextBytes
        let plaintexts = try key.decrypt(key.cipher.decode(payload, count: payload.count / bytes))
        return plaintexts.enumerated().map { index, plaintext in
            let ciphertext = Integer(bigEndian: payload[index * bytes..<(index + 1) * bytes])
            return (ciphertext * (1 - plaintext * modulus)).modulo(square)
        }
    }

    /// The attack: tries all sets of three columns. Those whose randomness gives the product's.
    private func search(_ product: Integer, _ terms: [Integer]) -> [Set<Int>] {
        let powers = terms.map { $0.power(Integer(one), modulo: square, variableTime: true) }
        var found: [Set<Int>] = []
        for first in powers.indices {
            for second in (first + 1)..<max(first + 1, powers.count) {
                let pair = (powers[first] * powers[second]).modulo(square)
                for third in (second + 1)..<max(second + 1, powers.count)
                where (pair * powers[third]).modulo(square) == product { found.append([first, second, third]) }
            }
        }
        return found
    }

    @Test func productsThatAreNotRerandomised() throws {
        var layer = try Layer(
            columns: columns, width: 1, keyBits: 1024, keys: (key, Keys.feature), sources: (recorded(), recorded()))
        let weights = try layer.last("I3").payload
        let terms = try randomness(weights)
        #expect(terms.count == columns)

        // Masked in the plaintext, and sent as it is.
        let operand = try key.cipher.operand(
            Matrix(rows: columns, columns: 1, elements: key.cipher.decode(weights, count: columns)), isReused: false)
        let product = try key.cipher.encode(
            key.cipher.product(
                variableTime: Multipliers(row, bits: FixedPoint.Limit.feature.bits), operand, join: .none))
        let mask = try recorded().stream("mask").integers(rows: 1, columns: 1, bits: 900)[0, 0]
        let masked = (Integer(bigEndian: product) * (1 + mask * modulus)).modulo(square)
        let broken = try randomness(masked.bigEndianBytes(count: key.cipher.ciphertextBytes))
        #expect(search(broken[0], terms) == [support])

        _ = try layer.parties.forward(label: uniform(1, 3, "label features"), feature: row, in: .evaluate)
        let real = try randomness(layer.last("F1").payload)
        #expect(real.count == 1)
        #expect(search(real[0], terms).isEmpty)
        // Nor is it what went in times something that every product gets.
        _ = try layer.parties.forward(label: uniform(1, 3, "label features"), feature: row, in: .evaluate)
        #expect(try randomness(layer.last("F1").payload) != real)
    }
}
