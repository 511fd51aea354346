internal import ArgumentParser
public import Cryptography
internal import Glibc
internal import Jobs
internal import Link
internal import Specification

/// Pins a certificate in a folder's list of partners, under the name that it is made out to.
///
/// Another certificate of a party that is known already stands beside the one that is pinned, so that the party may change from one to
/// the other when it likes; one that has expired goes.
///
/// - Parameter replaces: Whether certificates that are pinned already are forgotten, as after a key was stolen.
/// - Returns: The certificate, and how many others of the party stay pinned.
public func pin(
    _ path: String, in folder: String, address: String?, isCoordinator: Bool = false, replaces: Bool = false
) throws -> (certificate: Certificate, others: Int) {
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
    let known = isCoordinator ? list.coordinator : list.partners[try Party(name)]
    var kept: [String] = []
    if let known, !replaces {
        for (file, path) in zip(known.certificates, list.certificatePaths(known)) {
            let other = try Certificate(path: path)
            if other != certificate, other.notAfter > time(nil) { kept.append(file) }
        }
    }
    guard kept.count < 2 else {
        throw ValidationError(
            "two certificates of \(name) are pinned already, neither has expired; --replace forgets both for this one")
    }
    let file = "partners/\(name)-\(certificate.fingerprint.hexadecimal.prefix(16)).pem"
    try StateFile.makeFolder(folder + "/partners")
    guard let bytes = try StateFile.read(path) else { throw ValidationError("\(path) is gone") }
    try StateFile.write(bytes, to: folder + "/" + file)
    let partner = PartnerList.Partner(certificates: kept + [file], address: reached ?? known?.address)
    if isCoordinator { list.coordinator = partner } else { list.partners[try Party(name)] = partner }
    try list.save()
    return (certificate, kept.count)
}

/// What `trust` says of a certificate that it pinned.
public func sayPinned(_ pinned: (certificate: Certificate, others: Int)) {
    let name = pinned.certificate.commonName ?? "?"
    say("pinned \(name), fingerprint \(pinned.certificate.fingerprint.hexadecimal)")
    if pinned.others > 0 {
        say(
            "the one that was pinned before serves until it expires, too; if its key was stolen: --replace")
    }
}
