internal import COpenSSL

/// Key derivation with HMAC-SHA-256, RFC 5869, by libcrypto, which wipes what it holds in between.
public enum HKDF {
    /// The most bytes that one `salt`, `info` or result can have here; all uses stay far below.
    public static let lengthLimit = 1024

    /// Extract and expand: `count` bytes of key from `keyMaterial`.
    ///
    /// - Parameters:
    ///   - keyMaterial: A secret with enough entropy, in whatever distribution.
    ///   - salt: Not secret; separates extractions from the same material.
    ///   - info: What the key is for. Different purposes give independent keys.
    public static func derive(
        from keyMaterial: SecretBytes, salt: [UInt8] = [], info: [UInt8], count: Int
    ) -> SecretBytes {
        run(EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, keyMaterial, salt: salt, info: info, count: count)
    }

    /// Extract alone: a 32-byte key, uniform, to expand for several purposes.
    public static func extract(from keyMaterial: SecretBytes, salt: [UInt8]) -> SecretBytes {
        run(EVP_KDF_HKDF_MODE_EXTRACT_ONLY, keyMaterial, salt: salt, info: [], count: SHA256.byteCount)
    }

    /// Expand alone: `count` bytes for the purpose `info`, from a key that is uniform already.
    public static func expand(_ key: SecretBytes, info: [UInt8], count: Int) -> SecretBytes {
        run(EVP_KDF_HKDF_MODE_EXPAND_ONLY, key, salt: [], info: info, count: count)
    }

    private static func run(
        _ mode: Int32, _ key: SecretBytes, salt: [UInt8], info: [UInt8], count: Int
    ) -> SecretBytes {
        precondition(
            max(salt.count, info.count, count) <= lengthLimit, "HKDF input or output above \(lengthLimit) bytes")
        let context = demand(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil), "EVP_PKEY_CTX_new_id")
        defer { EVP_PKEY_CTX_free(context) }
        demand(EVP_PKEY_derive_init(context), "EVP_PKEY_derive_init")
        demand(EVP_PKEY_CTX_set_hkdf_mode(context, mode), "EVP_PKEY_CTX_set_hkdf_mode")
        demand(EVP_PKEY_CTX_set_hkdf_md(context, HashAlgorithm.sha256.method), "EVP_PKEY_CTX_set_hkdf_md")
        demand(EVP_PKEY_CTX_set1_hkdf_salt(context, salt, Int32(salt.count)), "EVP_PKEY_CTX_set1_hkdf_salt")
        key.withUnsafeBytes {
            let bytes = $0.assumingMemoryBound(to: UInt8.self)
            demand(
                EVP_PKEY_CTX_set1_hkdf_key(context, bytes.baseAddress, Int32(bytes.count)), "EVP_PKEY_CTX_set1_hkdf_key"
            )
        }
        demand(EVP_PKEY_CTX_add1_hkdf_info(context, info, Int32(info.count)), "EVP_PKEY_CTX_add1_hkdf_info")
        return SecretBytes(count: count) { buffer in
            var written = count
            let bytes = buffer.assumingMemoryBound(to: UInt8.self)
            demand(EVP_PKEY_derive(context, bytes.baseAddress, &written), "EVP_PKEY_derive")
            precondition(written == count, "libcrypto derived a key of another length.")
        }
    }
}
