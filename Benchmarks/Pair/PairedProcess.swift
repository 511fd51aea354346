import ArgumentParser
import Cryptography
import Foundation
import Link
import Specification
import TLSLink
import Workers

// What the two processes tell each other, by way of the one that started them, before they talk over TLS.

/// Of each to the other.
struct PairGreeting: Codable {
    let certificate: [UInt8]
}

/// Of the label party, when it takes connections of the other one's certificate.
struct PairDoor: Codable {
    let port: Int
}

/// One end of a measurement: a process of its own, started on a core of its own.
///
/// It reads its work, one JSON object on a line, does it, greeting the other end on the way, and writes its result.
struct PairedProcess<Work: PairedWork>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Work.command, abstract: "One party of a benchmark, which starts it.", shouldDisplay: false)
    }

    @Option var seat: Seat

    func run() throws {
        let work = try read(Work.self)
        // The pool was made for all cores: one thread works, on the core that is left.
        try write(onCores(1) { try work.run(as: seat, connect: connect) })
    }

    /// The label party takes the connection that the feature party makes.
    private func connect() throws -> any Link {
        let (me, peer) = try (seat.party, seat.other.party)
        let identity = try Identity.make(name: me.name)
        try write(PairGreeting(certificate: identity.certificate.der))
        let partner = try Certificate(der: read(PairGreeting.self).certificate)
        let endpoint = try TLSEndpoint(identity: identity, party: me, pins: [peer: [partner]])
        let (host, purpose, wait) = ("127.0.0.1", Work.command, Wait("the other process", seconds: 60))
        switch seat {
        case .label:
            try write(PairDoor(port: endpoint.listen(host: host, port: 0)))
            return try endpoint.accept(from: peer, purpose: purpose, wait)
        case .feature:
            let port = try read(PairDoor.self).port
            return try endpoint.connect(to: peer, at: Address(host: host, port: port), purpose: purpose, wait)
        }
    }

    private func read<Value: Decodable>(_ value: Value.Type) throws -> Value {
        guard let line = readLine() else { throw ValidationError("the benchmark that starts this ended") }
        return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
    }

    private func write(_ value: some Encodable) throws {
        try FileHandle.standardOutput.write(contentsOf: JSONEncoder().encode(value) + Data("\n".utf8))
    }
}

extension Seat: ExpressibleByArgument {}
