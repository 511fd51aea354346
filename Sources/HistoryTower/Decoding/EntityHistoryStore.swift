public import HistoryCache

/// What a store keeps of one entity's history, as a tower's front uses it: keys and values through ``EventAttention``, and beside each
/// event what came out of the tower after it. One thread at a time.
///
/// What was attended to but not committed counts for nothing: it is attended to again.
public protocol EntityHistoryCache: EventAttention {
    /// Events that are kept.
    var count: Int { get }
    /// 32 bytes that were given with the last of them; of any value where there are none.
    var fingerprint: [UInt8] { get }

    /// The keys from which code books are going to be learned, if so many events follow; 0 where none are.
    func keysToLearn(before events: Int) -> Int

    /// Keeps the events that were just attended to in every layer, all of them or none.
    ///
    /// - Parameters:
    ///   - outputs: events x the tower's outputs.
    ///   - fingerprint: 32 bytes that stand for all events up to these.
    func commit(events: Int, outputs: UnsafePointer<Float>, fingerprint: [UInt8]) throws

    /// Copies what came out after some kept events.
    ///
    /// - Parameter target: events x the tower's outputs.
    func outputs(of events: Range<Int>, into target: UnsafeMutablePointer<Float>) throws
}

extension EntityHistoryCache {
    /// Of one that has no code books.
    public func keysToLearn(before events: Int) -> Int { 0 }
}

/// A store of histories, as a tower's front uses it.
public protocol EntityHistoryStore<Cache> {
    /// What it keeps of an entity.
    associatedtype Cache: EntityHistoryCache

    /// The ``HistoryTower/modelHash`` of the tower whose histories it keeps.
    var model: String { get }

    /// Whether layers, heads, width and outputs are those of a tower.
    func fits(_ shape: HistoryShape) -> Bool

    /// What is kept of an entity, of no events where nothing is known of it. One at a time: it is in use until it goes.
    func history(of entity: [UInt8]) throws -> Cache

    /// Forgets an entity that is not in use.
    func forget(_ entity: [UInt8]) throws
}
