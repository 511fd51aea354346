package import HistoryCache
internal import Kernels

/// A tower's blocks over keys and values that somebody keeps: new events of a history are computed without those before them.
///
/// Many events at once go through products of matrices, a few one by one through products with a vector. Its memory is the parameters and
/// some rows for each event of a chunk, whatever a history's length. Used by one thread at a time.
package final class TowerDecoder {
    /// The most events that are computed at once.
    package let chunk: Int

    private let shape: HistoryShape
    private let schema: EventSchema
    private let entrance: DecoderEntrance
    private let parameters: DecoderParameters
    private let blocks: [DecoderParameters.Block]
    private let final: DecoderParameters.Norm
    private let code: DecoderParameters.Product

    /// What goes through the blocks: chunk x width.
    private let stream: FloatMemory
    /// What is added to it, and what is made of it on the way: chunk x width, and x 4 width.
    private let narrow: FloatMemory
    private let wide: FloatMemory
    private let statistics: FloatMemory
    private let scratch: FloatMemory
    private let outputs: FloatMemory

    /// Up to so many events, going one by one is faster than a block of ``Linear/rowBlock`` rows.
    private static let few = 32

    /// - Parameters:
    ///   - tables: of this tower's large fields, opened; none where it has none. Traps on those of another tower.
    ///   - chunk: the most events that are computed at once.
    /// - Throws: ``HistoryTowerError/unlearned(_:)``.
    package init(_ tower: HistoryTower, tables: OpenTables?, chunk: Int = 512) throws(HistoryTowerError) {
        precondition(chunk > 0, "an event at once at least")
        try tower.demandTables()
        precondition((tables?.tables ?? []) == tower.tables, "tables of this tower")
        (shape, schema, self.chunk) = (tower.shape, tower.schema, chunk)
        let (width, parameters) = (shape.width, DecoderParameters(tower))
        self.parameters = parameters
        entrance = DecoderEntrance(schema, parameters, tables, width: width, chunk: chunk)
        blocks = (0..<shape.layers).map { DecoderParameters.Block($0, parameters, width: width) }
        final = parameters.norm("final", columns: width)
        code = parameters.product("code")
        stream = FloatMemory(count: chunk * width)
        narrow = FloatMemory(count: chunk * width)
        wide = FloatMemory(count: chunk * 4 * width)
        statistics = FloatMemory(count: chunk * LayerNorm.statisticsPerRow)
        outputs = FloatMemory(count: chunk * shape.outputs)
        let products = blocks.flatMap(\.products) + [code] + entrance.products
        scratch = FloatMemory(count: products.reduce(0) { max($0, $1.scratchCount) })
    }

    /// Computes the next events of a history; whoever keeps keys and values still has to be told to keep them for good.
    ///
    /// The first event of a history has no time before it, as in a window of ``HistoryTower/encode(_:_:budget:tables:progress:)``.
    ///
    /// - Parameters:
    ///   - entity: whose history.
    ///   - events: 1 to ``chunk`` of its events, counted from its first: those after the ones that are kept.
    ///   - exact: whether they see all events in sight, and go through products of matrices where there are enough of them. Otherwise each
    ///     sees a share, and its bits do not depend on how many are computed at once.
    /// - Returns: what comes out after each of them, events x ``HistoryShape/outputs``; until the next call.
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``, and what the attention throws.
    package func advance(
        _ histories: EventHistories, of entity: Int, events: Range<Int>, over kept: some EventAttention, exact: Bool
    ) throws -> UnsafePointer<Float> {
        precondition(histories.schema == schema, "histories of this tower")
        precondition((1...chunk).contains(events.count), "a chunk of events")
        let start = histories.starts[entity]
        precondition(events.lowerBound >= 0 && start + events.upperBound <= histories.starts[entity + 1], "its events")
        let rows = Rows(count: events.count, isRowByRow: !exact || events.count <= Self.few, scratch: scratch.start)
        try entrance.enter(
            histories, start + events.lowerBound..<start + events.upperBound, isFirst: events.lowerBound == 0, rows,
            into: stream.start, beside: narrow.start)
        for (layer, block) in blocks.enumerated() {
            rows.normalise(block.norm1, stream.start, into: narrow.start, statistics.start)
            rows.multiply(block.qkv, narrow.start, into: wide.start)
            try kept.attend(layer: layer, wide.start, events: rows.count, into: narrow.start, exact: exact)
            rows.multiply(block.projection, narrow.start, into: wide.start)
            rows.add(wide.start, to: stream.start, columns: shape.width)
            rows.normalise(block.norm2, stream.start, into: narrow.start, statistics.start)
            rows.multiply(block.expand, narrow.start, into: wide.start)
            Gelu.forward(wide.start, into: wide.start, rows: 0..<rows.count, columns: 4 * shape.width)
            rows.multiply(block.contract, wide.start, into: narrow.start)
            rows.add(narrow.start, to: stream.start, columns: shape.width)
        }
        rows.normalise(final, stream.start, into: narrow.start, statistics.start)
        rows.multiply(code, narrow.start, into: outputs.start)
        return UnsafePointer(outputs.start)
    }
}

/// How the rows of a chunk are computed.
struct Rows {
    let count: Int
    /// Whether products are of one row at a time.
    let isRowByRow: Bool
    let scratch: OutputSlice

    func multiply(_ product: DecoderParameters.Product, _ x: InputSlice, into y: OutputSlice) {
        if isRowByRow {
            product.linear.forwardRowByRow(
                x, weights: product.weights, bias: product.bias, into: y, rows: 0..<count)
        } else {
            product.linear.forward(
                x, weights: product.weights, bias: product.bias, into: y, rows: 0..<count, scratch: scratch)
        }
    }

    func normalise(
        _ norm: DecoderParameters.Norm, _ x: InputSlice, into y: OutputSlice, _ statistics: OutputSlice
    ) {
        norm.kernel.forward(x, gain: norm.gain, bias: norm.bias, into: y, statistics: statistics, rows: 0..<count)
    }

    func add(_ x: InputSlice, to y: OutputSlice, columns: Int) {
        Residual.forward(y, x, into: y, rows: 0..<count, columns: columns)
    }
}
