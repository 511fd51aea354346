public import Cryptography
internal import ArgumentParser
internal import Foundation
internal import Jobs
internal import Specification

/// A party's folder as `colonnade-party init` makes it: keys, a certificate, a description.
public enum PartyFolder {
    /// Makes keys and a certificate, and writes the description where there is none.
    ///
    /// - Parameters:
    ///   - description: The text of party.yaml.
    ///   - requests: Whether a request to the organisation's own authority stands in the place of the certificate.
    /// - Returns: The party's certificate where it was made, and whether the description was written.
    /// - Throws: `ValidationError` for a folder that holds a key already, and for the coordinator's name.
    public static func make(
        _ folder: String, name: String, host: String, description: String, requests: Bool = false
    ) throws -> (certificate: Certificate?, wroteDescription: Bool) {
        let party = try Party(name)
        guard name != PartnerList.coordinatorName else {
            throw ValidationError("'\(name)' is the coordinator's name; no party can have it")
        }
        try StateFile.makeFolder(folder)
        guard !FileManager.default.fileExists(atPath: folder + "/key.pem") else {
            throw ValidationError("\(folder) holds a key already; keys are never written over")
        }
        var certificate: Certificate?
        if requests {
            let key = SigningKey.generate()
            try key.save(to: folder + "/key.pem")
            try CertificateRequest.make(name: party.name, host: host, key: key, to: folder + "/request.pem")
        } else {
            let identity = try Identity.make(name: party.name, host: host)
            try identity.save(certificatePath: folder + "/certificate.pem", keyPath: folder + "/key.pem")
            certificate = identity.certificate
        }
        try SigningKey.generate().save(to: folder + "/transcript-key.pem")
        let path = folder + "/party.yaml"
        guard !FileManager.default.fileExists(atPath: path) else { return (certificate, false) }
        try StateFile.write(Array(description.utf8), to: path)
        return (certificate, true)
    }

    /// Makes the coordinator's key and certificate.
    public static func makeCoordinator(_ folder: String) throws -> Certificate {
        try StateFile.makeFolder(folder)
        let identity = try Identity.make(name: PartnerList.coordinatorName, host: nil)
        try identity.save(certificatePath: folder + "/certificate.pem", keyPath: folder + "/key.pem")
        return identity.certificate
    }
}
