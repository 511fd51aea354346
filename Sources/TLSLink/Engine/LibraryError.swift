internal import COpenSSL

/// This thread's OpenSSL error queue, read once.
enum LibraryError {
    /// Empties the queue and says what went wrong first. A failure that the certificate check found goes before libssl's view of it.
    static func failure(after check: PeerCheck?, ownFingerprint: String) -> TLSFailure {
        defer { ERR_clear_error() }
        if let found = check?.failure { return found }
        let code = ERR_peek_error()
        let reason = ERR_GET_REASON(code)
        switch reason {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return .noCertificate
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION, SSL_R_WRONG_VERSION_NUMBER,
            SSL_AD_REASON_OFFSET + SSL_AD_PROTOCOL_VERSION:
            return .olderTLS
        case SSL_AD_REASON_OFFSET...SSL_AD_REASON_OFFSET + 255:
            return .refusedByPeer(alert: UInt8(reason - SSL_AD_REASON_OFFSET), ownFingerprint: ownFingerprint)
        default:
            return .other(ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)")
        }
    }
}
