internal import COpenSSL

/// The ChaCha20 key stream (RFC 8439), by libcrypto, which wipes the key with its context. Block counter and nonce start at 0.
///
/// A pseudorandom function: unlike a block cipher in counter mode it has no birthday bound, and it takes constant time on every
/// machine. libcrypto counts blocks in 64 bits here, so a stream never ends.
package final class ChaCha20Generator: ByteGenerator {
    private let context: OpaquePointer

    package init(key: SecretBytes) {
        precondition(key.count == 32, "A ChaCha20 key has 32 bytes.")
        context = demand(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        let counterAndNonce = [UInt8](repeating: 0, count: 16)
        key.withUnsafeBytes {
            let key = $0.assumingMemoryBound(to: UInt8.self)
            demand(
                EVP_EncryptInit_ex(context, EVP_chacha20(), nil, key.baseAddress, counterAndNonce), "EVP_EncryptInit")
        }
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// Zeros encrypted are the key stream.
    package func next(_ count: Int) -> [UInt8] {
        precondition(count <= Int(Int32.max), "libcrypto takes less than 2 GiB at a time.")
        let zeros = [UInt8](repeating: 0, count: count)
        var bytes = zeros
        var written: Int32 = 0
        demand(EVP_EncryptUpdate(context, &bytes, &written, zeros, Int32(count)), "EVP_EncryptUpdate")
        return bytes
    }
}
