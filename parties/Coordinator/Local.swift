import ArgumentParser
import Coordination
import Foundation
import Jobs
import Specification
import Support

/// `colonnade local`: a whole federation on this machine, each party a process of its own.
struct Local: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a job with every party started here, as its own process.",
        discussion: """
            The folder of parties holds one folder for each party, with its party.yaml, and one named coordinator. The \
            report also holds the baseline that needs all data in one place.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "The folder that holds PARTY/party.yaml for each party, and coordinator/.")
    var parties = "."

    func run() throws {
        try exiting {
            let job = try Job(path: options.job, overrides: options.overrides)
            let files = try job.parties.map { try PartyFile(path: "\(parties)/\($0)/party.yaml") }
            let processes = try files.map { try PartyProcess($0) }
            defer { processes.forEach { $0.end() } }
            let session: JobSession
            do {
                session = try JobSession(options, folder: parties + "/coordinator")
            } catch {
                // A party that could not start has said why in its own log.
                for process in processes { process.explain() }
                throw error
            }
            defer { session.endpoint.stop() }
            var (report, proposal) = try session.run(quiet: options.quiet)
            report.baselines["colocated"] = try Colocated.metrics(
                proposal.effective.job, parties: files)
            try JobSession.deliver(report, options)
        }
    }
}

/// One party's process; its log goes to a file beside its state.
private final class PartyProcess {
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
}
