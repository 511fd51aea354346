public import Coordination
internal import FoundationEssentials
internal import Glibc
public import Specification

/// One attempt at a job, as its party knows it: what `colonnade-party jobs` lists.
public struct PartyJob: Codable, Hashable, Sendable {
    /// 12 digits of the job's hash, and the attempt.
    public var id: String
    /// What identifies the job, in hex.
    public var hash: String
    /// What the job calls itself.
    public var name: String
    /// This party's part: `label` or `feature`.
    public var role: String
    /// The other parties.
    public var partners: [Party]
    public var state: State
    /// Since when, in seconds since 1970.
    public var since: Int
    /// When it came in, likewise.
    public var entered: Int
    /// Where it is, while it runs, or was when it ended; `nil` before it began.
    public var progress: ControlMessage.Progress?
    /// Memory that it is estimated to take, in bytes.
    public var memory: Int
    /// Cores that it has, while it runs.
    public var cores: Int?
    /// Why it did not end well.
    public var failure: ControlMessage.Failure?

    public enum State: String, Codable, Sendable {
        /// It waits for those before it.
        case queued
        /// A place is kept here, until the other parties have one.
        case ready
        case running
        case done, failed
        /// Somebody ended it: here, at a partner, or its coordinator.
        case cancelled
        /// The process ended before it.
        case interrupted

        /// Whether there is nothing more to come.
        public var hasEnded: Bool {
            switch self {
            case .queued, .ready, .running: false
            case .done, .failed, .cancelled, .interrupted: true
            }
        }
    }

    init(_ job: Job, hash: String, attempt: Int, at party: Party, memory: Int) {
        id = "\(hash.prefix(12))-\(attempt)"
        (self.hash, name, self.memory) = (hash, job.name, memory)
        role = (job.member(party)?.role ?? .feature).rawValue
        partners = job.parties.filter { $0 != party }
        state = .queued
        entered = time(nil)
        since = entered
    }

    mutating func turn(_ state: State, _ failure: ControlMessage.Failure? = nil) {
        (self.state, self.failure, since) = (state, failure, time(nil))
        if state.hasEnded { cores = nil }
    }

    /// A line for people.
    public var text: String {
        var words = [id, state.rawValue, name, role, "with \(partners.map(\.name).joined(separator: ", "))"]
        if let progress {
            words.append(progress.stage.rawValue + (progress.of > 0 ? " \(progress.done)/\(progress.of)" : ""))
        }
        words.append("since \(Date(timeIntervalSince1970: Double(since)).ISO8601Format())")
        if !state.hasEnded { words.append("about \(ByteCount.text(memory))") }
        if let cores { words.append("\(cores) \(cores == 1 ? "core" : "cores")") }
        if let failure { words.append("\(ControlError.failed(failure))") }
        return words.joined(separator: "  ")
    }
}

/// The attempts that a party knows: in its state folder, one file each, written by the process that serves. Other programs read them there,
/// and leave a file where one is to be cancelled.
public struct PartyJobs: Sendable {
    let folder: String

    /// Opens the folder, and makes it where it is not there.
    public init(state: String) throws(StateError) {
        folder = state + "/runs"
        try StateFile.makeFolder(folder)
    }

    /// All of them, by when they came in.
    public func all() throws -> [PartyJob] {
        try StateFile.names(in: folder).filter { $0.hasSuffix(".json") }.compactMap { name in
            // One that has just been removed is none.
            guard let bytes = try StateFile.read("\(folder)/\(name)") else { return nil }
            do { return try JSONDecoder().decode(PartyJob.self, from: Data(bytes)) } catch {
                throw StateError.damaged(path: "\(folder)/\(name)")
            }
        }.sorted { ($0.entered, $0.id) < ($1.entered, $1.id) }
    }

    /// The one whose id begins so; `nil` where none or several do.
    public func find(_ prefix: String) throws -> PartyJob? {
        let found = try all().filter { $0.id.hasPrefix(prefix) || $0.hash == prefix }
        return found.first { $0.id == prefix } ?? (found.count == 1 ? found[0] : nil)
    }

    func save(_ job: PartyJob) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try StateFile.write([UInt8](encoder.encode(job)), to: path(job.id, "json"))
    }

    /// Says of those that a process left behind when it ended that they were interrupted. To be called by the process that serves.
    func settleInterrupted() throws {
        for var job in try all() where !job.state.hasEnded {
            job.turn(.interrupted)
            try save(job)
        }
        for name in try StateFile.names(in: folder) where name.hasSuffix(".cancel") {
            try StateFile.remove("\(folder)/\(name)")
        }
    }

    // MARK: - Cancelling

    /// Asks the process that serves to give a job up.
    public func requestCancellation(of job: PartyJob) throws(StateError) {
        try StateFile.write([], to: path(job.id, "cancel"))
    }

    func isToBeCancelled(_ id: String) -> Bool { access(path(id, "cancel"), F_OK) == 0 }

    func forgetCancellation(of id: String) { unlink(path(id, "cancel")) }

    private func path(_ id: String, _ ending: String) -> String { "\(folder)/\(id).\(ending)" }
}
