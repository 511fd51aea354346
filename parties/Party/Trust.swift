import ArgumentParser
import Cryptography
import Foundation
import Jobs
import Link
import Specification
import Support

/// `colonnade-party trust`: pins a partner's or the coordinator's certificate.
struct Trust: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pin a partner's, or the coordinator's, certificate.",
        discussion: """
            From then on, exactly this certificate is that party, whoever signed it. Compare its fingerprint with the \
            partner over another channel first. A partner's next certificate stands beside the present one until that \
            expires.
            """)

    @Argument(help: "Your organisation's folder.")
    var folder: String

    @Argument(help: "The certificate that the partner gave you.")
    var certificate: String

    @Flag(help: "It is the coordinator's: its holder may propose and start jobs here.")
    var coordinator = false

    @Flag(help: "Forget certificates of the same party that are pinned already, as after its key was stolen.")
    var replace = false

    @Option(help: "host:port where the partner listens; leave out if it connects to you.")
    var address: String?

    func run() throws {
        try exiting {
            sayPinned(
                try pin(
                    certificate, in: folder, address: address, isCoordinator: coordinator, replaces: replace))
            if let file = try? PartyFile(path: folder + "/party.yaml"), StateLock.isHeld(folder: file.state) {
                say("\(file.name) serves at this moment, and reads this when it starts again: restart it")
            }
        }
    }
}
