public import HistoryCache

extension HistoryStore: EntityHistoryStore {
    public func fits(_ tower: HistoryShape) -> Bool {
        shape.layers == tower.layers && shape.heads == tower.heads && shape.queriesPerHead == 1
            && shape.heads * shape.dimension == tower.width && shape.outputs == tower.outputs
    }

    public func history(of entity: [UInt8]) throws(HistoryCacheError) -> EntityCache { try cache(entity) }

    public func forget(_ entity: [UInt8]) throws(HistoryCacheError) { try remove(entity) }
}

extension EntityCache: EntityHistoryCache {}

extension HistoryTower {
    /// What a store keeps of this tower's events, of which those not attended to are estimated; ``CacheShape/problems`` says whether it
    /// can be.
    ///
    /// - Parameters:
    ///   - events: the most events that an event looks back at; it need not be ``HistoryShape/events``, of which windows are made.
    ///   - budget: the share of them that is attended to.
    ///   - subspaces: parts that a key is cut into for its code; they divide the dimension of a head. Nil: one for every 8 elements.
    ///   - bits: of a part's code.
    public func cacheShape(events: Int, budget: Double, subspaces: Int? = nil, bits: Int = 6) -> CacheShape {
        CacheShape(
            layers: shape.layers, heads: shape.heads, dimension: shape.width / shape.heads, outputs: shape.outputs,
            events: events, budget: budget, rest: .estimated, subspaces: subspaces, bits: bits)
    }
}
