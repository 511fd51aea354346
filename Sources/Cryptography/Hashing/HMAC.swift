internal import COpenSSL

/// HMAC with SHA-256, FIPS 198-1 and RFC 2104, by libcrypto.
public enum HMAC {
    /// The 32-byte code of `message` under `key`. Compare codes with ``constantTimeEquals(_:_:)``, never with `==`.
    public static func code(of message: [UInt8], key: SecretBytes) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: SHA256.byteCount)
        let written = key.withUnsafeBytes {
            EVP_Q_mac(
                nil, "HMAC", nil, "SHA256", nil, $0.baseAddress, $0.count, message, message.count, &code, code.count,
                nil)
        }
        _ = demand(written, "EVP_Q_mac")
        return code
    }
}
