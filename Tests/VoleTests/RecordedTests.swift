import Cryptography
import Testing
import Vole

/// Known answers for recorded seeds, computed by make_vectors.py, which shares nothing with the library.
@Suite struct RecordedTests {
    private static func bytes(_ words: [UInt64]) -> [UInt8] { words.withUnsafeBytes { Array($0) } }

    @Test(arguments: VolePath.available) func knownAnswers(path: VolePath) throws {
        let vole = try Conversation(
            count: 4096, session: Array("recorded session".utf8), receiver: Array("the receiver's seed".utf8),
            sender: Array("the sender's seed".utf8), paths: (path, path))
        let delta = vole.key.delta
        for (data, digest) in [
            (vole.receiverChoices, "da281ab909aaeb2fab9fa53067fe63117efcbee2d26b1281dd56728afbb2dd9e"),
            (vole.senderChoices, "d4ae023c6a7213445b24d0757c1df9630f47866f171582d839529a7f11706455"),
            (vole.products, "59cb3dc7c6b43659c677f76879e885276201dc2d6868b9e8a7badcfe84d1eb11"),
            (vole.sums, "9fbe7b1013f46248efa018ebf02bee648d99069b67ad7752afdba40b3eb26c4b"),
            (Self.bytes(vole.a.copy()), "031bdafaad6ab55cbeff557dc3340688d98972501a039a43f28ea55e3b2d67fe"),
            (Self.bytes(vole.key.b.copy()), "966320e1c4e859c26498eb23de347f622586d4775eb9f380e35cb5d679f3889c"),
            (Self.bytes(vole.c.copy()), "06b1e5be558ebad096fa5b21b56085f60368950a6cd2bba534fa1c8019306489"),
            (Self.bytes([delta.low, delta.high]), "2aff914387cc012f3ffa64b92f57c74ad6167443e2975b19ece714221a3cb6fc"),
        ] {
            #expect(SHA256.hash(data).hexadecimal == digest)
        }
    }
}
