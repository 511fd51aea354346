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
                    print("\(record.id)  \(record.stateName)  \(record.name)  \(describe(record.updated))")
                }
                return
            }
            let record = try records.require(id)
            print("\(record.id)  \(record.stateName)  \(record.name)")
            print("  started \(describe(record.started)), last heard of \(describe(record.updated))")
            if let process = record.process, !record.hasEnded {
                print("  process \(process)\(kill(pid_t(process), 0) == 0 ? "" : ", which has ended")")
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

/// `colonnade why`: how a job failed, and what to do.
struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say why a job failed.")

    @Argument(help: "The job's id, or its beginning.")
    var id: String

    @OptionGroup var coordinator: CoordinatorFolder

    func run() throws {
        try exiting {
            let record = try JobRecords(coordinatorFolder: coordinator.folder).require(id)
            switch record.state {
            case .queued, .running:
                for (party, place) in (record.waiting ?? [:]).sorted(by: { $0.key < $1.key }) {
                    print("\(record.id) waits at \(party), \(place.text)")
                }
                print("\(record.id) has not ended, or this coordinator was stopped before it did. If it was:")
                print("colonnade resume \(record.id) --coordinator \(coordinator.folder)")
            case .done: print("\(record.id) did not fail")
            case .resumed(let next): print("\(record.id) was stopped with this coordinator; it went on as \(next)")
            case .failed(let failure) where failure.isCancellation:
                print(
                    "\(record.id) was cancelled at \(failure.party) by its operator; ask there before it is run again")
                print(
                    "colonnade resume \(record.id) --coordinator \(coordinator.folder)  goes on from the last checkpoint"
                )
            case .failed(let failure):
                print("\(record.id) failed at \(failure.party), step '\(failure.step)': \(failure.reason)")
                if let detail = failure.detail { print(detail) }
                if !failure.isRefusal {
                    print(
                        "colonnade resume \(record.id) --coordinator \(coordinator.folder)  goes on from the last checkpoint"
                    )
                }
            }
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
                "no job '\(id)' in this coordinator's folder, or several begin so (see colonnade status; --coordinator DIR)"
            )
        }
        return record
    }
}
