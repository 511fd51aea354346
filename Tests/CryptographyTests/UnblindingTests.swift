import Arithmetic
import Cryptography
import Testing

@Suite struct UnblindingTests {
    private let order: Integer

    init() throws {
        order = try Integer(powerOfTwo: 252) + Integer(decimal: "27742317777372353535851937790883648493")
    }

    private func number(_ bytes: SecretBytes) -> Integer { bytes.withUnsafeBytes { Integer(littleEndian: $0) } }

    private func scalar(_ byte: UInt8) throws -> CurveScalar {
        try CurveScalar(bytes: SecretBytes(copying: [UInt8](repeating: byte, count: 32)))
    }

    @Test func isEightTimesTheInverseOfTheEightfold() throws {
        let scalars = try [scalar(0), scalar(0xFF), scalar(0x55)] + (0..<200).map { _ in CurveScalar() }
        for scalar in scalars {
            let (a, c) = (number(scalar.bytes), number(scalar.inverse.bytes))
            let inverse = try #require((8 * a).inverse(modulo: order))
            #expect(c == 8 * inverse)
            #expect((a * c).modulo(order) == 1)
        }
    }

    /// c (b (a P)) = b P, for P with and without a part of small order.
    @Test(arguments: CurvePath.available)
    func undoesAMultiplication(path: CurvePath) throws {
        let (a, b) = (CurveScalar(), CurveScalar())
        let hashed = CurvePoint.hash(packed: SystemRandom.bytes(32 * 300), each: 32)
        let inSubgroup = try CurvePoint.multiply(hashed, by: CurveScalar())
        let points = hashed + inSubgroup
        let blinded = try CurvePoint.multiply(points, by: a, path: path)
        let both = try CurvePoint.multiply(blinded, by: b, path: path)
        let unblinded = try CurvePoint.multiply(both, by: a.inverse, path: path)
        #expect(try unblinded == CurvePoint.multiply(points, by: b, path: path))
        // Without b, what is left is the part in the subgroup.
        let rest = try CurvePoint.multiply(blinded, by: a.inverse, path: path)
        #expect(rest.suffix(300) == inSubgroup[...])
        #expect(zip(rest, hashed).contains { $0 != $1 })
    }

    /// An inverse above 2^255, of which a ladder of 255 steps would lose the highest bit: c = 8 (l - j), so a / 8 = -1 / (64 j).
    @Test func canHaveItsHighestBit() throws {
        let range = Integer(powerOfTwo: 251)..<Integer(powerOfTwo: 252)
        let candidates = (1...50).compactMap { (-64 * Integer($0)).inverse(modulo: order) }
        let eighth = try #require(candidates.first { range.contains($0) })
        let scalar = try CurveScalar(bytes: SecretBytes(copying: (8 * eighth).littleEndianBytes(count: 32)))
        #expect(number(scalar.bytes) == 8 * eighth)
        #expect(number(scalar.inverse.bytes).bitLength == 256)
        for path in CurvePath.available {
            let key = CurvePoint.multiplyBase(by: [scalar], path: path)
            #expect(try CurvePoint.multiply(key, by: scalar.inverse, path: path) == [CurvePoint.base])
        }
    }

    @Test func refusesSmallOrder() throws {
        let bad = try CurvePoint.decode([1] + [UInt8](repeating: 0, count: 31))
        #expect(throws: CryptographyError.pointOfSmallOrder(index: 1)) {
            try CurvePoint.multiply([CurvePoint.base] + bad, by: CurveScalar().inverse)
        }
    }
}
