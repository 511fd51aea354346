import Arithmetic
import Paillier
import Testing

@Suite struct CiphertextTests {
    private let cipher = Keys.small.cipher

    private func decode(_ residue: Integer) throws -> [Ciphertext] {
        let width = cipher.ciphertextBytes
        let good = cipher.encode(try Keys.small.encrypt([1], from: stream("good")))
        return try cipher.decode(good + residue.bigEndianBytes(count: width), count: 2)
    }

    @Test func residuesOutsideTheGroupAreRefused() throws {
        let n = cipher.modulus
        let square = n * n
        let cases: [(Integer, CiphertextDefect)] = [
            (0, .outOfRange), (1, .outOfRange), (square, .outOfRange), (square + 2, .outOfRange),
            (Integer(powerOfTwo: 1024) - 1, .outOfRange), (n, .notInvertible), (n * 12345, .notInvertible),
            (n + 1, .withoutRandomness), (n * 777 + 1, .withoutRandomness), (square - n + 1, .withoutRandomness),
            (square - 1, .withoutRandomness), (n - 1, .withoutRandomness), (n * 777 - 1, .withoutRandomness),
        ]
        for (residue, defect) in cases {
            #expect(throws: PaillierError.ciphertext(index: 1, defect)) { try decode(residue) }
        }
        #expect(try decode(2).count == 2)
        #expect(try decode(square - 2).count == 2)
    }

    /// All are checked at once; the one that is bad is named all the same.
    @Test func oneBadCiphertextAmongMany() throws {
        let (p, q) = (randomPrime(bits: 256), randomPrime(bits: 256, step: 6))
        let key = try PublicKey(modulus: p * q)
        let width = key.ciphertextBytes
        let good = key.encode(try key.encrypt(randomIntegers(43, bits: 300, from: stream("m")), from: stream("good")))
        #expect(try key.decode(good, count: 43).count == 43)
        func wire(_ bad: [Int: Integer]) throws -> [UInt8] {
            try bad.reduce(into: good) { wire, entry in
                wire.replaceSubrange(
                    width * entry.key..<width * (entry.key + 1), with: try entry.value.bigEndianBytes(count: width))
            }
        }
        let n = p * q
        let cases: [(Integer, CiphertextDefect)] = [
            (p, .notInvertible), (q * 9, .notInvertible), (n + p, .notInvertible), (n * 3, .notInvertible),
            (n * 5 + 1, .withoutRandomness), (n * 6 - 1, .withoutRandomness), (n * n, .outOfRange),
        ]
        for index in [0, 1, 7, 8, 20, 39, 40, 42] {
            for (residue, defect) in cases {
                #expect(throws: PaillierError.ciphertext(index: index, defect)) {
                    try key.decode(wire([index: residue]), count: 43)
                }
            }
        }
        #expect(throws: PaillierError.ciphertext(index: 12, .notInvertible)) {
            try key.decode(wire([12: p, 13: q, 30: n]), count: 43)
        }
    }

    @Test func lengthsAreExact() throws {
        let width = cipher.ciphertextBytes
        let good = cipher.encode(try Keys.small.encrypt([1, 2], from: stream("good")))
        #expect(try cipher.decode([], count: 0).isEmpty)
        for (bytes, count) in [(good, 1), (good, 3), (Array(good.dropLast()), 2), (good + [0], 2), (good, -2)] {
            #expect(throws: PaillierError.length(expected: width * count, actual: bytes.count)) {
                try cipher.decode(bytes, count: count)
            }
        }
        #expect(throws: PaillierError.self) { try cipher.decode(good, count: .max) }
    }

    @Test func errorsSayWhatIsWrong() {
        let error = PaillierError.ciphertext(index: 3, .withoutRandomness)
        #expect("\(error)" == "ciphertext 3 is refused: it carries no randomness")
        #expect("\(PaillierError.keySize(bits: 1024))".contains("1024 bits: keys have 2048 to 4096 bits"))
    }
}
