public import Specification

/// Why two ends did not come to an authenticated connection, though TCP connected them.
///
/// Cases hold names, dates, fingerprints of certificates and numbers, never what the other side sent.
public enum TLSFailure: Error, Equatable, Sendable {
    /// The other side's first byte belongs to no TLS record.
    case notTLS
    /// The other side cannot do TLS 1.3.
    case olderTLS
    /// This side refused: the other side's certificate is not pinned; for whom it should have been, if that is known.
    case unknownCertificate(fingerprint: String, expected: Party?)
    /// This side refused: the pinned certificate of this party has been invalid since then.
    case expiredCertificate(of: Party, since: String)
    /// This side refused: the pinned certificate of this party becomes valid only then.
    case prematureCertificate(of: Party, from: String)
    /// This side refused: the certificate speaks for somebody else.
    case wrongName(expected: Party, presented: String)
    /// This side refused: X.509 forbids this use of the party's pinned certificate, for the reason that libcrypto gives.
    case unsuitableCertificate(of: Party, problem: String)
    /// This side refused: the other side showed no certificate.
    case noCertificate
    /// The other side refused, with a TLS alert (RFC 8446 section 6.2); the fingerprint is that of our own certificate.
    case refusedByPeer(alert: UInt8, ownFingerprint: String)
    /// The other side ended the connection before it was authenticated.
    case disconnected
    /// The other side was too slow.
    case timedOut(seconds: Double)
    /// Too many connections are not authenticated yet, so this one was not even tried.
    case tooManyConnections
    /// The first message over TLS was not the one that opens a link.
    case malformedOpening
    /// Anything else, in libssl's words.
    case other(String)
}

extension TLSFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notTLS:
            "the other side speaks something other than TLS"
        case .olderTLS:
            "the other side speaks only an older version of TLS than 1.3"
        case .unknownCertificate(let fingerprint, let expected?):
            "the certificate with SHA-256 fingerprint \(fingerprint) is not the one that is pinned for \(expected)"
        case .unknownCertificate(let fingerprint, nil):
            "the certificate with SHA-256 fingerprint \(fingerprint) is pinned for no partner"
        case .expiredCertificate(let party, let date):
            "the certificate of \(party) expired on \(date)"
        case .prematureCertificate(let party, let date):
            "the certificate of \(party) is not valid before \(date)"
        case .wrongName(let expected, let presented):
            "expected a certificate of \(expected), but this one is of \(presented)"
        case .unsuitableCertificate(let party, let problem):
            "the certificate of \(party) cannot be used: \(problem)"
        case .noCertificate:
            "the other side showed no certificate"
        case .refusedByPeer(let alert, let ownFingerprint):
            "the other side refused this party's certificate (SHA-256 fingerprint \(ownFingerprint)): "
                + Self.meaning(ofAlert: alert)
        case .disconnected:
            "the other side ended the connection before it was authenticated"
        case .timedOut(let seconds):
            "the other side did not finish the TLS handshake within \(seconds) s"
        case .tooManyConnections:
            "too many connections are waiting to be authenticated"
        case .malformedOpening:
            "the first message over TLS does not open a link"
        case .other(let problem):
            "TLS failed: \(problem)"
        }
    }

    /// What the alerts mean when they come from an endpoint of this library.
    private static func meaning(ofAlert alert: UInt8) -> String {
        switch alert {
        case 42: "it expected another name, or the certificate is not valid yet"
        case 43: "the certificate's purpose does not allow it"
        case 45: "it has expired"
        case 46, 48: "it is not pinned there"
        case 116: "it asks for one"
        default: "TLS alert \(alert)"
        }
    }
}
