import Cryptography
import Testing

@Suite struct CurvePointTests {
    private func number(_ low: UInt8, padding: UInt8 = 0, high: UInt8? = nil) -> [UInt8] {
        [low] + [UInt8](repeating: padding, count: 30) + [high ?? padding]
    }

    private func points(_ count: Int) -> [CurvePoint] { CurvePoint.hash((0..<count).map { Array("id \($0)".utf8) }) }

    @Test(arguments: [0, 1, 2, 63, 64, 65, 200])
    func twoScalarsCommuteAndAgreeWithX25519(count: Int) throws {
        let points = points(count)
        let (a, b) = (CurveScalar(), CurveScalar())
        let ab = try CurvePoint.multiply(CurvePoint.multiply(points, by: b), by: a)
        #expect(try CurvePoint.multiply(CurvePoint.multiply(points, by: a), by: b) == ab)
        #expect(Set(ab).count == count)
        let scalar = a.bytes.withUnsafeBytes { Array($0) }
        let products = try CurvePoint.multiply(points, by: a)
        #expect(try products.map(\.bytes) == points.map { try x25519(scalar, $0.bytes) })
        #expect(try CurvePoint.decode(CurvePoint.encode(products)) == products)
    }

    @Test func refusesNumbersFromPOn() {
        // p = 2^255 - 19 ... 2^255 - 1, then what else has the top bit.
        for low: UInt8 in 0xED...0xFF {
            #expect(throws: CryptographyError.pointNotCanonical(index: 0)) {
                try CurvePoint.decode(number(low, padding: 0xFF, high: 0x7F))
            }
        }
        for bytes in [number(9, high: 0x80), number(0xFF, padding: 0xFF)] {
            #expect(throws: CryptographyError.pointNotCanonical(index: 0)) { try CurvePoint.decode(bytes) }
        }
    }

    @Test func refusesTheTwistAndZero() {
        // 2, 3, 5 and p - 1 have a square nowhere; 0 has order 2.
        for bytes in [number(2), number(3), number(5), number(0xEC, padding: 0xFF, high: 0x7F), number(0)] {
            #expect(throws: CryptographyError.pointNotOnCurve(index: 0)) { try CurvePoint.decode(bytes) }
        }
    }

    /// The x-coordinates of order 4 and 8 that lie on the curve.
    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ])
    func refusesSmallOrderAtMultiplication(point: String) throws {
        let bad = try CurvePoint.decode(#require([UInt8](hexadecimal: point)))
        for place in [0, 1, 63, 64, 99] {
            var many = points(100)
            many[place] = bad[0]
            #expect(throws: CryptographyError.pointOfSmallOrder(index: place)) {
                try CurvePoint.multiply(many, by: CurveScalar())
            }
        }
    }

    @Test func namesTheFirstBadPointOfMany() {
        let good = CurvePoint.encode(points(200))
        for (place, bad, cause) in [
            (0, number(2), CryptographyError.pointNotOnCurve(index: 0)),
            (70, number(0xFF, padding: 0xFF), .pointNotCanonical(index: 70)),
            (199, number(0), .pointNotOnCurve(index: 199)),
        ] {
            var bytes = good
            for later in [place, 199] { bytes.replaceSubrange(32 * later..<32 * later + 32, with: bad) }
            #expect(throws: cause) { try CurvePoint.decode(bytes) }
        }
    }

    @Test(arguments: [1, 31, 33, 95])
    func refusesCutPoints(count: Int) {
        let error = CryptographyError.wrongLength(of: "curve points", expected: (count / 32 + 1) * 32, got: count)
        #expect(throws: error) { try CurvePoint.decode([UInt8](repeating: 9, count: count)) }
    }

    @Test func scalarsAreClampedAndComeBack() throws {
        let all = try CurveScalar(bytes: SecretBytes(copying: [UInt8](repeating: 0xFF, count: 32)))
        #expect(all.bytes == SecretBytes(copying: number(0xF8, padding: 0xFF, high: 0x7F)))
        let none = try CurveScalar(bytes: SecretBytes(copying: number(0)))
        #expect(none.bytes == SecretBytes(copying: number(0, high: 0x40)))
        let scalar = CurveScalar()
        #expect(try CurveScalar(bytes: scalar.bytes).bytes == scalar.bytes)
        #expect(CurveScalar().bytes != scalar.bytes)
        #expect(throws: CryptographyError.wrongLength(of: "curve scalar", expected: 32, got: 33)) {
            try CurveScalar(bytes: SecretBytes(copying: [UInt8](repeating: 0, count: 33)))
        }
    }
}
