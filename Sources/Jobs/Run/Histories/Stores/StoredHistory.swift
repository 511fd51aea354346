internal import Arithmetic
internal import Histories
package import HistoryCache
package import HistoryTower
internal import Preparation
internal import Scratch
internal import Workers

/// One history of a party's rows after a prediction has been answered out of its store.
package struct StoredHistory: Sendable {
    let name: String
    let store: HistoryStore
    /// What it took to bring the store up to date.
    let update: StoreUpdate
    /// Entities whose code books were learned, as the store calls them.
    let learned: [[UInt8]]

    package init(name: String, store: HistoryStore, update: StoreUpdate, learned: [[UInt8]]) {
        (self.name, self.store, self.update, self.learned) = (name, store, update, learned)
    }
}

extension StoredHistory {
    /// For a report: sizes alone.
    func note(of party: String) -> String {
        let rounded = (update.seconds * 10).rounded() / 10
        let rebuilt =
            update.entitiesRebuilt > 0 ? ", \(update.entitiesRebuilt) of them anew since their past changed" : ""
        return "the tower of \(party) answered for '\(name)' out of its store: \(update.kept) events were kept, "
            + "\(update.appended) new ones came to known entities, \(update.entitiesBuilt) entities were built from "
            + "\(update.built) events\(rebuilt); \(rounded) s"
    }
}

extension TowerHistories {
    /// How predictions are answered out of stores.
    struct Keeping {
        let stores: HistoryStores
        /// Of the latest events, which an event attends to.
        let share: Double
        /// Told of each history's events that are done.
        let progress: (_ name: String, _ done: Int, _ of: Int) throws -> Void
    }

    /// All rows as encoders give them out of stores, which are brought up to date before, and to the disk.
    ///
    /// New events of known entities attend to a share of those before them; entities that the stores did not know are built with all
    /// that is in sight.
    ///
    /// - Throws: `HistoryCacheError`, `HistoryTowerError`, `StateError`, and what the progress throws.
    func stored(
        rows: Int, in space: WorkingSpace, _ keeping: Keeping
    ) throws -> (columns: PreparedMatrix, histories: [StoredHistory]) {
        var stored: [StoredHistory] = []
        let readers = try parts.map { part in
            let (tower, store) = (
                part.prepared.tower, try keeping.stores.open(part.prepared, share: keeping.share)
            )
            let tables = try part.tables.of(tower, memory: budget / 4)
            stored.append(try part.bringUpToDate(store, tables) { try keeping.progress(part.prepared.name, $0, $1) })
            return try CachedTower(tower, over: store, tables: tables)
        }
        let columns = try prepared(rows: rows, in: space) { block in
            try zip(parts, readers).map { part, cached in
                try cached.encode(part.events, Array(part.readouts[block]), names: part.key).outputs
            }
        }
        return (columns, stored)
    }
}

extension TowerHistories.Part {
    /// What a store calls an entity.
    @Sendable func key(_ entity: Int) -> [UInt8] { HistoryStores.key(names[entity]) }

    /// Has a store know all events of the entities that rows read.
    fileprivate func bringUpToDate(
        _ store: HistoryStore, _ tables: OpenTables, progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws -> StoredHistory {
        let entities = Set(readouts.lazy.filter { $0.entity >= 0 && $0.events > 0 }.map(\.entity)).sorted()
        let update = try StoreUpdating(
            tower: prepared.tower, store: store, events: events, tables: tables, key: key
        ).update(entities, progress: progress)
        if update.built + update.appended > 0 || update.entitiesRebuilt > 0 { try store.synchronise() }
        return StoredHistory(
            name: prepared.name, store: store, update: update, learned: update.learned.map(key))
    }
}
