internal import COpenSSL

/// An X.509 certificate (RFC 5280) with an Ed25519 key, parsed by libcrypto. Equal where the DER bytes are equal.
///
/// Parties pin each other's certificates: trust rests on these exact bytes, not on who signed them. So nothing here builds chains.
public struct Certificate: Sendable {
    /// The certificate's DER encoding.
    public let der: [UInt8]
    /// The subject's common name, if it has one.
    public let commonName: String?
    /// The DNS names and IP addresses in the subject alternative name.
    public let subjectNames: [String]
    /// The first second of validity, since 1970.
    public let notBefore: Int
    /// The last second of validity, since 1970.
    public let notAfter: Int
    /// The subject's key.
    public let verificationKey: VerificationKey
    /// SHA-256 of the key's SubjectPublicKeyInfo in DER: the same in every certificate of that key.
    public let publicKeyHash: [UInt8]
    /// Whether the certificate names itself as issuer and its own key made the signature.
    public let isSelfSigned: Bool

    private let handle: CertificateHandle

    /// The `X509`, lent: valid while this value or a copy of it is.
    package var pointer: OpaquePointer { handle.pointer }

    init(_ handle: CertificateHandle) throws(CryptographyError) {
        defer { ERR_clear_error() }
        self.handle = handle
        der = handle.der
        commonName = try handle.commonName()
        subjectNames = try handle.subjectNames()
        notBefore = try handle.notBefore()
        notAfter = try handle.notAfter()
        verificationKey = try handle.verificationKey()
        publicKeyHash = SHA256.hash(handle.publicKeyInfo)
        isSelfSigned = handle.isSelfSigned
    }

    /// Parses exactly one DER certificate, for instance what a peer presents.
    public init(der: [UInt8]) throws(CryptographyError) {
        try self.init(CertificateHandle(der: der))
    }

    /// Loads the PEM file of exactly one certificate.
    public init(path: String) throws(CryptographyError) {
        guard let handle = CertificateHandle(pem: try KeyFile.read(path, isPrivate: false)) else {
            throw .unexpectedContent(path: path, expected: "exactly one PEM certificate")
        }
        try self.init(handle)
    }

    /// Writes the certificate as PEM to a new file; throws where the file exists.
    public func save(to path: String) throws(CryptographyError) {
        try KeyFile.create(path, mode: 0o644, handle.pem)
    }

    /// SHA-256 of the DER encoding: what two people compare before they trust a certificate.
    public var fingerprint: [UInt8] { SHA256.hash(der) }

    /// Whether the certificate is valid at `time`, in seconds since 1970.
    public func isValid(at time: Int) -> Bool { notBefore <= time && time <= notAfter }

    /// Whether the certificate's key made `signature` of `message`.
    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        verificationKey.verify(signature, of: message)
    }
}

extension Certificate: Hashable {
    public static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }

    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}
