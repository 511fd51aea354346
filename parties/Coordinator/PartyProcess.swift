import Foundation
import Jobs
import Link
import Specification
import Support
import WideArea
import WideAreaProxy

/// One party's process on this machine; its log goes to a file beside its state.
final class PartyProcess {
    private let process = Process()
    private let party: Party
    private let log: String

    /// - Parameters:
    ///   - detours: Where the party reaches partners, if not where its own list says.
    ///   - auditing: What it writes for its auditor, if not what its own file says.
    init(_ file: PartyFile, detours: [Party: Address] = [:], auditing: AuditOptions) throws {
        party = file.name
        log = file.folder + "/serve.log"
        try StateFile.write([], to: log)
        guard let output = FileHandle(forWritingAtPath: log) else {
            throw StateError.unwritable(path: log, problem: "cannot be opened")
        }
        let programs = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        process.executableURL = programs.appendingPathComponent("colonnade-party")
        process.arguments =
            ["serve", file.folder + "/party.yaml", "--once"]
            + detours.sorted { $0.key < $1.key }.flatMap { ["--reach", "\($0)=\($1)"] } + auditing.flags
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
    /// - Parameters:
    ///   - network: What lies between the parties, where that is more than this machine; not between them and the session.
    ///   - auditing: What parties write for their auditors, if not what their own files say.
    static func together<Result>(
        _ job: Job, parties folder: String, over network: WideArea? = nil, auditing: AuditOptions, quiet: Bool,
        _ body: (JobSession, [PartyFile]) throws -> Result
    ) throws -> Result {
        let files = try job.parties.map { try PartyFile(path: "\(folder)/\($0)/party.yaml") }
        let proxy = network.map { WideAreaProxy($0) }
        defer { proxy?.stop() }
        if let network, !quiet {
            say("emulated network between every two parties: \(network) (bandwidth each way, round-trip time)")
        }
        let processes = try files.map { file in
            try PartyProcess(
                file, detours: proxy?.detours(for: file, among: job.parties) ?? [:], auditing: auditing)
        }
        defer { processes.forEach { $0.end() } }
        let session: JobSession
        do {
            session = try JobSession(job, folder: folder + "/coordinator")
        } catch {
            // A party that could not start has said why in its own log.
            for process in processes { process.explain() }
            throw error
        }
        defer { session.endpoint.stop() }
        return try body(session, files)
    }
}

extension WideAreaProxy {
    /// Ways from a party to those of `parties` whose addresses it knows.
    fileprivate func detours(for file: PartyFile, among parties: [Party]) throws -> [Party: Address] {
        let known = file.partners.partners.filter { parties.contains($0.key) }.compactMapValues(\.address)
        var detours: [Party: Address] = [:]
        for (partner, address) in known { detours[partner] = try open(from: file.name, to: partner, at: address) }
        return detours
    }
}
