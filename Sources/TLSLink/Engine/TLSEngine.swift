internal import COpenSSL
package import Specification

/// One end of a TLS 1.3 connection (RFC 8446) without any input or output of its own.
///
/// What the network brings goes in through ``receive(_:)``, what it should carry comes out of ``takeCiphertext(into:)``; also after a
/// call has thrown, since what is left there is the alert for the other side. A driver moves the bytes. A client that has finished its
/// handshake does not know yet whether the server accepts its certificate (RFC 8446 section 2): nothing private may be written
/// before something has been read.
package struct TLSEngine: ~Copyable {
    package enum Role: Sendable { case client, server }

    package enum Reading: Equatable, Sendable {
        /// So many bytes were decrypted.
        case bytes(Int)
        case needsCiphertext
        /// The other side said that it sends no more (`close_notify`).
        case ended
    }

    private let ssl: OpaquePointer
    // Both are owned by `ssl`.
    private let inbound: OpaquePointer
    private let outbound: OpaquePointer
    private let context: TLSContext
    private let keyUpdateInterval: Int
    private var writtenUnderKey = 0
    private var hasReceived = false
    private var mayClose = false

    /// - Parameter keyUpdateInterval: After so many bytes the sending key is replaced. A key of AES-GCM is good for 2^24.5 records of
    ///   2^14 bytes (RFC 8446 section 5.5); this stays well below.
    package init(context: TLSContext, role: Role, keyUpdateInterval: Int = 1 << 36) throws(TLSFailure) {
        ERR_clear_error()
        guard let ssl = SSL_new(context.pointer) else {
            throw LibraryError.failure(after: nil, ownFingerprint: context.ownFingerprint)
        }
        guard let inbound = BIO_new(BIO_s_mem()), let outbound = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw LibraryError.failure(after: nil, ownFingerprint: context.ownFingerprint)
        }
        // An empty memory BIO means "not yet" here, not the end.
        _ = colonnade_BIO_set_mem_eof_return(inbound, -1)
        _ = colonnade_BIO_set_mem_eof_return(outbound, -1)
        SSL_set_bio(ssl, inbound, outbound)
        switch role {
        case .client: SSL_set_connect_state(ssl)
        case .server: SSL_set_accept_state(ssl)
        }
        // Nothing may throw from here on: a noncopyable value cannot be half made.
        self.ssl = ssl
        self.inbound = inbound
        self.outbound = outbound
        self.context = context
        self.keyUpdateInterval = keyUpdateInterval
    }

    deinit { SSL_free(ssl) }

    /// Takes bytes from the network.
    package mutating func receive(_ ciphertext: UnsafeRawBufferPointer) throws(TLSFailure) {
        guard let first = ciphertext.first else { return }
        if !hasReceived {
            // A connection's first record is a handshake message or an alert; libssl's words for anything else are a riddle.
            guard first == UInt8(SSL3_RT_HANDSHAKE) || first == UInt8(SSL3_RT_ALERT) else { throw .notTLS }
            hasReceived = true
        }
        ERR_clear_error()
        let count = Int32(clamping: ciphertext.count)
        guard BIO_write(inbound, ciphertext.baseAddress, count) == ciphertext.count else { throw failure() }
    }

    /// Goes on with the handshake.
    /// - Returns: Who the other side is, once its certificate has passed.
    package mutating func handshake() throws(TLSFailure) -> Party? {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        guard result == 1 else {
            guard SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else { throw failure() }
            return nil
        }
        let certificate = SSL_get1_peer_certificate(ssl)
        defer { X509_free(certificate) }
        guard let party = context.check.confirms(certificate) else { throw .noCertificate }
        mayClose = true
        return party
    }

    /// Decrypts up to one record's worth of bytes to the front of `buffer`.
    package mutating func read(into buffer: inout [UInt8]) throws(TLSFailure) -> Reading {
        ERR_clear_error()
        var count = 0
        let result = SSL_read_ex(ssl, &buffer, buffer.count, &count)
        if result == 1 { return .bytes(count) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .needsCiphertext
        case SSL_ERROR_ZERO_RETURN: return .ended
        default:
            mayClose = false
            throw failure()
        }
    }

    /// Encrypts. Only after the handshake.
    package mutating func write(_ plaintext: ArraySlice<UInt8>) throws(TLSFailure) {
        guard !plaintext.isEmpty else { return }
        ERR_clear_error()
        if writtenUnderKey >= keyUpdateInterval {
            guard SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 else { throw failure() }
            writtenUnderKey = 0
        }
        writtenUnderKey += plaintext.count
        var count = 0
        let result = plaintext.withUnsafeBytes { SSL_write_ex(ssl, $0.baseAddress, $0.count, &count) }
        guard result == 1, count == plaintext.count else { throw failure() }
    }

    /// Bytes that wait for the network.
    package var pendingCiphertext: Int { colonnade_BIO_pending(outbound) }

    /// Moves bytes for the network to the front of `buffer`.
    /// - Returns: How many.
    package mutating func takeCiphertext(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        max(0, Int(BIO_read(outbound, buffer.baseAddress, Int32(clamping: buffer.count))))
    }

    /// Says that this side sends no more.
    package mutating func close() {
        guard mayClose else { return }
        mayClose = false
        ERR_clear_error()
        SSL_shutdown(ssl)
    }

    /// Keying material of this connection (RFC 8446 section 7.5).
    package func exportKey(label: String, count: Int) throws(TLSFailure) -> [UInt8] {
        ERR_clear_error()
        var key = [UInt8](repeating: 0, count: count)
        guard SSL_export_keying_material(ssl, &key, count, label, label.utf8.count, nil, 0, 0) == 1 else {
            throw failure()
        }
        return key
    }

    private func failure() -> TLSFailure {
        LibraryError.failure(after: context.check, ownFingerprint: context.ownFingerprint)
    }
}
