internal import Cryptography
internal import Histories
internal import HistoryCache
internal import HistoryTower

/// Where a party keeps the histories of one model: in `histories/MODEL/HISTORY-BUDGET` of its state folder a store for each of the model's
/// histories and for each share of them that was attended to.
///
/// They may be removed at any time: a prediction builds what it does not find. Who reads them learns of the party's events.
struct HistoryStores: Sendable {
    /// Of a party's stores of all models.
    static func root(state: String) -> String { state + "/histories" }

    /// Of this model's stores.
    let folder: String

    init(state: String, model: String) { folder = "\(Self.root(state: state))/\(model)" }

    /// Where a history's store lies.
    func path(of history: String, share: Double) -> String { "\(folder)/\(history)-\(share)" }

    /// Opens a history's store, or makes it.
    ///
    /// - Throws: `HistoryCacheError`: in use by another process, damaged, of another version; `StateError`.
    func open(_ history: PreparedHistory, share: Double) throws -> HistoryStore {
        try StateFile.makeFolder(folder)
        return try HistoryStore(
            creating: path(of: history.name, share: share), model: history.tower.modelHash,
            shape: history.cacheShape(share: share))
    }

    /// Removes a history's store, if there is one that nobody works with.
    func remove(_ history: String, share: Double) throws {
        let path = path(of: history, share: share)
        guard StateFile.isThere(path) else { return }
        guard !HistoryStore.isInUse(path) else { throw HistoryCacheError.inUse(path: path) }
        try StateFile.removeFolder(path)
    }

    /// Stores that are there: the history and its share.
    var all: [(history: String, share: Double)] {
        get throws {
            guard StateFile.isThere(folder) else { return [] }
            return try StateFile.names(in: folder).sorted().compactMap { name in
                guard let dash = name.lastIndex(of: "-"), let share = Double(name[name.index(after: dash)...]) else {
                    return nil
                }
                return (String(name[..<dash]), share)
            }
        }
    }

    /// What a store calls an entity: its name, or the hash of one that is longer than a store's names are.
    static func key(_ name: [UInt8]) -> [UInt8] {
        name.count <= HistoryStore.longestName ? name : SHA256.hash(name)
    }
}

extension PreparedHistory {
    /// What is kept of its events: as many as the tower looks at are in sight.
    func cacheShape(share: Double) -> CacheShape { tower.cacheShape(events: tower.shape.events, budget: share) }
}
