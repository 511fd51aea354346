internal import FoundationEssentials
internal import Glibc
internal import HistoryCache
internal import HistoryTower
public import Specification

/// What a job that has ended left in its party's state folder and nothing counts on: no ledger, no attempt number, no decision, no
/// model.
public struct Leftover: Hashable, Sendable {
    /// As `retention` in a party file calls them.
    public enum Kind: String, CaseIterable, Sendable {
        /// To go on from.
        case checkpoints
        /// Common rows for `align.reuse`, what was kept for further jobs, and alignments that were not finished.
        case alignments
        /// With private views.
        case transcripts
        case scores
        /// Of this party's columns.
        case statistics
        /// That there was such a job.
        case records
        /// Stores that predictions answered out of; what is missing they build again.
        case histories
    }

    public let kind: Kind
    /// A file, or a folder with files.
    public let path: String
    /// The first 12 digits of its job's hash; `nil` where it serves several jobs.
    let job: String?
    /// Which attempt's; `nil` where it is all attempts'.
    let attempt: Int?
    /// When it was last written, in seconds since 1970.
    public let written: Int
    /// Its size.
    public let bytes: Int
}

/// All that jobs left in a state folder.
public struct Leftovers {
    private let state: String
    private let scores: String
    private let party: Party

    /// - Parameter file: Whose state folder, and folder of scores.
    public init(_ file: PartyFile) { (state, scores, party) = (file.state, file.scores, file.name) }

    /// Which leftovers are meant.
    public enum Choice: Sendable {
        /// Those of a job, or of one attempt at it, by the beginning of its id.
        case job(String)
        /// Those that were last written so many days ago.
        case olderThan(days: Int)
        /// Those that were kept for as long as they are to be.
        case expired(Retention)

        func takes(_ leftover: Leftover, now: Int) -> Bool {
            let days = (now - leftover.written) / 86_400
            switch self {
            case .olderThan(let limit): return days >= limit
            case .expired(let retention): return retention[leftover.kind].map { days >= $0 } ?? false
            case .job(let id):
                let parts = id.split(separator: "-", maxSplits: 1)
                guard let hash = parts.first, let job = leftover.job, job.hasPrefix(hash.prefix(12)) else {
                    return false
                }
                return parts.count < 2 || leftover.attempt == nil
                    || leftover.attempt.map { "\($0)" } == String(parts[1])
            }
        }
    }

    /// Removes what ended jobs left; what a job uses that is queued or runs is never taken.
    ///
    /// - Parameters:
    ///   - kinds: Which kinds of it.
    ///   - isDry: Whether nothing is removed, but told.
    /// - Returns: What was removed, or would be.
    public func remove(
        _ choice: Choice, kinds: Set<Leftover.Kind> = Set(Leftover.Kind.allCases), isDry: Bool = false
    ) throws -> [Leftover] {
        let jobs = try PartyJobs(state: state)
        // No job comes in meanwhile.
        return try StateFile.alone(in: jobs.folder) {
            let isServed = StateLock.isHeld(folder: state)
            let active = Set(
                try jobs.all().filter { isServed && !$0.state.hasEnded }.map { String($0.hash.prefix(12)) })
            let now = time(nil)
            let taken = try all().filter { leftover in
                let isFree = leftover.job.map { !active.contains($0) } ?? active.isEmpty
                return isFree && kinds.contains(leftover.kind) && choice.takes(leftover, now: now)
                    && !(leftover.kind == .histories && HistoryStore.isInUse(leftover.path))
            }
            guard !isDry else { return taken }
            for leftover in taken {
                var status = stat()
                if lstat(leftover.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                    try StateFile.removeFolder(leftover.path)
                } else {
                    try StateFile.remove(leftover.path)
                }
            }
            return taken
        }
    }

    /// Removes a model's half, which no partner can give back, and its stores of histories.
    ///
    /// - Returns: The half's path, and the size of all.
    /// - Throws: ``RunError`` where there is none of that name, or a job is there that may use it.
    public func removeModel(_ name: String, isDry: Bool = false) throws -> (path: String, bytes: Int) {
        guard ModelHalf.isName(name), case let path = try ModelHalf.path(state: state, model: name),
            let (_, size) = Self.size(path)
        else { throw RunError(.badData, "there is no model '\(name)' here: colonnade-party models lists them") }
        let jobs = try PartyJobs(state: state)
        let stores = try stores(of: name)
        try StateFile.alone(in: jobs.folder) {
            let isServed = StateLock.isHeld(folder: state)
            guard try !isServed || jobs.all().allSatisfy(\.state.hasEnded) else {
                throw RunError(.busy, "a job is here that may use model \(name): remove the model when no job runs")
            }
            if let used = stores.first(where: { HistoryStore.isInUse($0.path) }) {
                throw HistoryCacheError.inUse(path: used.path)
            }
            guard !isDry else { return }
            try StateFile.remove(path)
            for store in stores { try StateFile.removeFolder(store.path) }
            try StateFile.removeFolder(HistoryStores(state: state, model: name).folder)
        }
        return (path, stores.reduce(size) { $0 + $1.bytes })
    }

    /// Whether a job is queued or runs, by the beginning of its id.
    public func isActive(_ id: String) throws -> Bool {
        guard StateLock.isHeld(folder: state) else { return false }
        return try PartyJobs(state: state).all().contains { !$0.state.hasEnded && $0.id.hasPrefix(id) }
    }

    private func all() throws -> [Leftover] {
        try list("checkpoints", .checkpoints) { (String($0.prefix(12)), nil) }
            + tables()
            + list("alignments", .alignments) { name in
                if name.hasPrefix("rows-") { return Self.attempt(name) }
                if name.hasPrefix("kept-") { return (nil, nil) }
                return (Self.hash(name.hasSuffix(".ids") ? String(name.dropLast(4)) : name), nil)
            }
            + list("transcripts", .transcripts) { name in
                // NAME-HASH-ATTEMPT-PARTY.ending
                guard let dot = name.lastIndex(of: "."), name[..<dot].hasSuffix("-\(party)") else { return nil }
                return Self.attempt(String(name[..<dot].dropLast(party.name.count + 1)))
            }
            + list(in: scores, .scores) { $0.hasSuffix(".csv") ? Self.attempt(String($0.dropLast(4))) : nil }
            + list("statistics", .statistics) { $0.hasSuffix(".csv") ? Self.attempt(String($0.dropLast(4))) : nil }
            + list("runs", .records) { $0.hasSuffix(".json") ? Self.attempt(String($0.dropLast(5))) : nil }
            + stores()
    }

    /// Stores of histories, of all models, whether there still are such.
    private func stores() throws -> [Leftover] {
        let root = HistoryStores.root(state: state)
        guard StateFile.isThere(root) else { return [] }
        return try StateFile.names(in: root).sorted().filter(ModelHalf.isName).flatMap { try stores(of: $0) }
    }

    private func stores(of model: String) throws -> [Leftover] {
        try list(in: HistoryStores(state: state, model: model).folder, .histories) { _ in (nil, nil) }
    }

    /// Tables of towers over histories that no model names: checkpoints alone may need them.
    private func tables() throws -> [Leftover] {
        let tables = try list("tables", .checkpoints) {
            $0.hasSuffix(FieldTable.ending) || $0.hasPrefix(FieldTable.unfinished) ? (nil, nil) : nil
        }
        guard !tables.isEmpty else { return [] }
        let folder = "\(state)/models"
        try StateFile.makeFolder(folder)
        let halves = try StateFile.names(in: folder).filter { $0.hasSuffix(".model") }.map {
            String(decoding: try StateFile.read("\(folder)/\($0)") ?? [], as: UTF8.self)
        }
        return tables.filter { table in
            let name = table.path.split(separator: "/").last.map { $0.dropLast(FieldTable.ending.count) } ?? ""
            return !halves.contains { $0.contains(name) }
        }
    }

    private func list(
        _ folder: String, _ kind: Leftover.Kind, _ job: (String) -> (String?, Int?)?
    ) throws -> [Leftover] { try list(in: "\(state)/\(folder)", kind, job) }

    /// - Parameter job: What a name says of its job; `nil` for what no job left.
    private func list(
        in folder: String, _ kind: Leftover.Kind, _ job: (String) -> (String?, Int?)?
    ) throws -> [Leftover] {
        guard access(folder, F_OK) == 0 else { return [] }
        return try StateFile.names(in: folder).sorted().compactMap { name in
            guard let (hash, attempt) = job(name), let (written, bytes) = Self.size("\(folder)/\(name)") else {
                return nil
            }
            return Leftover(
                kind: kind, path: "\(folder)/\(name)", job: hash, attempt: attempt, written: written, bytes: bytes)
        }
    }

    /// `...-HASH-ATTEMPT`.
    private static func attempt(_ name: String) -> (String?, Int?)? {
        guard let dash = name.lastIndex(of: "-"), let number = Int(name[name.index(after: dash)...]),
            let hash = hash(String(name[..<dash]))
        else { return nil }
        return (hash, number)
    }

    /// `...-HASH`, or `HASH` alone.
    private static func hash(_ name: String) -> String? {
        let digits = name.suffix(12)
        let isAlone = name.utf8.count == 12 || name.dropLast(12).hasSuffix("-")
        return digits.utf8.count == 12 && isAlone && digits.allSatisfy { $0.isHexDigit } ? String(digits) : nil
    }

    /// When a file, or the last one in a folder, was written, and how much room it takes.
    private static func size(_ path: String) -> (written: Int, bytes: Int)? {
        written(path).map { ($0, StateFile.room(of: path)) }
    }

    private static func written(_ path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == S_IFDIR else { return status.st_mtim.tv_sec }
        let files = ((try? StateFile.names(in: path)) ?? []).compactMap { written(path + "/" + $0) }
        return files.reduce(status.st_mtim.tv_sec, max)
    }
}
