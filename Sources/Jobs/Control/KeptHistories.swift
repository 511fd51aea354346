internal import Histories
internal import HistoryCache
public import HistoryTower
internal import Preparation
public import Specification

/// A party's stores of one model's histories, looked after without partners and without a job: from the events that its party file names
/// now, and its half of the model.
///
/// Nothing leaves the party. While a job's prediction works with a store, it cannot be opened here, and the other way round.
public struct KeptHistories {
    /// What a store has, in numbers.
    public struct Store: Hashable, Codable, Sendable {
        /// What the party file calls the history.
        public var history: String
        /// Of the events in sight, which an event attends to.
        public var share: Double
        public var path: String
        /// Events that an event looks back at, at most.
        public var inSight: Int
        /// Of these it attends to the first ones, the most recent ones, and as many chosen ones; what the others add is estimated.
        public var first: Int
        public var recent: Int
        public var chosen: Int
        public var entities: Int
        public var events: Int
        /// Bytes of keys and values, whole pages.
        public var valueBytes: Int
        /// Bytes of keys' codes and of code books: what is searched; and of the sums by which the others are estimated.
        public var codeBytes: Int
        public var outputBytes: Int
        public var journalBytes: Int
    }

    /// What is known of one entity.
    public struct Answer: Hashable, Codable, Sendable {
        public var history: String
        public var share: Double
        /// Events of it that the party has, and of these the store.
        public var events: Int
        public var kept: Int
        /// The outputs that stand beside its last event.
        public var outputs: [Double]
        /// Where the store is up to date: what one more event takes.
        public var probe: EventProbe?
    }

    private let file: PartyFile
    private let model: String
    private let prepared: [PreparedHistory]
    private let stores: HistoryStores
    /// As the model's job says; nil where it does not.
    public let usualShare: Double?

    /// - Throws: ``RunError`` where the party has no such model, or one without histories.
    public init(_ file: PartyFile, model: String) throws {
        let half = try ModelHalf(path: ModelHalf.path(state: file.state, model: model), model: model)
        guard let prepared = half.facts.preparation.histories, !prepared.isEmpty else {
            throw RunError(.badData, "model \(model) reads no histories of \(file.name)")
        }
        (self.file, self.model, self.prepared) = (file, model, prepared)
        stores = HistoryStores(state: file.state, model: model)
        usualShare = half.facts.job.towers[file.name]?.history?.historyBudget.flatMap(Double.init)
    }

    /// The model's histories, as the party file calls them.
    public var histories: [String] { prepared.map(\.name) }

    /// Shares that are possible.
    public static let shares = Job.Limits.historyShare

    /// Builds a history's store from all events; one that was there is replaced.
    ///
    /// - Parameter progress: Events that are done, and of how many.
    /// - Throws: `HistoriesError` for events that cannot be read; `HistoryCacheError` where the store is in use, or the disk refuses it.
    public func build(
        _ history: String, share: Double, progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws -> StoreUpdate {
        let prepared = try self.prepared(history)
        // Events are read first: if that fails, what is kept stays.
        let events = try Events(prepared, file)
        try stores.remove(history, share: share)
        return try update(prepared, events, share: share, progress: progress)
    }

    /// Brings a store that is there up to date with the events of now.
    ///
    /// - Parameter progress: Events that are done, and of how many, those that were kept included.
    /// - Throws: as ``build(_:share:progress:)``; `HistoryCacheError` where there is no store.
    public func append(
        _ history: String, share: Double, progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws -> StoreUpdate {
        let prepared = try self.prepared(history)
        try demand(history, share: share)
        return try update(prepared, Events(prepared, file), share: share, progress: progress)
    }

    /// What a store says of an entity.
    ///
    /// - Returns: `nil` where the party has no event of it.
    /// - Throws: as ``append(_:share:progress:)``.
    public func query(_ history: String, share: Double, entity name: String) throws -> Answer? {
        let prepared = try self.prepared(history)
        try demand(history, share: share)
        let events = try Events(prepared, file)
        guard let entity = events.names.entity(Array(name.utf8)) else { return nil }
        let store = try stores.open(prepared, share: share)
        let key = HistoryStores.key(Array(name.utf8))
        let all = events.histories.starts[entity + 1] - events.histories.starts[entity]
        var answer = Answer(history: history, share: share, events: all, kept: 0, outputs: [], probe: nil)
        do {
            let cache = try store.cache(key)
            answer.kept = cache.count
            var outputs = [Float](repeating: 0, count: store.shape.outputs)
            if cache.count > 0 { try cache.outputs(of: cache.count - 1..<cache.count, into: &outputs) }
            answer.outputs = outputs.map(Double.init)
        }
        guard answer.kept == all else { return answer }
        answer.probe = try CachedTower(prepared.tower, over: store, tables: tables(prepared)).probe(
            events.histories, entity, called: key)
        return answer
    }

    /// The model's stores, those with other shares included.
    public func all() throws -> [Store] {
        try stores.all.filter { histories.contains($0.history) }.map { history, share in
            let store = try stores.open(prepared(history), share: share)
            let (shape, numbers) = (store.shape, store.statistics)
            return Store(
                history: history, share: share, path: stores.path(of: history, share: share), inSight: shape.events,
                first: CacheShape.sink, recent: shape.recent, chosen: shape.retrieved, entities: numbers.entities,
                events: numbers.events, valueBytes: numbers.valueBytes,
                codeBytes: numbers.codeBytes + numbers.bookBytes,
                outputBytes: numbers.outputBytes, journalBytes: numbers.journalBytes)
        }
    }
}

extension KeptHistories {
    /// One history's events as its tower sees them.
    private struct Events: Sendable {
        let histories: EventHistories
        let names: EntityNames

        init(_ prepared: PreparedHistory, _ file: PartyFile) throws {
            guard let source = file.data.histories.first(where: { $0.name == prepared.name }) else {
                throw HistoriesError.unknown(history: prepared.name, available: file.data.histories.map(\.name))
            }
            let log = try EventLog(reading: source.reading(as: prepared.encoding), in: file.space)
            (histories, names) = (try prepared.encoding.histories(log), log.entityNames)
        }

        @Sendable func key(_ entity: Int) -> [UInt8] { HistoryStores.key(names[entity]) }
    }

    private func prepared(_ history: String) throws -> PreparedHistory {
        guard let prepared = prepared.first(where: { $0.name == history }) else {
            throw RunError(
                .badData,
                "model \(model) reads no history '\(history)': it reads \(histories.joined(separator: ", "))")
        }
        return prepared
    }

    private func demand(_ history: String, share: Double) throws {
        let path = stores.path(of: history, share: share)
        guard StateFile.isThere(path) else { throw HistoryCacheError.missing(path: path) }
    }

    private func tables(_ prepared: PreparedHistory) throws -> OpenTables {
        try OpenTables(of: prepared.tower, in: file.space.kept, memory: Self.tableMemory)
    }

    /// Of tables of fields with very many codes.
    private static let tableMemory = 64 << 20

    private func update(
        _ prepared: PreparedHistory, _ events: Events, share: Double, progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws -> StoreUpdate {
        let store = try stores.open(prepared, share: share)
        let update = try StoreUpdating(
            tower: prepared.tower, store: store, events: events.histories, tables: tables(prepared), key: events.key
        ).update(Array(0..<events.histories.entities), progress: progress)
        try store.synchronise()
        return update
    }
}
