import ArgumentParser
import Coordination
import Foundation
import Jobs
import Link
import Specification
import Support

/// What `colonnade run --detach` leaves behind: a coordinator as a process of its own, with a session of its own, that survives the
/// terminal in which it was started. Whoever ends it ends a coordinator: the job ends, and can be resumed.
struct Detached: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go on with a job that 'run --detach' has begun.", shouldDisplay: false)

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup var coordinator: CoordinatorFolder

    func run() throws {
        try exiting {
            let records = JobRecords(coordinatorFolder: coordinator.folder)
            var record = try records.require(id)
            do {
                let (effective, encoded) = try record.job()
                let session = try JobSession(effective.job, folder: coordinator.folder, encoded: encoded)
                defer { session.endpoint.stop() }
                let offer = try session.offer(record)
                record = offer.record
                let report = try session.run(offer, quiet: false, resumes: false)
                print(report.text)
            } catch {
                // Who looks at the record must not wait for a process that is gone.
                if var now = try? records.require(record.id), !now.hasEnded {
                    let hindrance = (error as? ControlError).flatMap { JobRecord.Hindrance($0) }
                    now.state =
                        try hindrance.map { .hindered($0) }
                        ?? .failed(
                            .init(
                                party: Party(PartnerList.coordinatorName), step: "start",
                                reason: AbortReason.internalError.name, detail: "\(error)"))
                    try? records.save(now)
                }
                throw error
            }
        }
    }

    /// Starts the process and waits until it has taken the job over.
    static func start(_ record: JobRecord, folder: String, isJSON: Bool) throws {
        let records = JobRecords(coordinatorFolder: folder)
        let log = "\(folder)/jobs/\(record.id).log"
        let process = try spawn(["detached", record.id, "--coordinator", folder], log: log)
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            let now = try records.require(record.id)
            if case .resumed = now.state { break }
            if now.process != nil { break }
            usleep(50_000)
        }
        // What it says of a job that did not come so far is for who started it.
        guard status == 0 else {
            let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            for line in said.split(separator: "\n").suffix(3) { say(String(line)) }
            throw ExitCode(status & 0x7F == 0 ? status >> 8 & 0xFF : ExitStatus.failed.rawValue)
        }
        if isJSON {
            let fields = ["id": record.id, "log": log, "process": "\(process)"]
            print(
                String(
                    decoding: try JSONSerialization.data(
                        withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self))
        } else {
            print(record.id)
            let place = folder == "coordinator" ? "" : " --coordinator \(folder)"
            say("job \(record.id) goes on without this command: process \(process), log \(log)")
            say(
                "colonnade watch \(record.id)\(place)  follows it; colonnade status \(record.id)\(place)  says how it stands"
            )
        }
    }

    /// This program once more, in a session of its own.
    private static func spawn(_ arguments: [String], log: String) throws -> pid_t {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        try StateFile.write([], to: log)
        var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // POSIX_SPAWN_SETSID of glibc's spawn.h: no terminal whose end would end it.
        posix_spawnattr_setflags(&attributes, 0x80)
        // Whoever waits for the end of what this command was given would else wait for the end of the job.
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            if let descriptor = Int32(name), descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let problem = posix_spawn(&process, program, &actions, &attributes, &words, environ)
        guard problem == 0 else {
            throw StateError.unreadable(path: program, problem: String(cString: strerror(problem)))
        }
        return process
    }
}

/// `colonnade watch`: follows a job that another process coordinates.
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow a job to its end, as 'run' would show it; ending this command ends nothing else.")

    @Argument(help: "The job's id, or its beginning.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var coordinator: CoordinatorFolder

    func run() throws {
        try exiting {
            let records = JobRecords(coordinatorFolder: coordinator.folder)
            var record = try records.require(id)
            let job = try record.effective.map { try EffectiveJob(decoding: Array($0.utf8)).job }
            guard let label = job?.labelParty ?? record.parties.first else { return }
            let printer = ProgressPrinter(label: label, isQuiet: output.quiet)
            var shown: JobRecord?
            while true {
                for (party, place) in record.waiting ?? [:] where shown?.waiting?[party] != place {
                    printer.wait(party, place)
                }
                for (party, progress) in record.progress where shown?.progress[party] != progress {
                    printer.show(party, progress)
                }
                switch record.state {
                case .done(let report):
                    printer.end()
                    return try JobSession.deliver(report, output)
                case .failed(let failure):
                    printer.end()
                    throw ControlError.failed(failure)
                case .hindered(let hindrance):
                    printer.end()
                    say("error: \(hindrance.text)")
                    throw ExitCode(hindrance.exitStatus.rawValue)
                case .resumed(let next): record = try records.require(next)
                case .queued, .running:
                    if let process = record.process, !record.isCoordinated,
                        let last = try records.find(record.id), !last.hasEnded
                    {
                        printer.end()
                        say("process \(process), which coordinated \(record.id), has ended")
                        say(
                            "colonnade resume \(record.id) --coordinator \(coordinator.folder)  goes on from the last checkpoint"
                        )
                        throw ExitCode(ExitStatus.failed.rawValue)
                    }
                    shown = record
                    usleep(300_000)
                    record = try records.require(record.id)
                }
            }
        }
    }
}
