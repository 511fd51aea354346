internal import COpenSSL

/// `hash_to_field` of RFC 9380, sections 5.2 and 5.3.1, for one element, up to the reduction modulo p: 48 bytes of
/// expand_message_xmd with SHA-512, as a number. In a time that depends on the message's length only.
package struct MessageExpander: Sendable {
    /// SHA-512 of the constant first block, Z_pad: hashed once instead of for every message.
    private let blank: SHA512_CTX
    /// SHA-512 of nothing.
    private let empty: SHA512_CTX
    /// The tag with its length.
    private let suffix: [UInt8]

    package init(domain: String) {
        precondition(domain.utf8.count <= 255, "A domain separation tag has at most 255 bytes.")
        suffix = Array(domain.utf8) + [UInt8(domain.utf8.count)]
        var context = SHA512_CTX()
        demand(colonnade_SHA512_Init(&context), "SHA512_Init")
        empty = context
        demand(colonnade_SHA512_Update(&context, [UInt8](repeating: 0, count: 128), 128), "SHA512_Update")
        blank = context
    }

    /// The number of `message`, below 2^384.
    package func number(of message: UnsafeRawBufferPointer) -> WideWords {
        withUnsafeTemporaryAllocation(byteCount: SHA512.byteCount, alignment: 8) { digest in
            hash(blank, message, [0, 48, 0], into: digest)
            hash(empty, UnsafeRawBufferPointer(digest), [1], into: digest)
            defer { OPENSSL_cleanse(digest.baseAddress, digest.count) }
            return WideWords(bigEndian: UnsafeRawBufferPointer(digest))
        }
    }

    /// Hashes, from a state on, a message, constant bytes and the suffix.
    private func hash(
        _ state: SHA512_CTX, _ message: UnsafeRawBufferPointer, _ constant: [UInt8],
        into digest: UnsafeMutableRawBufferPointer
    ) {
        var state = state
        demand(colonnade_SHA512_Update(&state, message.baseAddress, message.count), "SHA512_Update")
        demand(colonnade_SHA512_Update(&state, constant, constant.count), "SHA512_Update")
        demand(colonnade_SHA512_Update(&state, suffix, suffix.count), "SHA512_Update")
        demand(colonnade_SHA512_Final(digest.baseAddress, &state), "SHA512_Final")
        // Messages are secret.
        OPENSSL_cleanse(&state, MemoryLayout<SHA512_CTX>.size)
    }
}
