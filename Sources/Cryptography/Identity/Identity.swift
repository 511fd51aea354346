internal import COpenSSL

/// A party's certificate with its private key: what it authenticates with and signs with.
public struct Identity: Sendable {
    /// What partners pin.
    public let certificate: Certificate
    /// The key that the certificate is for.
    public let signingKey: SigningKey

    /// Joins a certificate and its key; throws where they do not belong together.
    public init(certificate: Certificate, signingKey: SigningKey) throws(CryptographyError) {
        guard certificate.verificationKey == signingKey.verificationKey else { throw .keyMismatch }
        self.certificate = certificate
        self.signingKey = signingKey
    }

    /// Loads both from PEM files; the key's file must be closed to group and others.
    public init(
        certificatePath: String, keyPath: String, passphrase: PassphraseSource = .none
    ) throws(CryptographyError) {
        try self.init(
            certificate: Certificate(path: certificatePath),
            signingKey: SigningKey(path: keyPath, passphrase: passphrase))
    }

    /// Writes both to new files, the key's for its owner alone; throws where either exists.
    public func save(certificatePath: String, keyPath: String) throws(CryptographyError) {
        try signingKey.save(to: keyPath)
        try certificate.save(to: certificatePath)
    }

    /// The 64-byte Ed25519 signature of `message`, which starts with a purpose of its own (see ``SigningKey``).
    public func sign(_ message: [UInt8]) -> [UInt8] { signingKey.sign(message) }
}
