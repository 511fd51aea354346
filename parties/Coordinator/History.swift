import ArgumentParser
import Coordination
import Foundation
import Jobs
import Support

/// `colonnade status`: jobs that this coordinator started.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List jobs, or show one.")

    @Argument(help: "A job's id, or its beginning.")
    var id: String?

    @OptionGroup var coordinator: CoordinatorFolder

    func run() throws {
        try exiting {
            let records = JobRecords(coordinatorFolder: coordinator.folder)
            guard let id else {
                for record in try records.all() {
                    print("\(record.id)  \(record.standing)  \(record.name)  \(describe(record.updated))")
                }
                return
            }
            let record = try records.require(id)
            print("\(record.id)  \(record.standing)  \(record.name)")
            print("  started \(describe(record.started)), last heard of \(describe(record.updated))")
            if let process = record.process, !record.hasEnded {
                print("  process \(process)\(record.isCoordinated ? "" : ", which has ended")")
            }
            for (party, place) in (record.waiting ?? [:]).sorted(by: { $0.key < $1.key }) {
                print("  \(party): waiting \(place.text)")
            }
            for (party, progress) in record.progress.sorted(by: { $0.key < $1.key }) {
                print(
                    "  \(party): \(progress.stage.rawValue) \(progress.done)/\(progress.of), \(Report.size(progress.bytes)) sent"
                )
            }
        }
    }

    private func describe(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}

/// `colonnade why`: what became of a job, and what to do.
struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a job did not begin, or failed, and what to do next.",
        discussion: "It repeats what the command said then: party, step, cause, and who has to do what.")

    @Argument(help: "The job's id or hash, or its beginning; of several attempts, the latest.")
    var id: String

    @OptionGroup var coordinator: CoordinatorFolder

    func run() throws {
        try exiting {
            let record = try JobRecords(coordinatorFolder: coordinator.folder).require(id)
            switch record.state {
            case .hindered(let hindrance):
                print("\(record.id) is \(hindrance.kind): \(hindrance.text)")
                if record.effective != nil { print(resume(record, "proposes the same job again")) }
            case .queued, .running: explainUnended(record)
            case .done: print("\(record.id) did not fail")
            case .resumed(let next): print("\(record.id) was stopped with this coordinator; it went on as \(next)")
            case .failed(let failure) where failure.isCancellation:
                print(
                    "\(record.id) was cancelled at \(failure.party) by its operator; ask there before it is run again")
                print(resume(record, "goes on from the last checkpoint"))
            case .failed(let failure):
                print("\(record.id) failed: \(failure.cause)")
                print("next: \(failure.remedy)")
                if failure.isResumable { print(resume(record, "goes on from the last checkpoint")) }
            }
        }
    }

    private func explainUnended(_ record: JobRecord) {
        for (party, place) in (record.waiting ?? [:]).sorted(by: { $0.key < $1.key }) {
            print("\(record.id) waits at \(party), \(place.text)")
        }
        switch record.process {
        case nil: print("\(record.id) has not ended, or this coordinator was stopped before it did. If it was:")
        case let process? where record.isCoordinated:
            print("\(record.id) has not ended: process \(process) coordinates it. If that is stopped:")
        case let process?:
            let position = record.position.map { " at \($0)" } ?? ""
            print("\(record.id) failed: coordinator: its process \(process) was killed\(position)")
            print("next: nothing has to be put right at the parties; then resume the job")
        }
        print(resume(record, "goes on from the last checkpoint"))
    }

    private func resume(_ record: JobRecord, _ what: String) -> String {
        "colonnade resume \(record.id) --coordinator \(coordinator.folder)  \(what)"
    }
}

extension JobRecord {
    /// Whether the process that coordinates it is still there.
    var isCoordinated: Bool {
        // Its number may be another program's by now.
        guard let process else { return false }
        let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
        return name?.trimmingCharacters(in: .newlines) == "colonnade"
    }

    /// How it stands, in one word.
    fileprivate var standing: String { process != nil && !hasEnded && !isCoordinated ? "stopped" : stateName }
}

extension JobRecord.Hindrance {
    /// That of the command which met with it.
    var exitStatus: ExitStatus {
        switch kind {
        case "refused", "pending": .refused
        case "unfit": .fileWrong
        default: .failed
        }
    }
}

/// `colonnade report`: a finished job's report again.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "report", abstract: "Print a finished job's report.")

    @Argument(help: "The job's id, or its beginning.")
    var id: String

    @Flag(help: "As one JSON object.")
    var json = false

    @Option(help: "Write it, with charts, to this file as one page for a browser. A file that is there is replaced.")
    var html: String?

    @OptionGroup var coordinator: CoordinatorFolder

    func validate() throws {
        if html != nil, json { throw ValidationError("--html does not go with --json") }
    }

    func run() throws {
        try exiting {
            let record = try JobRecords(coordinatorFolder: coordinator.folder).require(id)
            guard case .done(let report) = record.state else {
                throw ValidationError("\(record.id) has no report: it is \(record.stateName)")
            }
            if let html {
                try StateFile.write(Array(report.html.utf8), to: html)
                return
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(json ? String(decoding: try encoder.encode(report), as: UTF8.self) : report.text)
        }
    }
}

extension JobRecords {
    func require(_ id: String) throws -> JobRecord {
        guard let record = try find(id) else {
            throw ValidationError(
                "no job '\(id)' in this coordinator's folder, or several begin so: colonnade status lists them (--coordinator DIR)"
            )
        }
        return record
    }
}
