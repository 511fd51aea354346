internal import COpenSSL

/// Stops the process where libcrypto fails at something that fails only without memory or on a broken installation.
///
/// Going on would mean a wrong hash or a guessable key; there is nothing that a caller could do better. Whatever can fail because
/// of its input throws instead.
func demand(_ result: Int32, _ operation: StaticString) {
    precondition(result == 1, "libcrypto failed: \(operation)")
}

/// The result of a libcrypto constructor, which fails only without memory or on a broken installation.
func demand<Pointer>(_ pointer: Pointer?, _ operation: StaticString) -> Pointer {
    guard let pointer else { preconditionFailure("libcrypto failed: \(operation)") }
    return pointer
}

/// A memory BIO over `bytes`, for the time of `body`. Leaves the thread's error queue empty, which TLS connections rely on.
func withReader<Result, Failure: Error>(
    of bytes: UnsafeRawBufferPointer, _ body: (OpaquePointer) throws(Failure) -> Result
) throws(Failure) -> Result {
    let reader = demand(BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)), "BIO_new_mem_buf")
    defer {
        BIO_free(reader)
        ERR_clear_error()
    }
    return try body(reader)
}

/// What `body` writes to a memory BIO, as secret bytes; BIO_free wipes the BIO's own copy.
func writing(_ body: (OpaquePointer) -> Void) -> SecretBytes {
    let writer = demand(BIO_new(BIO_s_mem()), "BIO_new")
    defer { BIO_free(writer) }
    body(writer)
    return SecretBytes(count: colonnade_BIO_pending(writer)) { buffer in
        precondition(
            BIO_read(writer, buffer.baseAddress, Int32(buffer.count)) == buffer.count, "A memory BIO fell short.")
    }
}
