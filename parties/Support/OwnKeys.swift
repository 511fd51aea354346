internal import ArgumentParser
public import Cryptography
internal import Foundation
internal import Jobs
internal import Specification

/// A process's own keys and certificate in their folder, and those that are to come after them.
///
/// A renewal makes the next pair in `next/`, while the present one serves; partners pin the next certificate beside it; then the next
/// pair takes its place. What was made under the present keys stays valid: transcripts name the certificate that they were made with, and
/// checkpoints are under the transcript key, which stays.
public struct OwnKeys {
    /// Of the party in its certificate, or `coordinator`.
    public let name: String
    let folder: String
    let certificate: String
    let key: String
    /// None at a coordinator.
    let transcriptKey: String?

    private var next: String { folder + "/next" }
    private var nextKey: String { next + "/key.pem" }
    private var nextCertificate: String { next + "/certificate.pem" }

    /// A party's, by its party.yaml; without one the coordinator's.
    public init(folder: String) throws {
        self.folder = folder
        if Self.exists(folder + "/party.yaml") {
            let file = try PartyFile(path: folder + "/party.yaml")
            (name, certificate, key, transcriptKey) = (file.name.name, file.certificate, file.key, file.transcriptKey)
        } else {
            name = PartnerList.coordinatorName
            (certificate, key, transcriptKey) = (folder + "/certificate.pem", folder + "/key.pem", nil)
        }
        guard Self.exists(key) || Self.exists(nextKey) else {
            throw ValidationError("there is no key in \(folder): init makes one")
        }
    }

    /// Makes the next key, and a certificate for it or a request for one.
    ///
    /// - Parameter host: `nil`: what the present certificate names.
    /// - Returns: Path of the certificate or the request.
    public func prepareNext(host: String?, request: Bool) throws -> String {
        guard !Self.exists(next) else {
            throw ValidationError(
                "a renewal is under way in \(next): --switch ends it; remove that folder to begin it anew")
        }
        let named = try? Certificate(path: certificate).subjectNames.first { $0 != name }
        // A key is under the passphrase of the one that it comes after.
        let passphrase = try SigningKey.isLocked(path: key) ? Passphrases.shared.passphrase(of: key) : nil
        _ = try Self.read(key)
        try StateFile.makeFolder(next)
        if request {
            let key = SigningKey.generate()
            try key.save(to: nextKey, passphrase: passphrase)
            try CertificateRequest.make(name: name, host: host ?? named, key: key, to: next + "/request.pem")
            return next + "/request.pem"
        }
        let identity = try Identity.make(name: name, host: host ?? named)
        try identity.signingKey.save(to: nextKey, passphrase: passphrase)
        try identity.certificate.save(to: nextCertificate)
        return nextCertificate
    }

    /// Takes the certificate that an authority made for the present key, or for the next one.
    ///
    /// - Returns: Whether it serves from now on; else `--switch` makes it.
    public func install(_ path: String) throws -> Bool {
        let answer = try Certificate(path: path)
        guard answer.commonName == name else {
            throw ValidationError(
                "\(path) is made out to '\(answer.commonName ?? "nobody")'; partners know you as '\(name)'")
        }
        guard answer.isValid(at: Int(time(nil))) else {
            throw ValidationError("\(path) is not valid now: look at its dates, and at this machine's clock")
        }
        let isForNext = try Self.exists(nextKey) && answer.verificationKey == Self.read(nextKey).verificationKey
        guard try isForNext || answer.verificationKey == Self.read(key).verificationKey else {
            throw ValidationError(
                "\(path) is for another key than those in \(folder): it does not answer the request there")
        }
        if !isForNext, !Self.exists(certificate) {
            try answer.save(to: certificate)
            return true
        }
        try StateFile.makeFolder(next)
        guard !Self.exists(nextCertificate) else {
            throw ValidationError("\(nextCertificate) is there already: remove it first to take another one")
        }
        try answer.save(to: nextCertificate)
        return false
    }

    /// Puts the next key and certificate in the place of the present ones. Whenever it is interrupted, it can be repeated.
    ///
    /// - Returns: Where the certificate that served so far is kept.
    public func switchToNext() throws -> String {
        guard Self.exists(nextCertificate) else {
            throw ValidationError(
                Self.exists(next)
                    ? "there is no \(nextCertificate) yet: certify puts in what your authority made of \(next)/request.pem"
                    : "no renewal is under way: renew begins one")
        }
        let answer = try Certificate(path: nextCertificate)
        let key = try Self.read(Self.exists(nextKey) ? nextKey : self.key)
        guard answer.verificationKey == key.verificationKey else { throw CryptographyError.keyMismatch }
        guard answer.commonName == name, answer.isValid(at: Int(time(nil))) else {
            throw ValidationError("\(nextCertificate) is not valid now, or not made out to \(name)")
        }
        let before = try Certificate(path: certificate)
        let kept = "\(folder)/old/certificate-\(before.fingerprint.hexadecimal.prefix(16)).pem"
        try StateFile.makeFolder(folder + "/old")
        if !Self.exists(kept) { try before.save(to: kept) }
        if Self.exists(nextKey) { try StateFile.move(nextKey, to: self.key) }
        try StateFile.move(nextCertificate, to: certificate)
        try StateFile.removeFolder(next)
        return kept
    }

    /// Puts all keys of the folder under a passphrase, or under none.
    public func lock(under new: SecretBytes?) throws {
        for path in [key, nextKey, transcriptKey].compactMap(\.self) where Self.exists(path) {
            let key = try Self.read(path)
            let changed = path + ".new"
            try StateFile.remove(changed)
            try key.save(to: changed, passphrase: new)
            try StateFile.move(changed, to: path)
        }
    }

    private static func read(_ path: String) throws -> SigningKey {
        try SigningKey(path: path, passphrase: .environmentOrTerminal)
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
