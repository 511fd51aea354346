internal import COpenSSL

/// AES-128, FIPS 197, by libcrypto: one block after the other under one key, each for itself.
///
/// Not encryption: equal blocks stay equal. It is the fixed permutation that constructions for millions of short inputs are made
/// of, at a fraction of the price of a hash (Guo, Katz, Wang, Yu, *Efficient and secure multiparty computation from fixed-key block
/// ciphers*, IEEE S&P 2020). One thread at a time uses it. libcrypto wipes the key schedule with it.
package final class BlockCipher {
    /// The length of a block in bytes.
    package static let blockBytes = 16
    /// The length of a key in bytes.
    package static let keyBytes = 16
    private let context: OpaquePointer

    /// - Parameter key: 16 bytes.
    package init(key: [UInt8]) {
        precondition(key.count == Self.keyBytes, "An AES-128 key has 16 bytes.")
        context = demand(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        demand(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil), "EVP_EncryptInit")
        // Whole blocks only: nothing is held back for padding.
        demand(EVP_CIPHER_CTX_set_padding(context, 0), "EVP_CIPHER_CTX_set_padding")
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// Replaces each block of `buffer`, whole blocks of less than 2 GiB in all, by its image.
    package func permute(_ buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count % Self.blockBytes == 0, "The block cipher takes whole blocks.")
        guard let start = buffer.baseAddress, buffer.count > 0 else { return }
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        var written: Int32 = 0
        demand(EVP_EncryptUpdate(context, bytes, &written, bytes, Int32(buffer.count)), "EVP_EncryptUpdate")
    }
}
