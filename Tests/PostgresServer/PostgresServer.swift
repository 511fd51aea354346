package import Foundation

/// A PostgreSQL server of a test's own, from the system's package (Debian: `postgresql`): in a temporary folder, reached through a socket
/// there and nowhere else. It refuses to run as root, and then runs as the user `postgres`, whom the package made.
package final class PostgresServer {
    /// What there is to say when it does not start.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The folder of its socket: libpq's `host`.
    package let folder: String
    private let programs: String
    /// A child of this process, not of `pg_ctl`: Foundation takes a program for running as long as any child of it does.
    private let server = Process()

    /// Runs a test with a server, which is gone afterwards.
    package static func with<Result>(_ body: (PostgresServer) async throws -> Result) async throws -> Result {
        let server = try PostgresServer()
        defer { server.end() }
        return try await body(server)
    }

    private init() throws {
        programs = try Self.newestPrograms()
        // Short: the path of a socket has at most 107 bytes.
        folder = "/tmp/colonnade-pg-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        if geteuid() == 0 { try Self.run("/usr/bin/chown", ["postgres", folder]) }
        do { try start() } catch {
            end()
            throw error
        }
    }

    private func start() throws {
        let data = folder + "/data"
        try program("initdb", ["-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"])
        // Roles other than the first need a password, so that there is a server that asks for one.
        let access = "local all postgres trust\nlocal all all scram-sha-256\n"
        try program("/bin/sh", ["-c", "printf '\(access)' > \(data)/pg_hba.conf"])
        let (path, arguments) = asServer(
            programs + "/postgres",
            ["-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories=\(folder)", "-c", "fsync=off"]
                + ["-c", "shared_buffers=16MB"])
        try Self.start(server, path, arguments, output: folder + "/log")
        for _ in 0..<300 where server.isRunning {
            if (try? run("SELECT 1")) != nil { return }
            usleep(100_000)
        }
        let said = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        throw Failure(description: "PostgreSQL did not start: \(said)")
    }

    private func end() {
        if server.isRunning {
            // An immediate shutdown: its children end with it.
            kill(server.processIdentifier, SIGQUIT)
            server.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs SQL as the first user, who may do everything.
    package func run(_ sql: String) throws {
        // A program's arguments are short.
        let script = NSTemporaryDirectory() + "colonnade-pg-" + UUID().uuidString + ".sql"
        defer { try? FileManager.default.removeItem(atPath: script) }
        try sql.write(toFile: script, atomically: false, encoding: .utf8)
        try Self.run(
            programs + "/psql",
            ["-q", "-X", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "postgres", "-d", "postgres", "-f", script])
    }

    /// libpq's connection string for the first user.
    package var connection: String { "host=\(folder) dbname=postgres user=postgres" }

    /// Runs one of PostgreSQL's programs, or another one, as a user as whom they agree to run.
    private func program(_ name: String, _ arguments: [String]) throws {
        let (path, arguments) = asServer(name.hasPrefix("/") ? name : programs + "/" + name, arguments)
        try Self.run(path, arguments)
    }

    private func asServer(_ path: String, _ arguments: [String]) -> (path: String, arguments: [String]) {
        guard geteuid() == 0 else { return (path, arguments) }
        return (
            "/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path] + arguments
        )
    }

    private static func newestPrograms() throws -> String {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        guard let newest = versions.compactMap(Int.init).max() else {
            throw Failure(description: "no PostgreSQL below /usr/lib/postgresql: apt-get install postgresql")
        }
        return "/usr/lib/postgresql/\(newest)/bin"
    }

    private static func run(_ path: String, _ arguments: [String]) throws {
        let output = NSTemporaryDirectory() + "colonnade-pg-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: output) }
        let process = Process()
        try start(process, path, arguments, output: output)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let said = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            throw Failure(description: "\(path) ended with \(process.terminationStatus): \(said)")
        }
    }

    private static func start(_ process: Process, _ path: String, _ arguments: [String], output: String) throws {
        FileManager.default.createFile(atPath: output, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: "/tmp")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }
}
