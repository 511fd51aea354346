internal import COpenSSL
internal import Cryptography
internal import Glibc
internal import Specification

/// Decides whether the certificate that the other side shows is one of those pinned for it: while a party renews its own, it has two.
///
/// libssl calls it in the middle of the handshake, so a stranger gets an alert and never a finished handshake. Trust rests on the
/// exact bytes of a pinned certificate; libcrypto's own check, with only the pinned certificates as anchors, adds validity and
/// permitted use. It belongs to one connection and one thread.
final class PeerCheck {
    private let pins: [Party: [Certificate]]
    private let expected: Party?
    /// Who the other side is, once the check has passed.
    private(set) var party: Party?
    /// Why the check failed.
    private(set) var failure: TLSFailure?

    /// - Parameter expected: Whom the certificate must belong to; nil for any partner.
    init(pins: [Party: [Certificate]], expected: Party?) {
        self.pins = pins
        self.expected = expected
    }

    /// The certificates that may anchor libcrypto's check.
    var anchors: [Certificate] { expected.map { pins[$0] ?? [] } ?? pins.values.flatMap(\.self) }

    /// Checks the certificate in an `X509_STORE_CTX`. Leaves libcrypto's code for it there, which becomes the alert.
    func passes(_ store: OpaquePointer?) -> Bool {
        do {
            party = try examine(store)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Confirms, after the handshake, that the certificate in the connection is the one that passed.
    func confirms(_ presented: OpaquePointer?) -> Party? {
        guard let party, let der = Self.der(presented), pinned(der)?.party == party else { return nil }
        return party
    }

    private func examine(_ store: OpaquePointer?) throws(TLSFailure) -> Party {
        guard let der = Self.der(X509_STORE_CTX_get0_cert(store)) else { throw .noCertificate }
        guard let (party, certificate) = pinned(der) else {
            X509_STORE_CTX_set_error(store, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
            throw .unknownCertificate(fingerprint: SHA256.hash(der).hexadecimal, expected: expected)
        }
        if let expected, party != expected {
            X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH)
            throw .wrongName(expected: expected, presented: party.name)
        }
        guard certificate.names(party) else {
            X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH)
            throw .wrongName(expected: party, presented: certificate.commonName ?? "nobody")
        }
        guard X509_verify_cert(store) == 1 else {
            switch X509_STORE_CTX_get_error(store) {
            case X509_V_ERR_CERT_HAS_EXPIRED:
                throw .expiredCertificate(of: party, since: Self.date(certificate.notAfter))
            case X509_V_ERR_CERT_NOT_YET_VALID:
                throw .prematureCertificate(of: party, from: Self.date(certificate.notBefore))
            case let code:
                throw .unsuitableCertificate(
                    of: party, problem: String(cString: X509_verify_cert_error_string(Int(code))))
            }
        }
        return party
    }

    private func pinned(_ der: [UInt8]) -> (party: Party, certificate: Certificate)? {
        for (party, certificates) in pins {
            if let certificate = certificates.first(where: { $0.der == der }) { return (party, certificate) }
        }
        return nil
    }

    private static func der(_ certificate: OpaquePointer?) -> [UInt8]? {
        guard let certificate else { return nil }
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { return nil }
        // libcrypto writes exactly the bytes that it has just counted.
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
            var next = buffer.baseAddress
            written = max(0, Int(i2d_X509(certificate, &next)))
        }
    }

    /// Seconds since 1970 as a date and time of UTC.
    private static func date(_ seconds: Int) -> String {
        var time = seconds
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Certificate {
    /// Whether the certificate is made out to a party of this name.
    func names(_ party: Party) -> Bool { commonName == party.name || subjectNames.contains(party.name) }
}
