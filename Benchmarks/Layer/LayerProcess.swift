import ArgumentParser
import Cryptography
import Foundation
import Link
import Specification
import TLSLink
import Workers

/// What the two processes tell each other, by way of the one that started them, before they talk over TLS.
struct LayerGreeting: Codable {
    let certificate: [UInt8]
    /// 0 at the calling side.
    let port: Int
}

/// One end of a measured layer: a process of its own, started on a core of its own.
///
/// It reads a task, one JSON object on a line, writes its greeting, reads the other end's, trains, and writes its result.
struct LayerProcess: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layer-party", abstract: "One party of the benchmark \"layer\", which starts it.",
        shouldDisplay: false)

    @Option var seat: LayerSeat

    func run() throws {
        let task: LayerTask = try read()
        // The pool was made for all cores: one thread works, on the core that is left.
        let result = try onCores(1) {
            let data = try LayerData(task, of: seat)
            let clock = LayerClock()
            var party = try LayerParty(task, seat, data, link: connect(), since: clock)
            return try party.train()
        }
        try write(result)
    }

    /// The label party takes the connection that the feature party makes.
    private func connect() throws -> any Link {
        let (me, peer) = try (seat.party, seat.other.party)
        let identity = try Identity.make(name: me.name)
        let endpoint = try TLSEndpoint(identity: identity, party: me, pins: [:])
        let port = seat == .label ? try endpoint.listen(host: "127.0.0.1", port: 0) : 0
        try write(LayerGreeting(certificate: identity.certificate.der, port: port))
        let greeting: LayerGreeting = try read()
        endpoint.pins = [peer: try Certificate(der: greeting.certificate)]
        let wait = Wait("the other process", seconds: 60)
        return switch seat {
        case .label: try endpoint.accept(from: peer, purpose: "layer", wait)
        case .feature:
            try endpoint.connect(
                to: peer, at: Address(host: "127.0.0.1", port: greeting.port), purpose: "layer", wait)
        }
    }

    private func read<Value: Decodable>() throws -> Value {
        guard let line = readLine() else { throw ValidationError("the benchmark that starts this ended") }
        return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
    }

    private func write(_ value: some Encodable) throws {
        try FileHandle.standardOutput.write(contentsOf: JSONEncoder().encode(value) + Data("\n".utf8))
    }
}

extension LayerSeat: ExpressibleByArgument {}
