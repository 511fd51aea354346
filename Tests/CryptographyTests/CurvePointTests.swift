import Arithmetic
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
        let reference = try OpenSSLX25519(scalar: scalar)
        #expect(products.map(\.bytes) == points.map { reference.multiply($0.bytes) })
        #expect(try CurvePoint.decode(CurvePoint.encode(products)) == products)
    }

    @Test(arguments: CurvePath.available)
    func refusesNumbersFromPOn(path: CurvePath) {
        // p = 2^255 - 19 ... 2^255 - 1, then what else has the top bit.
        for low: UInt8 in 0xED...0xFF {
            #expect(throws: CryptographyError.pointNotCanonical(index: 0)) {
                try CurvePoint.decode(number(low, padding: 0xFF, high: 0x7F), path: path)
            }
        }
        for bytes in [number(9, high: 0x80), number(0xFF, padding: 0xFF)] {
            #expect(throws: CryptographyError.pointNotCanonical(index: 0)) { try CurvePoint.decode(bytes, path: path) }
        }
    }

    @Test(arguments: CurvePath.available)
    func refusesTheTwistAndZero(path: CurvePath) {
        // 2, 3, 5 and p - 1 have a square nowhere; 0 has order 2.
        for bytes in [number(2), number(3), number(5), number(0xEC, padding: 0xFF, high: 0x7F), number(0)] {
            #expect(throws: CryptographyError.pointNotOnCurve(index: 0)) { try CurvePoint.decode(bytes, path: path) }
        }
    }

    /// The twelve encodings of small order that Bernstein lists (cr.yp.to/ecdh.html, "How do I validate Curve25519 public keys?"):
    /// three are on the curve, and refused when multiplied; two are 0 and on the twist; the others are not canonical.
    @Test(arguments: CurvePath.available)
    func refusesAllEncodingsOfSmallOrder(path: CurvePath) throws {
        let p = Integer(powerOfTwo: 255) - 19
        let eighths = try [
            "325606250916557431795983626356110631294008115727848805560023387167927233504",
            "39382357235489614581723060781553021112529911719440698176882885853963445705823",
        ].map { try Integer(decimal: $0) }
        func bytes(_ number: Integer) throws -> [UInt8] { try number.littleEndianBytes(count: 32) }
        for number in [1] + eighths {
            let point = try CurvePoint.decode(bytes(number), path: path)
            #expect(throws: CryptographyError.pointOfSmallOrder(index: 0)) {
                try CurvePoint.multiply(point, by: CurveScalar(), path: path)
            }
        }
        for number in [0, p - 1] {
            #expect(throws: CryptographyError.pointNotOnCurve(index: 0)) {
                try CurvePoint.decode(bytes(number), path: path)
            }
        }
        for number in [p, p + 1, p + eighths[0], p + eighths[1], 2 * p - 1, 2 * p, 2 * p + 1] {
            #expect(throws: CryptographyError.pointNotCanonical(index: 0)) {
                try CurvePoint.decode(bytes(number), path: path)
            }
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
        for place in [0, 1, 63, 64, 99, 255, 256, 299] {
            var many = points(300)
            many[place] = bad[0]
            for path in CurvePath.available {
                #expect(throws: CryptographyError.pointOfSmallOrder(index: place)) {
                    try CurvePoint.multiply(many, by: CurveScalar(), path: path)
                }
                #expect(throws: CryptographyError.pointOfSmallOrder(index: place)) {
                    try CurvePoint.multiplyEach(many, by: many.map { _ in CurveScalar() }, path: path)
                }
            }
        }
    }

    @Test(arguments: CurvePath.available)
    func namesTheFirstBadPointOfMany(path: CurvePath) {
        let good = CurvePoint.encode(points(200))
        for (place, bad, cause) in [
            (0, number(2), CryptographyError.pointNotOnCurve(index: 0)),
            (70, number(0xFF, padding: 0xFF), .pointNotCanonical(index: 70)),
            (199, number(0), .pointNotOnCurve(index: 199)),
        ] {
            var bytes = good
            for later in [place, 199] { bytes.replaceSubrange(32 * later..<32 * later + 32, with: bad) }
            #expect(throws: cause) { try CurvePoint.decode(bytes, path: path) }
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
