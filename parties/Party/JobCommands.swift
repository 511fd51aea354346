import ArgumentParser
import Coordination
import Foundation
import Jobs
import Link
import Support

/// `colonnade-party jobs`: what runs here, waits, and was.
struct JobList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List the jobs that run here, that wait, and that have ended.",
        discussion: """
            One line an attempt, oldest first: its id, state, name, your part, your partners, the stage that it is in or ended in, \
            since when it is in its state (UTC), the memory and cores that it has, and why it ended, if not well. States: queued; \
            ready (waiting for your partners only); running; done; failed; cancelled; interrupted (your own process ended before it).
            """)

    @Argument(help: "Your party.yaml.")
    var file: String

    @Flag(help: "Only those that have not ended.")
    var active = false

    @Flag(help: "Print one JSON array.")
    var json = false

    func run() throws {
        try exiting {
            let state = try PartyFile(path: file).state
            let isServed = StateLock.isHeld(folder: state)
            let jobs = try PartyJobs(state: state).all().map { job in
                var job = job
                // Its process was killed, and has not been started since.
                if !isServed, !job.state.hasEnded { job.state = .interrupted }
                return job
            }.filter { !active || !$0.state.hasEnded }
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(jobs), as: UTF8.self))
            } else {
                for job in jobs { print(job.text) }
            }
        }
    }
}

/// `colonnade-party cancel`: ends a job at all of its parties.
struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a job that runs or waits here, at all of its parties.",
        discussion: """
            All of them, and the coordinator, are told that it was cancelled here by its operator. What was booked in ledgers stays \
            booked. The coordinator can go on with the job ('colonnade resume'), unless you deny it too ('colonnade-party deny').
            """)

    /// How long a job may take to end, in seconds: it does so at its next message.
    private static let patience = 60.0

    @Argument(help: "Your party.yaml.")
    var file: String

    @Argument(help: "The job's id, or its beginning, as 'colonnade-party jobs' shows it.")
    var id: String

    func run() throws {
        try exiting {
            let file = try PartyFile(path: file)
            let jobs = try PartyJobs(state: file.state)
            guard let job = try jobs.find(id) else {
                throw ValidationError(
                    "no job '\(id)' is known to \(file.name), or several begin so: colonnade-party jobs \(self.file)")
            }
            guard !job.state.hasEnded else {
                throw ValidationError("job \(job.id) has ended: it is \(job.state.rawValue)")
            }
            guard StateLock.isHeld(folder: file.state) else {
                throw StateError.unreadable(
                    path: file.state,
                    problem: "no process of \(file.name) serves, so that job \(job.id) has ended with it")
            }
            // Before it holds: what a person did is in the log.
            try DecisionLog(state: file.state).append(
                .init(job: job.hash, name: job.name, .cancelled, by: NSUserName(), under: file.policy))
            try jobs.requestCancellation(of: job)
            let deadline = ContinuousClock.now + .seconds(Self.patience)
            while let now = try jobs.find(job.id), ContinuousClock.now < deadline {
                if now.state.hasEnded {
                    print("\(now.id) is \(now.state.rawValue)")
                    return
                }
                usleep(100_000)
            }
            throw StateError.unreadable(
                path: file.state,
                problem: "job \(job.id) has not ended within \(Int(Self.patience)) s; it will at its next message")
        }
    }
}

/// `colonnade-party purge`: removes what ended jobs left.
struct Purge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove what ended jobs left in your state folder.",
        discussion: """
            Checkpoints, alignments, scores, statistics of your columns and the list's entry of a job, or of all that were last \
            written so long ago; transcripts and private views only with --transcripts, a model only by its name with --model. \
            Never ledgers, decisions, numbers of attempts, or what a job uses that runs or waits. Without checkpoints a job begins \
            anew when it is resumed; without alignments nothing can reuse them.
            """)

    @Argument(help: "Your party.yaml.")
    var file: String

    @Argument(help: "A job's id, or its beginning of 8 digits at least.")
    var id: String?

    @Option(help: "All that was last written so many days ago, such as 90d.")
    var olderThan: String?

    @Flag(help: "Transcripts and private views too: nobody can audit the job afterwards.")
    var transcripts = false

    @Option(help: "This model's half, too, which nobody can make again; may stand several times.")
    var model: [String] = []

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    func validate() throws {
        if id != nil, olderThan != nil { throw ValidationError("either a job's id or --older-than") }
        if id == nil, olderThan == nil, model.isEmpty {
            throw ValidationError("what is to be removed? A job's id, --older-than 90d, or --model NAME")
        }
        if let id, id.utf8.count < 8 { throw ValidationError("'\(id)' is too short: give 8 digits of the job's id") }
        if let olderThan, Retention.days(olderThan) == nil {
            throw ValidationError("--older-than takes a number of days such as 90d, not '\(olderThan)'")
        }
    }

    func run() throws {
        try exiting {
            let file = try PartyFile(path: file)
            let leftovers = Leftovers(file)
            if let id, try leftovers.isActive(id) {
                throw ValidationError(
                    "job \(id) runs or waits here: wait for its end, or end it (colonnade-party cancel \(self.file) \(id))"
                )
            }
            var choices: [Leftovers.Choice] = id.map { [.job($0)] } ?? []
            if let days = olderThan.flatMap(Retention.days) { choices.append(.olderThan(days: days)) }
            let kinds = Set(Leftover.Kind.allCases).subtracting(transcripts ? [] : [.transcripts])
            var removed: [(path: String, bytes: Int)] = []
            for choice in choices {
                removed += try leftovers.remove(choice, kinds: kinds, isDry: dryRun).map { ($0.path, $0.bytes) }
            }
            for name in model { removed.append(try leftovers.removeModel(name, isDry: dryRun)) }
            for (path, bytes) in removed {
                print("\(dryRun ? "would remove" : "removed")  \(path)  \(ByteCount.text(bytes))")
            }
            let all = ByteCount.text(removed.reduce(0) { $0 + $1.bytes })
            say(removed.isEmpty ? "nothing to remove" : "\(removed.count) files and folders, \(all)")
        }
    }
}
