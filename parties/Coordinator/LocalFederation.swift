import Foundation
import Jobs
import Specification
import Support

/// Parties and a coordinator that all live on this machine: a folder for each, with keys, and everybody's certificate pinned at
/// everybody else.
struct LocalFederation {
    let folder: String
    /// Each party's port.
    private let ports: [(party: Party, port: Int)]

    init(folder: String, ports: [(party: Party, port: Int)]) { (self.folder, self.ports) = (folder, ports) }

    /// Makes the folders.
    ///
    /// - Parameters:
    ///   - data: What a party's description says of its rows, as YAML, indented.
    ///   - policy: Fields of its policy, as YAML, indented.
    func make(data: (Party) -> String, policy: String) throws {
        try StateFile.makeFolder(folder)
        _ = try PartyFolder.makeCoordinator(coordinator)
        for (party, port) in ports {
            _ = try PartyFolder.make(
                self.folder(of: party), name: party.name, host: "127.0.0.1",
                description: """
                    # Written by 'colonnade'; every field: README of the folder 'parties', "party.yaml".
                    name: \(party)
                    listen: {host: "127.0.0.1", port: \(port)}
                    certificate: certificate.pem
                    key: key.pem
                    transcript-key: transcript-key.pem
                    state: state
                    data:
                    \(data(party))
                    policy:
                    \(policy)

                    """)
        }
        try introduce()
    }

    func folder(of party: Party) -> String { "\(folder)/\(party)" }
    private var coordinator: String { folder + "/coordinator" }

    /// Everybody pins everybody's certificate.
    private func introduce() throws {
        for (party, port) in ports {
            for (partner, other) in ports where partner != party {
                _ = try pin(certificate(of: partner), in: folder(of: party), address: "127.0.0.1:\(other)")
            }
            _ = try pin(
                coordinator + "/certificate.pem", in: folder(of: party), address: nil, isCoordinator: true)
            _ = try pin(certificate(of: party), in: coordinator, address: "127.0.0.1:\(port)")
        }
    }

    private func certificate(of party: Party) -> String { folder(of: party) + "/certificate.pem" }
}
