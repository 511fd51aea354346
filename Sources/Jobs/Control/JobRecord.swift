public import Coordination
internal import FoundationEssentials
internal import Glibc
public import Specification

/// What a coordinator keeps of a job, for `status`, `why` and `report`: in its folder, one file a job.
public struct JobRecord: Codable, Hashable, Sendable {
    /// The first twelve digits of the job's hash, and the attempt.
    public var id: String
    /// The job's name.
    public var name: String
    /// What identifies the job, in hex.
    public var hash: String
    /// Who takes part.
    public var parties: [Party]
    /// The columns that each party brings; `nil` in records of earlier versions.
    public var columns: [Party: [String]]?
    /// The effective job's canonical text, so that it can be resumed without its file; `nil` in records of earlier versions.
    public var effective: String?
    /// Seconds since 1970.
    public var started: Int
    /// Seconds since 1970.
    public var updated: Int
    /// How it stands.
    public var state: State
    /// What each party said last.
    public var progress: [Party: ControlMessage.Progress]
    /// Where it waits, while it is queued; `nil` in records of earlier versions.
    public var waiting: [Party: ControlMessage.Place]?
    /// The coordinator's process that goes on by itself, for `run --detach`.
    public var process: Int?

    /// How a job stands, as far as this coordinator knows.
    public enum State: Codable, Hashable, Sendable {
        /// Waiting for a place at its parties; also after the coordinator was stopped meanwhile.
        case queued
        /// Also after the coordinator was stopped in the middle.
        case running
        case done(Report)
        case failed(ControlMessage.Failure)
        /// The coordinator was stopped in the middle; the job went on as another attempt, under this id.
        case resumed(as: String)
    }

    /// The record of an attempt that begins now.
    public init(_ proposal: JobController.Proposal, attempt: Int) {
        let job = proposal.effective.job
        hash = proposal.hash
        id = "\(hash.prefix(12))-\(attempt)"
        name = job.name
        effective = String(decoding: proposal.encoded, as: UTF8.self)
        parties = job.parties
        columns = Dictionary(uniqueKeysWithValues: job.members.map { ($0.party, $0.columns ?? []) })
        started = time(nil)
        updated = started
        state = .queued
        progress = [:]
    }

    /// The job that this is the record of, to be proposed once more.
    /// - Throws: ``RunError`` where it is not known, or did not fail.
    public func job() throws -> (effective: EffectiveJob, encoded: [UInt8]) {
        if case .done = state { throw RunError(.badData, "\(id) is done: there is nothing to go on with") }
        guard let effective else {
            throw RunError(
                .versionMismatch,
                "\(id) was started by a version of this program that could not resume: run the job file again")
        }
        let encoded = Array(effective.utf8)
        return (try EffectiveJob(decoding: encoded), encoded)
    }

    /// Whether it has ended, as far as this coordinator knows.
    public var hasEnded: Bool {
        switch state {
        case .queued, .running: false
        case .done, .failed, .resumed: true
        }
    }

    /// One word.
    public var stateName: String {
        switch state {
        case .queued: "queued"
        case .running: "running"
        case .done: "done"
        case .failed: "failed"
        case .resumed: "resumed"
        }
    }
}

/// The records in a coordinator's folder.
public struct JobRecords: Sendable {
    private let folder: String

    /// Opens the folder, and makes it where it is not there.
    /// - Throws: ``StateError/unwritable(path:problem:)``.
    public init(coordinatorFolder: String) { folder = coordinatorFolder + "/jobs" }

    /// Writes a record in its place, whole or not at all.
    /// - Throws: ``StateError/unwritable(path:problem:)``.
    public func save(_ record: JobRecord) throws {
        try StateFile.makeFolder(folder)
        var record = record
        record.updated = time(nil)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try StateFile.write([UInt8](encoder.encode(record)), to: "\(folder)/\(record.id).json")
    }

    /// All records, oldest first.
    public func all() throws -> [JobRecord] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        let names = try StateFile.names(in: folder).filter { $0.hasSuffix(".json") }
        return try names.map { try read("\(folder)/\($0)") }.sorted { ($0.started, $0.id) < ($1.started, $1.id) }
    }

    /// The one record whose id begins so; `nil` where none or several do.
    public func find(_ prefix: String) throws -> JobRecord? {
        let found = try all().filter { $0.id.hasPrefix(prefix) }
        return found.count == 1 ? found[0] : nil
    }

    private func read(_ path: String) throws -> JobRecord {
        guard let bytes = try StateFile.read(path) else { throw StateError.unreadable(path: path, problem: "is gone") }
        do { return try JSONDecoder().decode(JobRecord.self, from: Data(bytes)) } catch {
            throw StateError.damaged(path: path)
        }
    }
}
