public import Cryptography
public import Specification

/// A process's keys, and the certificates that it pinned.
public struct Credentials: Sendable {
    /// Its certificate and private key.
    public let identity: Identity
    /// Signs this party's transcripts; `nil` at a coordinator, which writes none.
    public let transcriptKey: SigningKey?
    /// Exactly these certificates are these parties: one of each, or two while it renews its own.
    public let partners: [Party: [Certificate]]
    /// Whose orders a party takes; empty: nobody's. At a coordinator empty.
    public let coordinator: [Certificate]

    /// A party's, from the files that its party file names.
    /// - Parameter passphrase: Of its keys, where they are under one.
    /// - Throws: `CryptographyError` with the file.
    public init(_ file: PartyFile, passphrase: PassphraseSource = .none) throws(CryptographyError) {
        identity = try Identity(certificatePath: file.certificate, keyPath: file.key, passphrase: passphrase)
        transcriptKey = try SigningKey(path: file.transcriptKey, passphrase: passphrase)
        partners = try Self.certificates(file.partners)
        coordinator =
            try file.partners.coordinator.map { (partner) throws(CryptographyError) in
                try Self.certificates(partner, file.partners)
            } ?? []
    }

    /// A coordinator's, from its folder.
    /// - Parameter passphrase: Of its key, where it is under one.
    /// - Throws: `CryptographyError` with the file.
    public init(
        coordinatorFolder folder: String, partners list: PartnerList, passphrase: PassphraseSource = .none
    ) throws(CryptographyError) {
        identity = try Identity(
            certificatePath: folder + "/certificate.pem", keyPath: folder + "/key.pem", passphrase: passphrase)
        transcriptKey = nil
        partners = try Self.certificates(list)
        coordinator = []
    }

    /// The pinned certificate of a party that a job names; `nil` where none of them is it.
    public func certificate(of party: Party, in job: EffectiveJob) -> Certificate? {
        let all =
            party == identity.certificate.commonName.flatMap { try? Party($0) }
            ? [identity.certificate] : partners[party] ?? []
        return all.first { $0.fingerprint.hexadecimal == job.certificates[party] }
    }

    /// Which of these certificates expire soon or have expired, in sentences for the person who runs this process.
    ///
    /// - Parameters:
    ///   - command: The program that renews this process's own.
    ///   - time: Now, in seconds since 1970.
    public func expiries(renewing command: String, at time: Int) -> [String] {
        var sentences: [String] = []
        func add(_ name: String, _ certificates: [Certificate], _ remedy: String) {
            // Of two the last is the one that its owner has changed to, or is about to.
            guard let last = certificates.last?.notAfter, last - time < Self.noticeSeconds else { return }
            let days = (last - time) / 86_400
            sentences.append(
                (last < time ? "\(name) has expired" : "\(name) expires in \(days) \(days == 1 ? "day" : "days")")
                    + ": \(remedy)")
        }
        add("your own certificate", [identity.certificate], "\(command) renew makes the next one")
        for (party, certificates) in partners.sorted(by: { $0.key < $1.key }) {
            add("the certificate of \(party)", certificates, "ask \(party) for its next one, and trust it")
        }
        add("the coordinator's certificate", coordinator, "ask for its next one, and trust it")
        return sentences
    }

    /// 30 days.
    private static let noticeSeconds = 30 * 86_400

    private static func certificates(_ list: PartnerList) throws(CryptographyError) -> [Party: [Certificate]] {
        var all: [Party: [Certificate]] = [:]
        for (party, partner) in list.partners { all[party] = try certificates(partner, list) }
        return all
    }

    private static func certificates(
        _ partner: PartnerList.Partner, _ list: PartnerList
    ) throws(CryptographyError) -> [Certificate] {
        var certificates: [Certificate] = []
        for path in list.certificatePaths(partner) { certificates.append(try Certificate(path: path)) }
        return certificates
    }
}
