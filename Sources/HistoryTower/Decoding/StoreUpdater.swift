/// What it took to bring a store of histories up to date.
public struct StoreUpdate: Hashable, Codable, Sendable {
    /// Events of entities that were not known, or not any more: computed many at once, each seeing all events in sight.
    public var built = 0
    /// New events of known entities: one by one, each seeing the share of events in sight that the store's budget allows.
    public var appended = 0
    /// Events that were there already.
    public var kept = 0
    /// Entities that were built, the rebuilt ones included.
    public var entitiesBuilt = 0
    /// Entities whose past is not what it was: forgotten and built anew.
    public var entitiesRebuilt = 0
    /// Entities whose code books were learned, by their numbers; what was learned quickly may be learned better while its owner waits.
    public var learned: [Int] = []
    /// It took so long.
    public var seconds = 0.0

    /// What is told of it: numbers of entities mean nothing elsewhere.
    private enum CodingKeys: String, CodingKey {
        case built, appended, kept, entitiesBuilt, entitiesRebuilt, seconds
    }

    /// Nothing yet.
    public init() {}

    /// Of two updates, one after the other.
    public static func + (first: StoreUpdate, second: StoreUpdate) -> StoreUpdate {
        var both = first
        both.built += second.built
        both.appended += second.appended
        both.kept += second.kept
        both.entitiesBuilt += second.entitiesBuilt
        both.entitiesRebuilt += second.entitiesRebuilt
        both.learned += second.learned
        both.seconds += second.seconds
        return both
    }
}

/// Brings entities of a store up to date, one after the other.
struct StoreUpdater<Store: EntityHistoryStore> {
    private let store: Store
    private let histories: EventHistories
    private let decoder: TowerDecoder
    private var update = StoreUpdate()

    init(_ store: Store, _ histories: EventHistories, _ decoder: TowerDecoder) {
        (self.store, self.histories, self.decoder) = (store, histories, decoder)
    }

    /// Has the store keep all events of an entity.
    ///
    /// Each chunk of events is committed by itself, so what is done stays done if a later one fails. Where the build of an entity ends
    /// before its last event, the store is told so by the fingerprint, and the next update goes on as if nothing had happened.
    ///
    /// - Parameter progress: told of events that are done; what it throws ends it.
    /// - Returns: what is kept of it.
    mutating func bringUpToDate(
        _ entity: Int, called name: [UInt8], progress: (_ done: Int) throws -> Void
    ) throws -> Store.Cache {
        let all = histories.starts[entity + 1] - histories.starts[entity]
        var (cache, chain, isBuilding) = try open(entity, called: name, of: all)
        let known = cache.count
        update.kept += known
        if known > 0 { try progress(known) }
        if isBuilding, known < all { update.entitiesBuilt += 1 }
        if cache.keysToLearn(before: all - known) > 0 { update.learned.append(entity) }
        var place = known
        while place < all {
            let next = place..<min(place + decoder.chunk, all)
            let outputs = try decoder.advance(histories, of: entity, events: next, over: cache, exact: isBuilding)
            chain.add(next, of: entity, in: histories)
            let isWhole = !isBuilding || next.upperBound == all
            try cache.commit(
                events: next.count, outputs: outputs, fingerprint: isWhole ? chain.value : chain.unfinished)
            if isBuilding { update.built += next.count } else { update.appended += next.count }
            place = next.upperBound
            try progress(next.count)
        }
        return cache
    }

    /// What is kept of an entity, if that is the beginning of its history; else of no events.
    ///
    /// - Returns: with the chain after the kept events, and whether it is still to be built.
    private mutating func open(
        _ entity: Int, called name: [UInt8], of all: Int
    ) throws -> (Store.Cache, EventChain, isBuilding: Bool) {
        var chain = EventChain()
        do {
            let cache = try store.history(of: name)
            if cache.count == 0 { return (cache, chain, true) }
            if cache.count <= all {
                chain.add(0..<cache.count, of: entity, in: histories)
                if cache.fingerprint == chain.value { return (cache, chain, false) }
                if cache.fingerprint == chain.unfinished { return (cache, chain, true) }
            }
        }
        // The cache above has gone: its entity can be forgotten.
        try store.forget(name)
        update.entitiesRebuilt += 1
        return (try store.history(of: name), EventChain(), true)
    }
}

extension StoreUpdater {
    /// What it took, and how long.
    func finished(after start: ContinuousClock.Instant) -> StoreUpdate {
        var finished = update
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        finished.seconds = Double(seconds) + Double(attoseconds) * 1e-18
        return finished
    }
}
