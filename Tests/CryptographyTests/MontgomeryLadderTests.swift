import Cryptography
import Testing
import Workers

@Suite struct MontgomeryLadderTests {
    /// RFC 7748, section 5.2.
    @Test(arguments: CurvePath.available)
    func multipliesAsTheStandardSays(path: CurvePath) throws {
        for (scalar, point, product) in [
            (
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
            ),
            (
                "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
            ),
        ] {
            let scalar = try #require([UInt8](hexadecimal: scalar))
            let point = try #require([UInt8](hexadecimal: point))
            #expect(try path.x25519(scalar, [point])[0].hexadecimal == product)
        }
    }

    /// RFC 7748, section 6.1: both public keys and the shared secret.
    @Test(arguments: CurvePath.available)
    func agreesOnASecretAsTheStandardSays(path: CurvePath) throws {
        let secrets = try [
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        ].map { try CurveScalar(bytes: SecretBytes(copying: #require([UInt8](hexadecimal: $0)))) }
        let keys = CurvePoint.multiplyBase(by: secrets, path: path)
        #expect(
            keys.map(\.bytes.hexadecimal) == [
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
                "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            ])
        let shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        for product in try CurvePoint.multiplyEach(keys.reversed(), by: secrets, path: path) {
            #expect(product.bytes.hexadecimal == shared)
        }
    }

    /// RFC 7748, section 5.2: each product is the next scalar, the last scalar the next point.
    @Test(arguments: CurvePath.available)
    func agreesWithTheStandardAfterAThousandRounds(path: CurvePath) throws {
        var scalar: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)
        var point = scalar
        for round in 1...1000 {
            (scalar, point) = (try path.x25519(scalar, [point])[0], scalar)
            if round == 1 {
                #expect(scalar.hexadecimal == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
            }
        }
        #expect(scalar.hexadecimal == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
    }

    /// Random numbers, half of them on the twist, in runs of all lengths from 1 on: 100,000 of the fastest kernels.
    @Test(arguments: CurvePath.available)
    func agreesWithOpenSSLAtRandom(path: CurvePath) throws {
        let longest = path == .portable ? 100 : 447
        let mismatches = try #require(
            Parallel.map(count: longest) { index -> Int? in
                let (scalar, count) = (SystemRandom.bytes(32), index + 1)
                let points = (0..<count).map { _ in SystemRandom.bytes(32) }
                guard let reference = try? OpenSSLX25519(scalar: scalar),
                    let products = try? path.x25519(scalar, points)
                else { return nil }
                return zip(points, products).count { reference.multiply($0) != $1 }
            })
        #expect(mismatches == [Int?](repeating: 0, count: longest))
    }

    @Test(arguments: CurvePath.available)
    func agreesWithOpenSSLAtTheEdges(path: CurvePath) throws {
        let ones = [UInt8](repeating: 0xFF, count: 32)
        let zeros = [UInt8](repeating: 0, count: 32)
        // p - 9 to 2^255 - 1, 0 to 3, 2^254: 0, 1, p - 1, p and p + 1 multiply to infinity.
        var points = (0xE4...0xFF).map { [UInt8($0)] + ones.dropFirst().dropLast() + [0x7F] }
        points += (0...3).map { [$0] + zeros.dropFirst() }
        points.append(zeros.dropLast() + [0x40])
        for scalar in [zeros, ones] {
            let reference = try OpenSSLX25519(scalar: scalar)
            #expect(try path.x25519(scalar, points) == points.map { reference.multiply($0) ?? zeros })
        }
    }

    @Test(arguments: CurvePath.available)
    func everyPointCanHaveAScalarOfItsOwn(path: CurvePath) throws {
        for count in [0, 1, 7, 8, 9, 64, 65, 300] {
            let scalars = (0..<count).map { _ in CurveScalar() }
            let points = CurvePoint.hash(packed: SystemRandom.bytes(32 * count), each: 32)
            let products = try CurvePoint.multiplyEach(points, by: scalars, path: path)
            let keys = CurvePoint.multiplyBase(by: scalars, path: path)
            for (index, scalar) in scalars.enumerated() {
                let reference = try OpenSSLX25519(scalar: scalar.bytes.withUnsafeBytes { Array($0) })
                #expect(products[index].bytes == reference.multiply(points[index].bytes))
                #expect(keys[index].bytes == reference.multiply(CurvePoint.base.bytes))
            }
        }
    }
}
