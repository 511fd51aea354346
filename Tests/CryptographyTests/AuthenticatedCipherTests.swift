import Cryptography
import Testing

@Suite struct AuthenticatedCipherTests {
    private let zeros = SecretBytes(copying: Array(repeating: 0, count: 32))

    /// McGrew and Viega, The Galois/Counter Mode of Operation (GCM), test cases 13 and 14: keys and nonces of zeros.
    @Test func publishedVectors() throws {
        #expect(
            AuthenticatedCipher.encrypt([], key: zeros, context: []).hexadecimal == "530f8afbc74536b9a963b4f1c4cb738b")
        let block = [UInt8](repeating: 0, count: 16)
        let ciphertext = AuthenticatedCipher.encrypt(block, key: zeros, context: [])
        #expect(ciphertext.hexadecimal == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
        #expect(AuthenticatedCipher.decrypt(ciphertext, key: zeros, context: []) == block)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 1000]) func whatIsNotTheSameIsNotDecrypted(count: Int) throws {
        let key = SystemRandom.secret(AuthenticatedCipher.keyByteCount)
        let (message, context) = (SystemRandom.bytes(count), SystemRandom.bytes(9))
        let ciphertext = AuthenticatedCipher.encrypt(message, key: key, context: context)
        #expect(ciphertext.count == count + AuthenticatedCipher.tagByteCount)
        #expect(AuthenticatedCipher.decrypt(ciphertext, key: key, context: context) == message)
        #expect(AuthenticatedCipher.decrypt(ciphertext, key: zeros, context: context) == nil)
        #expect(AuthenticatedCipher.decrypt(ciphertext, key: key, context: context + [0]) == nil)
        #expect(AuthenticatedCipher.decrypt(Array(ciphertext.dropLast()), key: key, context: context) == nil)
        #expect(AuthenticatedCipher.decrypt([], key: key, context: context) == nil)
        for index in Set([0, count / 2, count, count + 15]) {
            var changed = ciphertext
            changed[index] ^= 0x10
            #expect(AuthenticatedCipher.decrypt(changed, key: key, context: context) == nil, "byte \(index)")
        }
    }

    @Test func aKeysSecretsAreItsOwn() throws {
        let (key, other) = (SigningKey.generate(), SigningKey.generate())
        let secret = key.secret(for: "a", salt: [1], count: 32)
        #expect(secret == key.secret(for: "a", salt: [1], count: 32))
        #expect(secret != key.secret(for: "b", salt: [1], count: 32))
        #expect(secret != key.secret(for: "a", salt: [2], count: 32))
        #expect(secret != other.secret(for: "a", salt: [1], count: 32))
    }
}
