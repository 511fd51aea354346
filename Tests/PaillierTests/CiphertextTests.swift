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
        ]
        for (residue, defect) in cases {
            #expect(throws: PaillierError.ciphertext(index: 1, defect)) { try decode(residue) }
        }
        #expect(try decode(2).count == 2)
        #expect(try decode(square - 1).count == 2)
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
        #expect("\(PaillierError.keySize(bits: 1024))".contains("1024 bits: keys have 2048 to 16384 bits"))
    }
}
