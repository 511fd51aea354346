import ArgumentParser
import Cryptography
import Jobs
import Support

/// `colonnade init`: the coordinator's own key and certificate.
struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the coordinator's own key and certificate, which parties pin.")

    @Argument(help: "The folder to make.")
    var folder: String

    func run() throws {
        try exiting {
            try StateFile.makeFolder(folder)
            let identity = try Identity.make(name: PartnerList.coordinatorName, host: nil)
            try identity.save(certificatePath: folder + "/certificate.pem", keyPath: folder + "/key.pem")
            say(
                """
                made the coordinator's key in \(folder). Give \(folder)/certificate.pem to every party; its fingerprint:
                  \(identity.certificate.fingerprint.hexadecimal)
                """)
        }
    }
}

/// `colonnade trust`: pins a party's certificate.
struct Trust: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Pin a party's certificate, and say where it listens.")

    @Argument(help: "The coordinator's folder.")
    var folder: String

    @Argument(help: "The certificate that the party gave you.")
    var certificate: String

    @Option(help: "host:port where the party listens.")
    var address: String

    func run() throws {
        try exiting {
            let pinned = try pin(certificate, in: folder, address: address)
            say("pinned \(pinned.commonName ?? "?"), fingerprint \(pinned.fingerprint.hexadecimal)")
        }
    }
}
