internal import ProductQuantisation

/// Memory that attention works in; a store keeps it for the next cache.
///
/// Unchecked: it is with one cache, or with none.
final class Scratch: @unchecked Sendable {
    /// Addresses of events' rows.
    let rows: UnsafeMutablePointer<UnsafePointer<Float>>
    /// Scores of the events that are attended to, or of a tile.
    let scores: UnsafeMutablePointer<Float>
    /// Scores of the events that are chosen from: of one query head, and their sum over a group.
    let found: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Float>
    /// Keys and values of a span and head, as they are written.
    let pairs: UnsafeMutablePointer<Float>
    let table: UnsafeMutablePointer<Float>
    /// What choosing needs.
    let ranks: UnsafeMutablePointer<Float>
    /// Addresses of the sums of spans' values, their weights, and the sum of these.
    let sumRows: UnsafeMutablePointer<UnsafePointer<Float>>
    let sumWeights: UnsafeMutablePointer<Float>
    let others: UnsafeMutablePointer<Float>
    /// Places of chosen events.
    let chosen: UnsafeMutablePointer<UInt32>

    init(_ shape: CacheShape) {
        // Two spans in part are listed event by event.
        let visible = CacheShape.sink + shape.events + 1 + 2 * CacheShape.span
        let spans = shape.events / CacheShape.span + 1
        rows = .allocate(capacity: visible)
        scores = .allocate(capacity: max(visible, TiledAttention.scratchCount))
        found = .allocate(capacity: shape.events)
        sums = .allocate(capacity: shape.events)
        pairs = .allocate(capacity: shape.headFloats)
        table = .allocate(capacity: shape.quantised.tableCount)
        ranks = .allocate(capacity: TopK.scratchCount(shape.events))
        sumRows = .allocate(capacity: spans)
        sumWeights = .allocate(capacity: spans)
        others = .allocate(capacity: shape.dimension)
        chosen = .allocate(capacity: max(1, shape.retrieved))
    }

    deinit {
        for list in [rows, sumRows] { list.deallocate() }
        chosen.deallocate()
        for memory in [scores, found, sums, pairs, table, ranks, sumWeights, others] { memory.deallocate() }
    }
}
