public import Cryptography
internal import ArgumentParser
internal import Foundation
internal import Jobs
internal import Specification

/// A party's folder as `colonnade-party init` makes it: keys, a certificate, a description.
public enum PartyFolder {
    /// Makes keys and a certificate, and writes the description where there is none.
    ///
    /// - Parameter description: The text of party.yaml.
    /// - Returns: The party's certificate, and whether the description was written.
    /// - Throws: `ValidationError` for a folder that holds a key already, and for the coordinator's name.
    public static func make(
        _ folder: String, name: String, host: String, description: String
    ) throws -> (certificate: Certificate, wroteDescription: Bool) {
        let party = try Party(name)
        guard name != PartnerList.coordinatorName else {
            throw ValidationError("'\(name)' is the coordinator's name; no party can have it")
        }
        try StateFile.makeFolder(folder)
        guard !FileManager.default.fileExists(atPath: folder + "/key.pem") else {
            throw ValidationError("\(folder) holds a key already; keys are never written over")
        }
        let identity = try Identity.make(name: party.name, host: host)
        try identity.save(certificatePath: folder + "/certificate.pem", keyPath: folder + "/key.pem")
        try SigningKey.generate().save(to: folder + "/transcript-key.pem")
        let path = folder + "/party.yaml"
        guard !FileManager.default.fileExists(atPath: path) else { return (identity.certificate, false) }
        try StateFile.write(Array(description.utf8), to: path)
        return (identity.certificate, true)
    }

    /// Makes the coordinator's key and certificate.
    public static func makeCoordinator(_ folder: String) throws -> Certificate {
        try StateFile.makeFolder(folder)
        let identity = try Identity.make(name: PartnerList.coordinatorName, host: nil)
        try identity.save(certificatePath: folder + "/certificate.pem", keyPath: folder + "/key.pem")
        return identity.certificate
    }
}
