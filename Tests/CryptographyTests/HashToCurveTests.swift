import Cryptography
import Testing

@Suite struct HashToCurveTests {
    struct Vector: Sendable {
        let message, element, mapped, cleared: String
    }

    /// RFC 9380, appendix J.4.2: the message, u[0], Q.x, P.x.
    @Test(arguments: [
        Vector(
            message: "", element: "608d892b641f0328523802a6603427c26e55e6f27e71a91a478148d45b5093cd",
            mapped: "51125222da5e763d97f3c10fcc92ea6860b9ccbbd2eb1285728f566721c1e65b",
            cleared: "1bb913f0c9daefa0b3375378ffa534bda5526c97391952a7789eb976edfe4d08"),
        Vector(
            message: "abc", element: "46f5b22494bfeaa7f232cc8d054be68561af50230234d7d1d63d1d9abeca8da5",
            mapped: "7d56d1e08cb0ccb92baf069c18c49bb5a0dcd927eff8dcf75ca921ef7f3e6eeb",
            cleared: "7c22950b7d900fa866334262fcaea47a441a578df43b894b4625c9b450f9a026"),
        Vector(
            message: "abcdef0123456789", element: "235fe40c443766ce7e18111c33862d66c3b33267efa50d50f9e8e5d252a40aaa",
            mapped: "3fbe66b9c9883d79e8407150e7c2a1c8680bee496c62fabe4619a72b3cabe90f",
            cleared: "31ad08a8b0deeb2a4d8b0206ca25f567ab4e042746f792f4b7973f3ae2096c52"),
        Vector(
            message: "q128_" + String(repeating: "q", count: 128),
            element: "001e92a544463bda9bd04ddbe3d6eed248f82de32f522669efc5ddce95f46f5b",
            mapped: "227e0bb89de700385d19ec40e857db6e6a3e634b1c32962f370d26f84ff19683",
            cleared: "027877759d155b1997d0d84683a313eb78bdb493271d935b622900459d52ceaa"),
        Vector(
            message: "a512_" + String(repeating: "a", count: 512),
            element: "1a68a1af9f663592291af987203393f707305c7bac9c8d63d6a729bdc553dc19",
            mapped: "3bcd651ee54d5f7b6013898aab251ee8ecc0688166fce6e9548d38472f6bd196",
            cleared: "5fd892c0958d1a75f54c3182a18d286efab784e774d1e017ba2fb252998b5dc1"),
    ])
    func hashesAsTheStandardSays(vector: Vector) throws {
        let domain = "QUUX-V01-CS02-with-curve25519_XMD:SHA-512_ELL2_NU_"
        let message = Array(vector.message.utf8)
        let number = message.withUnsafeBytes { MessageExpander(domain: domain).number(of: $0) }
        #expect(bigEndian(FieldElement(number).words) == vector.element)
        let eight = LadderBits(SecretBytes(copying: [8] + [UInt8](repeating: 0, count: 31)), steps: 4)
        for path in CurvePath.available {
            let point = try #require(CurvePoint.hash([message], domain: domain, path: path).first)
            #expect(point.bytes.reversed().hexadecimal == vector.mapped)
            // P = 8 Q: what the RFC clears the cofactor with, and what this project leaves to its scalars.
            #expect(path.multiply([Words(littleEndian: point.bytes)], by: eight).map(bigEndian) == [vector.cleared])
        }
    }

    /// Computed with another implementation of RFC 9380.
    @Test func hashesUnderTheProjectsDomain() {
        #expect(CurvePoint.domain.utf8.count == 45)
        #expect(
            CurvePoint.hash([Array(0..<32)]).map(\.bytes.hexadecimal)
                == ["c8334ac60d584f679497f59ad923fa686965a26fa6f87e66b67ad6696e9b990f"])
    }

    @Test(arguments: [0, 1, 63, 64, 65, 300])
    func manyAreAsOneByOneAndOnTheCurve(count: Int) throws {
        let messages = (0..<count).map { Array("id \($0)".utf8) }
        let points = CurvePoint.hash(messages)
        #expect(points == messages.flatMap { CurvePoint.hash([$0]) })
        let ids = messages.map { SHA256.hash($0) }
        #expect(CurvePoint.hash(packed: ids.flatMap { $0 }, each: 32) == CurvePoint.hash(ids))
        #expect(try CurvePoint.decode(CurvePoint.encode(points)) == points)
        #expect(Set(points).count == count)
    }

    private func bigEndian(_ words: Words) -> String { words.littleEndianBytes.reversed().hexadecimal }
}
