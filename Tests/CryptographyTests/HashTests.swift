import Cryptography
import Testing

@Suite struct HashTests {
    /// FIPS 180-4: the examples that NIST publishes for "", "abc" and a million times "a".
    @Test(arguments: [
        (
            [UInt8](), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
        ),
        (
            Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"
        ),
    ])
    func hashesAsTheStandardSays(message: [UInt8], sha256: String, sha512: String) {
        #expect(SHA256.hash(message).hexadecimal == sha256)
        #expect(SHA512.hash(message).hexadecimal == sha512)
    }

    @Test func partsGiveTheHashOfTheWhole() {
        let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for cut in 0...message.count {
            var (short, long) = (SHA256(), SHA512())
            for part in [message.prefix(cut), message.dropFirst(cut)] {
                short.update(Array(part))
                long.update(Array(part))
            }
            #expect(short.digest() == SHA256.hash(message))
            #expect(long.digest() == SHA512.hash(message))
        }
    }

    @Test func readingAndCopyingLeaveAHashAsItIs() {
        var first = SHA256()
        first.update([1, 2, 3])
        var second = first
        #expect(first.digest() == first.digest())
        second.update([4])
        first.update([5])
        #expect(first.digest() == SHA256.hash([1, 2, 3, 5]))
        #expect(second.digest() == SHA256.hash([1, 2, 3, 4]))
    }

    @Test func comparesWholeByteStrings() {
        let bytes: [UInt8] = [1, 2, 3]
        #expect(constantTimeEquals(bytes, bytes))
        #expect(constantTimeEquals([], []))
        for other: [UInt8] in [[], [1, 2], [0, 2, 3], [1, 2, 0], [1, 2, 3, 0]] {
            #expect(!constantTimeEquals(bytes, other))
            #expect(SecretBytes(copying: bytes) != SecretBytes(copying: other))
        }
        #expect(SecretBytes(copying: bytes) == SecretBytes(copying: bytes))
    }

    @Test func hexadecimalGoesBothWays() {
        let all = (0...255).map { UInt8($0) }
        #expect(all.hexadecimal.hasPrefix("000102030405060708090a0b0c0d0e0f10"))
        #expect([UInt8](hexadecimal: all.hexadecimal) == all)
        #expect([UInt8](hexadecimal: "AbfF") == [0xAB, 0xFF])
        #expect([UInt8](hexadecimal: "") == [])
        for text in ["0", "0g", "0x00", " 00", "00 ", "é0"] { #expect([UInt8](hexadecimal: text) == nil) }
    }
}
