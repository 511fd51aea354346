internal import COpenSSL

/// AES-256-GCM, NIST SP 800-38D, by libcrypto: hides a message and notices any change of it.
///
/// A key serves **one** message, so the nonce is zero: two messages under one key and nonce would give away their difference and the
/// key of the authentication. Who encrypts derives a key for each message, with ``HKDF`` and a salt that is random.
public enum AuthenticatedCipher {
    /// The length of a key in bytes.
    public static let keyByteCount = 32
    /// How many bytes longer than its message a ciphertext is: the tag behind it.
    public static let tagByteCount = 16

    private static let nonce = [UInt8](repeating: 0, count: 12)
    /// libcrypto counts in 32 bits.
    private static let chunk = 1 << 30

    /// Encrypts the one message of a key.
    ///
    /// - Parameter context: What else must be the same when it is decrypted; not part of the result, less than 1 GiB.
    /// - Returns: The ciphertext and its tag.
    public static func encrypt(_ message: [UInt8], key: SecretBytes, context: [UInt8]) -> [UInt8] {
        let cipher = begin(key, context, isEncrypting: true)
        defer { EVP_CIPHER_CTX_free(cipher) }
        var result = [UInt8](repeating: 0, count: message.count + tagByteCount)
        message.withUnsafeBufferPointer { message in
            result.withUnsafeMutableBufferPointer { result in
                for start in stride(from: 0, to: message.count, by: chunk) {
                    let size = Int32(min(chunk, message.count - start))
                    var written: Int32 = 0
                    let (from, to) = (message.baseAddress.map { $0 + start }, result.baseAddress.map { $0 + start })
                    demand(EVP_EncryptUpdate(cipher, to, &written, from, size), "EVP_EncryptUpdate")
                }
                var rest: Int32 = 0
                let tag = result.baseAddress.map { $0 + message.count }
                demand(EVP_EncryptFinal_ex(cipher, tag, &rest), "EVP_EncryptFinal_ex")
                demand(
                    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), tag),
                    "EVP_CTRL_AEAD_GET_TAG")
            }
        }
        return result
    }

    /// Decrypts what ``encrypt(_:key:context:)`` gave.
    ///
    /// - Returns: The message; `nil` where ciphertext, key or context is not the same: nothing of it is given out then.
    public static func decrypt(_ ciphertext: [UInt8], key: SecretBytes, context: [UInt8]) -> [UInt8]? {
        let count = ciphertext.count - tagByteCount
        guard count >= 0 else { return nil }
        let cipher = begin(key, context, isEncrypting: false)
        defer { EVP_CIPHER_CTX_free(cipher) }
        var message = [UInt8](repeating: 0, count: count)
        let isGenuine = ciphertext.withUnsafeBufferPointer { ciphertext in
            message.withUnsafeMutableBufferPointer { message in
                for start in stride(from: 0, to: count, by: chunk) {
                    let size = Int32(min(chunk, count - start))
                    var written: Int32 = 0
                    let (from, to) = (ciphertext.baseAddress.map { $0 + start }, message.baseAddress.map { $0 + start })
                    demand(EVP_DecryptUpdate(cipher, to, &written, from, size), "EVP_DecryptUpdate")
                }
                let tag = UnsafeMutableRawPointer(mutating: ciphertext.baseAddress.map { $0 + count })
                demand(
                    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), tag),
                    "EVP_CTRL_AEAD_SET_TAG")
                // It writes nothing, but wants somewhere to write.
                var (rest, nothing): (Int32, UInt8) = (0, 0)
                return EVP_DecryptFinal_ex(cipher, &nothing, &rest) == 1
            }
        }
        guard isGenuine else {
            message.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
            ERR_clear_error()
            return nil
        }
        return message
    }

    private static func begin(_ key: SecretBytes, _ context: [UInt8], isEncrypting: Bool) -> OpaquePointer {
        precondition(key.count == keyByteCount, "AES-256 takes a key of \(keyByteCount) bytes.")
        precondition(context.count < chunk, "The context is a name, not a file.")
        let cipher = demand(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        key.withUnsafeBytes {
            let bytes = $0.assumingMemoryBound(to: UInt8.self).baseAddress
            demand(
                EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nil, bytes, nonce, isEncrypting ? 1 : 0),
                "EVP_CipherInit_ex")
        }
        var written: Int32 = 0
        demand(EVP_CipherUpdate(cipher, nil, &written, context, Int32(context.count)), "EVP_CipherUpdate")
        return cipher
    }
}
