public import Specification

/// The models of which a party has halves: a table in a SQLite file beside them. What counts is the halves: a model whose half is gone is
/// not listed, one that the table does not have is read from its half, and a table that is deleted is made anew of them all, without
/// what halves do not say.
///
/// A build without SQLite keeps no table, and reads the halves every time.
public struct ModelRegistry {
    private let state: String
    private let party: Party

    /// - Parameter state: The party's state folder.
    public init(state: String, party: Party) { (self.state, self.party) = (state, party) }

    /// All models, by job name and version.
    ///
    /// - Throws: `StateError` where the table, or a half that it lacks, cannot be read; ``RunError`` where such a half does not
    ///   compute what it did.
    public func entries() throws -> [ModelEntry] {
        let halves = try Set(halves())
        #if SQLite
        let table = try ModelTable(path: path)
        try table.change { try add(missing(from: table.entries(), halves), to: table) }
        let entries = try table.entries().filter { halves.contains($0.name) }
        #else
        let entries = try numbered(missing(from: [], halves), after: [])
        #endif
        return entries.sorted { ($0.job, $0.version) < ($1.job, $1.version) }
    }

    /// Adds a model whose half has just been kept, with what its party knows of it.
    func add(_ entry: ModelEntry) throws {
        #if SQLite
        let table = try ModelTable(path: path)
        try table.change {
            // Those before it have lower versions.
            try add(missing(from: table.entries(), Set(halves()).subtracting([entry.name])), to: table)
            // Who lists models at this moment may have read the half already.
            if let known = try table.entries().first(where: { $0.name == entry.name }) {
                var entry = entry
                entry.version = known.version
                try table.insert(entry)
            } else {
                try add([entry], to: table)
            }
        }
        #endif
    }

    #if SQLite
    private var path: String { state + "/models.db" }

    private func add(_ entries: [ModelEntry], to table: ModelTable) throws {
        for entry in try numbered(entries, after: table.entries()) { try table.insert(entry) }
    }
    #endif

    /// Names of the halves in the state folder.
    private func halves() throws -> [String] {
        let folder = state + "/models"
        try StateFile.makeFolder(folder)
        return try StateFile.names(in: folder).filter { $0.hasSuffix(".model") }.map { String($0.dropLast(6)) }
            .filter(ModelHalf.isName)
    }

    /// Those that a table lacks, in the order in which they were trained.
    private func missing(from entries: [ModelEntry], _ halves: Set<String>) throws -> [ModelEntry] {
        try halves.subtracting(entries.map(\.name)).map {
            try ModelEntry(halfOf: $0, state: state, party: party)
        }.sorted { ($0.trained, $0.name) < ($1.trained, $1.name) }
    }

    /// With versions that go on from those of other entries.
    private func numbered(_ entries: [ModelEntry], after others: [ModelEntry]) -> [ModelEntry] {
        var last = Dictionary(others.map { ($0.job, $0.version) }, uniquingKeysWith: max)
        return entries.map { entry in
            var entry = entry
            entry.version = last[entry.job, default: 0] + 1
            last[entry.job] = entry.version
            return entry
        }
    }
}
