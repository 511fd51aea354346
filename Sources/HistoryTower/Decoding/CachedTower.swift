internal import Arithmetic

/// A tower over a store of histories, which answers from what the store keeps and computes new events alone.
///
/// Made once for many calls: making it reads all parameters. Its memory is the parameters and some rows for each of the 512 events that
/// are computed at once, whatever a history's length. Used by one thread at a time.
public final class CachedTower<Store: EntityHistoryStore> {
    let tower: HistoryTower
    let store: Store
    private let tables: OpenTables?
    let decoder: TowerDecoder

    /// - Parameters:
    ///   - store: of this tower: traps on another model's, or of other sizes.
    ///   - tables: of this tower's large fields, opened; none where it has none. Traps on those of another tower.
    /// - Throws: ``HistoryTowerError/unlearned(_:)``.
    public init(_ tower: HistoryTower, over store: Store, tables: OpenTables? = nil) throws(HistoryTowerError) {
        decoder = try TowerDecoder(tower, tables: tables)
        precondition(store.model == tower.modelHash && store.fits(tower.shape), "a store of this tower's histories")
        (self.tower, self.store, self.tables) = (tower, store, tables)
    }

    /// Brings the store up to date.
    ///
    /// Entities that the store does not know are built, many events at once and each seeing all events in sight; known ones get their new
    /// events one by one, within the store's budget. An entity whose past is not what it was, or of which fewer events are given than are
    /// kept, is forgotten and built anew.
    ///
    /// - Parameters:
    ///   - histories: of the tower's schema, from each entity's first event on.
    ///   - entities: some of them, each once; nil for all.
    ///   - names: what the store calls an entity of these histories, each by another name.
    ///   - progress: events done, and of how many, those that were kept already included; what it throws ends the update. What is in the
    ///     store by then stays, and the next update goes on from there to the same result.
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``, and what the store and `progress` throw.
    @discardableResult
    public func update(
        with histories: EventHistories, entities: [Int]? = nil, names: (_ entity: Int) -> [UInt8],
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> StoreUpdate {
        try visit(histories, entities ?? Array(0..<histories.entities), names: names, progress: progress) { _, _ in }
    }

    /// What the tower makes of what rows know: what the store keeps of the last event that each of them knows, after all events of the
    /// entities that are read have been brought into the store, as ``update(with:entities:names:progress:)`` does.
    ///
    /// Where all that an event's budget allows is all that it sees, these are the numbers of full attention, but for the last bits.
    ///
    /// - Parameters:
    ///   - histories: of the tower's schema, from each entity's first event on.
    ///   - names: what the store calls an entity of these histories, each by another name.
    ///   - sample: of rows that are computed with full attention, too; nil: none are.
    ///   - progress: events done, and of how many, those that were kept already included; what it throws ends it.
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``, ``HistoryTowerError/budget(_:least:)`` of the sample, and what the store
    ///   and `progress` throw.
    public func encode(
        _ histories: EventHistories, _ readouts: [Readout], names: (_ entity: Int) -> [UInt8],
        drift sample: DriftSample? = nil, progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> CachedEncoding {
        let width = tower.shape.outputs
        var elements = Array(repeating: 0.0, count: readouts.count * width)
        let reading = readouts.indices.filter { readouts[$0].entity >= 0 && readouts[$0].events > 0 }
        let rows = Dictionary(grouping: reading) { readouts[$0].entity }
        var output = [Float](repeating: 0, count: width)
        let update = try visit(histories, rows.keys.sorted(), names: names, progress: progress) { entity, cache in
            for row in rows[entity] ?? [] {
                let last = readouts[row].events - 1
                precondition(last < cache.count, "a row knows events of the history")
                try cache.outputs(of: last..<last + 1, into: &output)
                for column in 0..<width { elements[row * width + column] = Double(output[column]) }
            }
        }
        let outputs = Matrix(rows: readouts.count, columns: width, elements: elements)
        let drift = try sample.map { try tower.drift(of: outputs, histories, readouts, $0, tables: tables) }
        return CachedEncoding(outputs: outputs, update: update, drift: drift)
    }

    /// Brings entities up to date, and shows what is kept of each.
    private func visit(
        _ histories: EventHistories, _ entities: [Int], names: (_ entity: Int) -> [UInt8],
        progress: (_ done: Int, _ of: Int) throws -> Void,
        _ body: (_ entity: Int, _ cache: Store.Cache) throws -> Void
    ) throws -> StoreUpdate {
        precondition(histories.schema == tower.schema, "histories of this tower")
        let start = ContinuousClock.now
        let all = entities.reduce(0) { $0 + histories.starts[$1 + 1] - histories.starts[$1] }
        var done = 0
        var updater = StoreUpdater(store, histories, decoder)
        for entity in entities {
            let cache = try updater.bringUpToDate(entity, called: names(entity)) { count in
                done += count
                try progress(done, all)
            }
            try body(entity, cache)
        }
        return updater.finished(after: start)
    }
}
