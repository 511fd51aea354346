import Link
import Specification
import TLSLink

/// The two kinds of links.
enum Fabric: CaseIterable, Sendable { case memory, tls }

/// Parties with a link between every two of them, of either kind.
final class Federation: Sendable {
    let parties: [Party]
    private let network: MemoryNetwork?
    private let endpoints: [Party: TLSEndpoint]
    private let relays: Monitor<[(ends: Set<Party>, relay: Relay)]>
    private let links: [Party: [Party: any Link]]

    init(_ fabric: Fabric, _ names: String...) throws {
        let organisations = try names.map { try Organisation($0) }
        let parties = organisations.map(\.party)
        self.parties = parties
        switch fabric {
        case .memory:
            let network = MemoryNetwork(parties: parties)
            self.network = network
            endpoints = [:]
            relays = Monitor([])
            links = Dictionary(
                uniqueKeysWithValues: parties.map { party in
                    (
                        party,
                        Dictionary(
                            uniqueKeysWithValues: parties.filter { $0 != party }.map {
                                ($0, network.link(of: party, to: $0))
                            })
                    )
                })
        case .tls:
            network = nil
            let pairs = try organisations.map { ($0.party, try $0.endpoint(pinning: organisations)) }
            let endpoints = Dictionary(uniqueKeysWithValues: pairs)
            self.endpoints = endpoints
            let addresses = try endpoints.mapValues {
                Address(host: "127.0.0.1", port: try $0.listen(host: "127.0.0.1", port: 0))
            }
            let relays = Monitor<[(ends: Set<Party>, relay: Relay)]>([])
            self.relays = relays
            links = try Threads.run(parties) { party in
                try Self.connect(party, parties, endpoints, addresses, relays)
            }.mapValues { try $0.get() }
        }
    }

    deinit { for endpoint in endpoints.values { endpoint.stop() } }

    /// Of every two parties the lower one calls, through a relay.
    private static func connect(
        _ party: Party, _ parties: [Party], _ endpoints: [Party: TLSEndpoint], _ addresses: [Party: Address],
        _ relays: Monitor<[(ends: Set<Party>, relay: Relay)]>
    ) throws -> [Party: any Link] {
        var links: [Party: any Link] = [:]
        guard let endpoint = endpoints[party] else { return [:] }
        for peer in parties where peer != party {
            if party < peer, let target = addresses[peer] {
                let relay = try Relay(to: target.port)
                relays.withLock { $0.append((ends: [party, peer], relay: relay)) }
                let address = Address(host: target.host, port: relay.port)
                links[peer] = try endpoint.connect(to: peer, at: address, purpose: "job", .ample)
            } else {
                links[peer] = try endpoint.accept(from: peer, purpose: "job", .ample)
            }
        }
        return links
    }

    /// The end at one party of its link to another.
    func link(_ party: Party, _ peer: Party) throws -> any Link {
        guard let link = links[party]?[peer] else { throw SpecificationError.invalidPlan("no such link") }
        return link
    }

    /// Runs a job at every party, each on a thread of its own.
    func run<Output: Sendable>(
        _ job: @escaping @Sendable (LinkGroup) throws -> Output
    ) -> [Party: Result<Output, any Error>] {
        Threads.run(parties) { party in
            try job(LinkGroup(party: party, links: Array((self.links[party] ?? [:]).values)))
        }
    }

    /// Takes a party away without a word.
    func drop(_ party: Party) {
        network?.drop(party)
        let own = relays.withLock { $0.filter { $0.ends.contains(party) }.map(\.relay) }
        // A process that is gone says nothing about the others.
        for relay in own { relay.freeze() }
        for relay in own { relay.cut() }
    }
}

/// The cause that each party reports, of those that report one.
func causes<Output>(_ results: [Party: Result<Output, any Error>]) -> [Party: AbortCause] {
    results.compactMapValues { result in
        guard case .failure(LinkError.aborted(let cause)) = result else { return nil }
        return cause
    }
}
