public import Arithmetic

/// What a tower makes of what rows know, out of a store of histories.
public struct CachedEncoding: Sendable {
    /// Rows x outputs, zeros where no event is known.
    public var outputs: Matrix<Double>
    /// What it took to bring the store up to date.
    public var update: StoreUpdate
    /// How far the outputs are from those of full attention, where that was asked for.
    public var drift: Drift?
}

extension HistoryTower {
    /// Brings a store of histories up to date: ``CachedTower/update(with:entities:names:progress:)`` of a ``CachedTower`` for this once.
    ///
    /// - Throws: as ``CachedTower/init(_:over:tables:)`` and that.
    @discardableResult
    public func update(
        _ store: some EntityHistoryStore, with histories: EventHistories, entities: [Int]? = nil,
        names: (_ entity: Int) -> [UInt8], tables: OpenTables? = nil,
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> StoreUpdate {
        try CachedTower(self, over: store, tables: tables).update(
            with: histories, entities: entities, names: names, progress: progress)
    }

    /// What the tower makes of what rows know, out of a store: ``CachedTower/encode(_:_:names:drift:progress:)`` of a ``CachedTower`` for
    /// this once.
    ///
    /// - Throws: as ``CachedTower/init(_:over:tables:)`` and that.
    public func encode(
        _ histories: EventHistories, _ readouts: [Readout], over store: some EntityHistoryStore,
        names: (_ entity: Int) -> [UInt8], tables: OpenTables? = nil, drift sample: DriftSample? = nil,
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> CachedEncoding {
        try CachedTower(self, over: store, tables: tables).encode(
            histories, readouts, names: names, drift: sample, progress: progress)
    }
}
