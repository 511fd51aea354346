import AuditedFederation
import Coordination
import Cryptography
import Dispatch
import Documents
import Jobs
import Link
import Specification
import Synchronization

/// The parties of a made-up federation, each with its service, and coordinators that talk to them: all in memory, on threads of this
/// process.
final class ServedFederation: Sendable {
    let parties: [Party]
    let files: [PartyFile]
    private let services: [Party: PartyService]
    private let certificates: [Party: Certificate]
    private let coordinator: Party

    /// Links by purpose, as partners' doors find each other.
    private final class Doors: Sendable {
        let networks = Mutex<[String: MemoryNetwork]>([:])
        let parties: [Party]

        init(_ parties: [Party]) { self.parties = parties }

        func link(of party: Party, to partner: Party, _ purpose: String) -> any Link {
            networks.withLock { networks in
                let network = networks[purpose] ?? MemoryNetwork(parties: parties)
                networks[purpose] = network
                return network.link(of: party, to: partner)
            }
        }
    }

    private struct Door: Connector {
        let party: Party
        let doors: Doors

        func connect(to partner: Party, purpose: String, _ wait: Wait) throws -> any Link {
            doors.link(of: party, to: partner, purpose)
        }

        func accept(from partner: Party, purpose: String, _ wait: Wait) throws -> any Link {
            doors.link(of: party, to: partner, purpose)
        }
    }

    /// - Parameter change: What a party's file says otherwise.
    convenience init(_ federation: MadeUpFederation, _ change: (inout PartyFile) -> Void = { _ in }) throws {
        try self.init(federation.files, change)
    }

    /// - Parameters:
    ///   - files: The parties'.
    ///   - change: What they say otherwise.
    ///   - ranks: A party's.
    init(
        _ files: [PartyFile], _ change: (inout PartyFile) -> Void = { _ in },
        ranks: (PartyFile) -> RankGroup? = { _ in nil }
    ) throws {
        let parties = files.map(\.name)
        (self.parties, coordinator) = (parties, try Party("coordinator"))
        let files = files.map { file in
            var file = file
            for partner in file.partners.partners.keys {
                file.partners.partners[partner]?.address = Address(host: "127.0.0.1", port: 1)
            }
            change(&file)
            return file
        }
        self.files = files
        let doors = Doors(parties)
        let credentials = try Dictionary(uniqueKeysWithValues: files.map { ($0.name, try Credentials($0)) })
        certificates = credentials.mapValues { $0.identity.certificate }
        services = try Dictionary(
            uniqueKeysWithValues: files.compactMap { file in
                try credentials[file.name].map {
                    (
                        file.name,
                        try PartyService(
                            file: file, credentials: $0, connector: Door(party: file.name, doors: doors),
                            ranks: ranks(file)
                        ) { _ in }
                    )
                }
            })
    }

    /// A coordinator's connections to the parties of a job.
    struct Desk {
        let controller: JobController
        let network: MemoryNetwork
        let coordinator: Party

        /// As when its process is killed.
        func disappear() { network.drop(coordinator) }
    }

    /// - Parameter previous: Parties with which the coordinator talks as programs of the previous version do.
    func desk(for job: Job, previous: Set<Party> = []) -> Desk {
        let network = MemoryNetwork(parties: [coordinator] + job.parties)
        for party in job.parties {
            let link = network.link(of: party, to: coordinator)
            DispatchQueue(label: "service of \(party)").async { [services] in services[party]?.serve(link) }
        }
        let links = job.parties.map { party -> any Link in
            let link = network.link(of: coordinator, to: party)
            return previous.contains(party) ? PreviousLink(link) : link
        }
        return Desk(
            controller: JobController(
                job: job, links: links, certificates: certificates.mapValues { [$0] },
                protocols: Software.spoken),
            network: network, coordinator: coordinator)
    }

    /// A whole job as `colonnade run` does it.
    func run(
        _ job: Job, on desk: Desk? = nil,
        waiting: @escaping @Sendable (Party, ControlMessage.Place?) -> Void = { _, _ in },
        progress: @escaping @Sendable (Party, ControlMessage.Progress) -> Void = { _, _ in }
    ) throws -> [PartyReport] {
        let controller = (desk ?? self.desk(for: job)).controller
        let proposal = try controller.prepare()
        let attempt = try controller.propose(proposal)
        return try controller.run(proposal, attempt: attempt, waiting: waiting, progress: progress)
    }

    func stop() { for service in services.values { service.stop() } }

    func jobs(at party: Party) throws -> [PartyJob] {
        try files.first { $0.name == party }.map { try PartyJobs(state: $0.state).all() } ?? []
    }
}
