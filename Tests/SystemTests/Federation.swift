import Foundation
import Glibc
import Testing

/// Every test of whole programs. One at a time: each keeps all cores busy, and some of them measure time.
@Suite(.serialized) struct System {}

/// Three organisations and a coordinator, each in a folder of its own, set up as people would, and the processes that run there.
final class Federation {
    /// The first has the label.
    static let everyone = ["bank", "shop", "phone"]

    let folder: String
    let parties: [String]
    let ports: [String: Int]
    private var programs: [Program] = []

    /// Runs a test with a federation of its own; nothing of it is left afterwards, processes neither.
    static func with(_ parties: [String] = everyone, _ body: (Federation) async throws -> Void) async throws {
        let federation = try await Federation(parties)
        defer { federation.end() }
        try await body(federation)
    }

    private init(_ parties: [String]) async throws {
        self.parties = parties
        ports = try Dictionary(uniqueKeysWithValues: zip(parties, freePorts(parties.count)))
        folder = NSTemporaryDirectory() + "colonnade-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await introduce()
        for party in parties {
            try describe(party)
            try write(Customers.sheet(of: party), at: party)
        }
        try write(job, to: "job.yaml")
    }

    private func end() {
        for program in programs { program.end() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Keys for everybody, and everybody's certificate pinned at everybody else.
    private func introduce() async throws {
        for party in parties {
            try await done("colonnade-party", "init", party, "--name", party, "--port", "\(ports[party] ?? 0)")
        }
        try await done("colonnade", "init", "coordinator")
        for party in parties {
            for partner in parties where partner != party {
                try await done(
                    "colonnade-party", "trust", party, "\(partner)/certificate.pem", "--address", address(of: partner))
            }
            try await done("colonnade-party", "trust", party, "coordinator/certificate.pem", "--coordinator")
            try await done(
                "colonnade", "trust", "coordinator", "\(party)/certificate.pem", "--address", address(of: party))
        }
    }

    func address(of party: String) -> String { "127.0.0.1:\(ports[party] ?? 0)" }

    // MARK: Files

    func path(_ relative: String) -> String { folder + "/" + relative }

    func write(_ text: String, to relative: String) throws {
        try text.write(toFile: path(relative), atomically: true, encoding: .utf8)
    }

    func write(_ sheet: Sheet, at party: String) throws { try write(sheet.csv, to: "\(party)/data.csv") }

    /// Changes a party's data.
    func edit(_ party: String, _ change: (inout Sheet) -> Void) throws {
        var sheet = Customers.sheet(of: party)
        change(&sheet)
        try write(sheet, at: party)
    }

    /// Writes a party's description of itself.
    /// - Parameters:
    ///   - rows: Where its rows are, and what names them.
    ///   - data: What else it says of them.
    ///   - changes: Lines of its policy that differ from what these tests need.
    ///   - more: Other lines.
    func describe(
        _ party: String, rows: String = "file: data.csv, key: id", data: String = "",
        policy changes: [String: String] = [:], more: String = ""
    ) throws {
        let policy = [
            "protections": "[blind, none]", "min-key-bits": "2048", "exposure-limit": "0.5", "approve": "automatic",
        ].merging(changes) { $1 }
        try write(
            """
            name: \(party)
            listen: {host: 127.0.0.1, port: \(ports[party] ?? 0)}
            certificate: certificate.pem
            key: key.pem
            transcript-key: transcript-key.pem
            data: {\(rows)\(data)}
            policy: {\(policy.map { "\($0): \($1)" }.sorted().joined(separator: ", "))}
            \(more)

            """, to: "\(party)/party.yaml")
    }

    private var job: String {
        """
        name: defaults
        parties: {\(parties.map { "\($0): {role: \($0 == parties[0] ? "label" : "feature")}" }.joined(separator: ", "))}
        align: {key: id}
        label: default
        model: {kind: logistic}
        train: {epochs: 2, batch: 32, optimizer: {rate: 0.3, momentum: 0.5}}
        keys: {bits: 2048}

        """
    }

    /// Customers that all parties know.
    var common: Int {
        parties.map { Set(Customers.known(to: $0)) }.reduce(Set(0..<Customers.count)) { $0.intersection($1) }.count
    }

    // MARK: Processes

    /// Starts a program in this federation's folder.
    func start(
        _ name: String, _ arguments: [String], fileLimit: Int? = nil, variables: [String: String] = [:]
    ) throws -> Program {
        let program = try Program(
            name, arguments, in: folder, logs: path("\(programs.count)-\(name)"), fileLimit: fileLimit,
            variables: variables)
        programs.append(program)
        return program
    }

    /// Runs a program to its end.
    func run(_ name: String, _ arguments: String..., within seconds: Double = 60) async throws -> Program.Outcome {
        try await run(name, arguments, within: seconds)
    }

    /// The same with any number of arguments.
    func run(_ name: String, _ arguments: [String], within seconds: Double = 60) async throws -> Program.Outcome {
        try await start(name, arguments).outcome(within: seconds)
    }

    /// Runs a program that must succeed.
    func done(_ name: String, _ arguments: String...) async throws {
        let outcome = try await start(name, arguments).outcome()
        try #require(outcome.status == 0, "\(name) \(arguments): \(outcome.errors)")
    }

    /// Starts a party, and waits until it listens.
    func serve(_ party: String, once: Bool = false, fileLimit: Int? = nil) async throws -> Program {
        let program = try start(
            "colonnade-party", ["serve", "\(party)/party.yaml"] + (once ? ["--once"] : []), fileLimit: fileLimit)
        try await program.says("listening at")
        return program
    }

    /// Starts all parties.
    func serve(once: Bool = false) async throws -> [String: Program] {
        var servers: [String: Program] = [:]
        for party in parties { servers[party] = try await serve(party, once: once) }
        return servers
    }
}

/// Ports that nobody listened at a moment ago.
func freePorts(_ count: Int) throws -> [Int] {
    let sockets = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
    defer { for socket in sockets { close(socket) } }
    return try sockets.map { socket in
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
            }
        }
        try #require(isBound, "no free port")
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
