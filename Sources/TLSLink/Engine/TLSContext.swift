internal import COpenSSL
package import Cryptography
package import Specification

/// The settings of one connection: TLS 1.3 only, both ends authenticated, nothing resumed.
///
/// A context for each connection, since whom it expects and what is pinned may differ for each. Also keeps alive what libssl calls.
package final class TLSContext {
    let pointer: OpaquePointer
    let check: PeerCheck
    let ownFingerprint: String

    /// - Parameter expected: Whom the other side must be; nil for any pinned party, as at the side that was called.
    package init(identity: Identity, pins: [Party: [Certificate]], expected: Party?) throws(TLSFailure) {
        let check = PeerCheck(pins: pins, expected: expected)
        let ownFingerprint = identity.certificate.fingerprint.hexadecimal
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(TLS_method()) else {
            throw LibraryError.failure(after: nil, ownFingerprint: ownFingerprint)
        }
        self.pointer = pointer
        self.check = check
        self.ownFingerprint = ownFingerprint
        guard Self.restrict(pointer),
            SSL_CTX_use_certificate(pointer, identity.certificate.pointer) == 1,
            SSL_CTX_use_PrivateKey(pointer, identity.signingKey.pointer) == 1,
            check.anchors.allSatisfy({ X509_STORE_add_cert(SSL_CTX_get_cert_store(pointer), $0.pointer) == 1 })
        else { throw LibraryError.failure(after: nil, ownFingerprint: ownFingerprint) }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        SSL_CTX_set_cert_verify_callback(
            pointer,
            { store, argument in
                guard let argument else { return 0 }
                return Unmanaged<PeerCheck>.fromOpaque(argument).takeUnretainedValue().passes(store) ? 1 : 0
            },
            // Unretained: the check lives as long as this context, and every engine holds its context.
            Unmanaged.passUnretained(check).toOpaque())
    }

    deinit { SSL_CTX_free(pointer) }

    /// One version, two cipher suites, one signature scheme: what both ends have, since both run this.
    private static func restrict(_ pointer: OpaquePointer) -> Bool {
        // A pinned certificate is an anchor by itself, whoever signed it.
        let partialChain = X509_STORE_set_flags(SSL_CTX_get_cert_store(pointer), UInt(X509_V_FLAG_PARTIAL_CHAIN))
        _ = colonnade_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
        _ = colonnade_SSL_CTX_disable_tickets(pointer)
        return partialChain == 1
            && colonnade_SSL_CTX_set_min_proto_version(pointer, TLS1_3_VERSION) == 1
            && colonnade_SSL_CTX_set_max_proto_version(pointer, TLS1_3_VERSION) == 1
            && SSL_CTX_set_ciphersuites(pointer, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1
            && colonnade_SSL_CTX_set1_groups_list(pointer, "X25519:P-256") == 1
            && colonnade_SSL_CTX_set1_sigalgs_list(pointer, "ed25519") == 1
            && SSL_CTX_set_num_tickets(pointer, 0) == 1
            && SSL_CTX_set_max_early_data(pointer, 0) == 1
    }
}
