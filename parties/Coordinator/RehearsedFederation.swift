import Coordination
import Foundation
import Glibc
import Jobs
import Specification
import Support
import WideArea

/// Runs jobs over made-up rows on this machine, with processes of their own, as `colonnade local` does; nothing of it is left.
struct RehearsedFederation {
    private let folder: String
    private let federation: LocalFederation

    /// Makes keys and folders for parties of these names, below the system's folder for what is temporary.
    init(_ parties: [Party]) throws {
        folder = NSTemporaryDirectory() + "/colonnade-rehearsal-" + UUID().uuidString
        let ports = try LocalPorts.free(parties.count)
        federation = LocalFederation(folder: folder, ports: Array(zip(parties, ports)))
        try federation.make(data: { _ in "  {file: data.csv, key: id}" }, policy: Self.policy)
    }

    /// All that any job may want: nobody's rows are in it.
    private static let policy = """
          {protections: [blind, none], min-key-bits: 2048, exposure-limit: 1000000, approve: automatic}
        """

    /// Runs a job.
    /// - Throws: `ControlError` where it fails.
    func run(_ madeUp: MadeUpJob, over network: WideArea?) throws -> Report {
        for party in madeUp.job.parties {
            let folder = federation.folder(of: party)
            try StateFile.write(Array(madeUp.sheet(of: party).utf8), to: folder + "/data.csv")
            try? FileManager.default.removeItem(atPath: folder + "/state")
        }
        return try PartyProcess.together(
            madeUp.job, parties: folder, over: network, auditing: AuditOptions.parse([]), quiet: true
        ) { session, _ in try session.run(quiet: true).0 }
    }

    /// Removes all of it.
    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

/// Ports of this machine that nobody uses.
private enum LocalPorts {
    /// The system has none to give.
    struct NoPort: Error, CustomStringConvertible {
        var description: String { "this machine gives no port to listen at: \(String(cString: strerror(errno)))" }
    }

    /// Different ones: all are held until the last is found.
    static func free(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw NoPort() }
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
                }
            }
            guard status == 0 else { throw NoPort() }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}
