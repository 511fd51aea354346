public import Cryptography
public import Specification

/// A process's keys, and the certificates that it pinned.
public struct Credentials: Sendable {
    /// Its certificate and private key.
    public let identity: Identity
    /// Signs this party's transcripts; `nil` at a coordinator, which writes none.
    public let transcriptKey: SigningKey?
    /// Exactly these certificates are these parties.
    public let partners: [Party: Certificate]
    /// Whose orders a party takes; `nil`: nobody's. At a coordinator `nil`.
    public let coordinator: Certificate?

    /// A party's, from the files that its party file names.
    /// - Throws: `CryptographyError` with the file.
    public init(_ file: PartyFile) throws(CryptographyError) {
        identity = try Identity(certificatePath: file.certificate, keyPath: file.key)
        transcriptKey = try SigningKey(path: file.transcriptKey)
        partners = try Self.certificates(file.partners)
        coordinator = try file.partners.coordinator.map { (partner) throws(CryptographyError) in
            try Certificate(path: file.partners.certificatePath(partner))
        }
    }

    /// A coordinator's, from its folder.
    /// - Throws: `CryptographyError` with the file.
    public init(coordinatorFolder folder: String, partners list: PartnerList) throws(CryptographyError) {
        identity = try Identity(certificatePath: folder + "/certificate.pem", keyPath: folder + "/key.pem")
        transcriptKey = nil
        partners = try Self.certificates(list)
        coordinator = nil
    }

    private static func certificates(_ list: PartnerList) throws(CryptographyError) -> [Party: Certificate] {
        var certificates: [Party: Certificate] = [:]
        for (party, partner) in list.partners {
            certificates[party] = try Certificate(path: list.certificatePath(partner))
        }
        return certificates
    }
}
