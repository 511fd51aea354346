internal import COpenSSL

/// An Ed25519 public key (RFC 8032): 32 bytes.
public struct VerificationKey: Sendable, Hashable {
    /// The length of a key in bytes.
    public static let byteCount = 32

    /// The key as RFC 8032 section 5.1.2 encodes it.
    public let bytes: [UInt8]

    /// Takes 32 bytes; whether they encode a point shows when a signature is verified.
    public init(bytes: [UInt8]) throws(CryptographyError) {
        guard bytes.count == VerificationKey.byteCount else {
            throw .wrongLength(of: "Ed25519 public key", expected: VerificationKey.byteCount, got: bytes.count)
        }
        self.bytes = bytes
    }

    /// The public half of an Ed25519 `EVP_PKEY`.
    init(of key: OpaquePointer) {
        var bytes = [UInt8](repeating: 0, count: VerificationKey.byteCount)
        var count = bytes.count
        demand(EVP_PKEY_get_raw_public_key(key, &bytes, &count), "EVP_PKEY_get_raw_public_key")
        self.bytes = bytes
    }

    /// Whether `signature` is this key's signature of `message`. Everything here is public, so time may depend on it.
    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let key = demand(
            EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count), "EVP_PKEY_new_raw_public_key")
        let context = demand(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
            ERR_clear_error()
        }
        demand(EVP_DigestVerifyInit(context, nil, nil, nil, key), "EVP_DigestVerifyInit")
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
