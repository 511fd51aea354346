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
        /// Its parties, or their policies, data or people, did not let it begin.
        case hindered(Hindrance)
        /// Also after the coordinator was stopped in the middle.
        case running
        case done(Report)
        case failed(ControlMessage.Failure)
        /// The coordinator was stopped in the middle; the job went on as another attempt, under this id.
        case resumed(as: String)
    }

    /// Why a job did not begin.
    public struct Hindrance: Codable, Hashable, Sendable {
        /// One word: `refused`, `unfit`, `pending`, `incompatible`, `unreachable`.
        public var kind: String
        /// Who and why, a sentence each.
        public var causes: [String]
        /// What people do about it.
        public var remedy: String

        /// The same as the command said that met with it.
        public var text: String { ControlError.hindrance(causes, remedy) }

        /// That of an error; `nil` where the job had begun.
        public init?(_ error: ControlError) {
            guard let kind = error.hindrance else { return nil }
            (self.kind, causes, remedy) = (kind, error.causes, error.remedy)
        }
    }

    /// The record of a job that did not begin; its id is 12 digits of the hash, without an attempt.
    ///
    /// - Parameters:
    ///   - encoded: The job as it was proposed, or, where it did not come so far, as far as it was known.
    ///   - isProposed: Whether it was proposed, so that the same can be proposed again.
    ///   - error: What stood in the way.
    /// - Returns: `nil` for an error of a job that had begun.
    public init?(_ job: Job, encoded: [UInt8], isProposed: Bool, hinderedBy error: ControlError) {
        guard let hindrance = Hindrance(error) else { return nil }
        hash = EffectiveJob.hash(of: encoded).hexadecimal
        id = String(hash.prefix(12))
        name = job.name
        effective = isProposed ? String(decoding: encoded, as: UTF8.self) : nil
        parties = job.parties
        started = time(nil)
        updated = started
        state = .hindered(hindrance)
        progress = [:]
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
        if effective == nil, case .hindered = state {
            throw RunError(.notApproved, "\(id) did not come as far as a proposal: run its job file again")
        }
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
        case .hindered, .done, .failed, .resumed: true
        }
    }

    /// Whether it has not begun.
    public var isHindered: Bool { if case .hindered = state { true } else { false } }

    /// Where the party that is furthest is, for people: `train 31/210`; `nil` while nothing was heard.
    public var position: String? {
        progress.values.max { ($0.stage.position, $0.done) < ($1.stage.position, $1.done) }.map {
            $0.stage.rawValue + ($0.of > 0 ? " \($0.done)/\($0.of)" : "")
        }
    }

    /// One word.
    public var stateName: String {
        switch state {
        case .queued: "queued"
        case .hindered(let hindrance): hindrance.kind
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
        return try names.compactMap { try read("\(folder)/\($0)") }.sorted { ($0.started, $0.id) < ($1.started, $1.id) }
    }

    /// The record of this id. Else, of the one job whose id or hash begins so, that of its latest attempt; `nil` where none, or
    /// several jobs, are called so.
    public func find(_ prefix: String) throws -> JobRecord? {
        let found = try all().filter { $0.id.hasPrefix(prefix) || $0.hash.hasPrefix(prefix) }
        if let exact = found.first(where: { $0.id == prefix }) { return exact }
        return Set(found.map(\.hash)).count == 1 ? found.last : nil
    }

    /// Removes the record of a job that did not begin, as when it is accepted now.
    ///
    /// - Parameter hash: The job's.
    public func forgetHindrance(_ hash: String) throws {
        let path = "\(folder)/\(hash.prefix(12)).json"
        if FileManager.default.fileExists(atPath: path) { try StateFile.remove(path) }
    }

    private func read(_ path: String) throws -> JobRecord? {
        // One that has just been removed is none.
        guard let bytes = try StateFile.read(path) else { return nil }
        do { return try JSONDecoder().decode(JobRecord.self, from: Data(bytes)) } catch {
            throw StateError.damaged(path: path)
        }
    }
}

extension ControlMessage.Stage {
    /// Which of all it is.
    fileprivate var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
