import Cryptography
import Testing

@Suite struct KeyDerivationTests {
    /// RFC 4231, test cases 1, 2, 3 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func codesAsTheStandardSays(key: [UInt8], message: [UInt8], code: String) {
        #expect(HMAC.code(of: message, key: SecretBytes(copying: key)).hexadecimal == code)
    }

    struct HKDFVector: Sendable {
        let keyMaterial, salt, info: [UInt8]
        let extracted, derived: String
    }

    /// RFC 5869, appendix A.1 to A.3.
    @Test(arguments: [
        HKDFVector(
            keyMaterial: [UInt8](repeating: 0x0B, count: 22), salt: Array(0x00...0x0C), info: Array(0xF0...0xF9),
            extracted: "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            derived: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
        HKDFVector(
            keyMaterial: Array(0x00...0x4F), salt: Array(0x60...0xAF), info: Array(0xB0...0xFF),
            extracted: "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
            derived: "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
        HKDFVector(
            keyMaterial: [UInt8](repeating: 0x0B, count: 22), salt: [], info: [],
            extracted: "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
            derived: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    ])
    func derivesAsTheStandardSays(vector: HKDFVector) throws {
        let keyMaterial = SecretBytes(copying: vector.keyMaterial)
        let derived = SecretBytes(copying: try #require([UInt8](hexadecimal: vector.derived)))
        let extracted = SecretBytes(copying: try #require([UInt8](hexadecimal: vector.extracted)))
        #expect(HKDF.extract(from: keyMaterial, salt: vector.salt) == extracted)
        #expect(HKDF.expand(extracted, info: vector.info, count: derived.count) == derived)
        #expect(
            HKDF.derive(from: keyMaterial, salt: vector.salt, info: vector.info, count: derived.count) == derived)
    }

    @Test func derivesUpToItsLimit() async {
        let key = SecretBytes(copying: [1, 2, 3])
        let long = [UInt8](repeating: 7, count: HKDF.lengthLimit)
        let whole = HKDF.derive(from: key, salt: long, info: long, count: HKDF.lengthLimit)
        let part = HKDF.derive(from: key, salt: long, info: long, count: 100)
        #expect(whole.count == HKDF.lengthLimit)
        #expect(whole.withUnsafeBytes { Array($0.prefix(100)) } == part.withUnsafeBytes { Array($0) })
        await #expect(processExitsWith: .failure) {
            _ = HKDF.derive(from: SecretBytes(copying: [1]), info: [], count: HKDF.lengthLimit + 1)
        }
    }
}
