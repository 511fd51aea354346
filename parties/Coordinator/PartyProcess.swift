import Foundation
import Jobs
import Specification
import Support

/// One party's process on this machine; its log goes to a file beside its state.
final class PartyProcess {
    private let process = Process()
    private let party: Party
    private let log: String

    init(_ file: PartyFile) throws {
        party = file.name
        log = file.folder + "/serve.log"
        try StateFile.write([], to: log)
        guard let output = FileHandle(forWritingAtPath: log) else {
            throw StateError.unwritable(path: log, problem: "cannot be opened")
        }
        let programs = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        process.executableURL = programs.appendingPathComponent("colonnade-party")
        process.arguments = ["serve", file.folder + "/party.yaml", "--once"]
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// Where the party has stopped already, says what it said last.
    func explain() {
        guard !process.isRunning, let text = try? String(contentsOfFile: log, encoding: .utf8) else { return }
        for line in text.split(separator: "\n").suffix(3) { say("\(party): \(line)") }
    }

    func end() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Starts the processes of parties whose folders lie in one folder, does something with a session among them, ends them.
    static func together<Result>(
        _ options: JobOptions, parties folder: String, _ body: (JobSession, [PartyFile]) throws -> Result
    ) throws -> Result {
        let job = try Job(path: options.job, overrides: options.overrides)
        let files = try job.parties.map { try PartyFile(path: "\(folder)/\($0)/party.yaml") }
        let processes = try files.map { try PartyProcess($0) }
        defer { processes.forEach { $0.end() } }
        let session: JobSession
        do {
            session = try JobSession(options, folder: folder + "/coordinator")
        } catch {
            // A party that could not start has said why in its own log.
            for process in processes { process.explain() }
            throw error
        }
        defer { session.endpoint.stop() }
        return try body(session, files)
    }
}
