internal import ArgumentParser
public import Cryptography
internal import Jobs
internal import Link
internal import Specification

/// Pins a certificate in a folder's list of partners, under the name that it is made out to.
public func pin(
    _ path: String, in folder: String, address: String?, isCoordinator: Bool = false
) throws -> Certificate {
    let certificate = try Certificate(path: path)
    guard let name = certificate.commonName else {
        throw ValidationError("\(path) names nobody: it has no common name")
    }
    guard isCoordinator == (name == PartnerList.coordinatorName) else {
        throw ValidationError(
            isCoordinator
                ? "\(path) is the certificate of '\(name)', not of a coordinator"
                : "\(path) is a coordinator's certificate: add --coordinator")
    }
    var list = try PartnerList(folder: folder)
    var reached: Address?
    if let address {
        reached = Address(address)
        guard reached != nil else { throw ValidationError("--address takes host:port, not '\(address)'") }
    }
    let file = "partners/\(name).pem"
    try StateFile.makeFolder(folder + "/partners")
    guard let bytes = try StateFile.read(path) else { throw ValidationError("\(path) is gone") }
    try StateFile.write(bytes, to: folder + "/" + file)
    let partner = PartnerList.Partner(certificate: file, address: reached)
    if isCoordinator { list.coordinator = partner } else { list.partners[try Party(name)] = partner }
    try list.save()
    return certificate
}
