import ArgumentParser
import Cryptography
import Jobs
import Specification
import Support

/// `colonnade init`: the coordinator's own key and certificate.
struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the coordinator's own key and certificate, which parties pin.")

    @Argument(help: "The folder to make.")
    var folder: String

    func run() throws {
        try exiting {
            let certificate = try PartyFolder.makeCoordinator(folder)
            say(
                """
                made the coordinator's key in \(folder). Give \(folder)/certificate.pem to every party; its fingerprint:
                  \(certificate.fingerprint.hexadecimal)
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

    @Flag(help: "Forget certificates of the same party that are pinned already, as after its key was stolen.")
    var replace = false

    @Option(help: "host:port where the party listens; needed once.")
    var address: String?

    func run() throws {
        try exiting {
            let pinned = try pin(certificate, in: folder, address: address, replaces: replace)
            sayPinned(pinned)
            let party = try pinned.certificate.commonName.map { try Party($0) }
            if let party, try PartnerList(folder: folder).partners[party]?.address == nil {
                say("where \(party) listens is not known yet: give the command again with --address HOST:PORT")
            }
        }
    }
}
