import CKernels
import Glibc

/// Causal attention of several heads, in tiles with an online softmax: `O = softmax(Q Kᵀ / √d) V`, each event seeing
/// itself and those before it.
///
/// FlashAttention-2 (Dao, arXiv 2307.08691, algorithms 1 and 2) on one core: no matrix of events x events exists, only
/// tiles in scratch; for the way back one log-sum-exp for each event and head is kept, and the tiles are computed
/// again. Products are sgemm on tiles; a tile ends where the last of its queries sees nothing more.
///
/// **Shapes.** Q, K and V lie in rows of ``stride`` elements, head h in columns `h d ..< (h + 1) d` from where the
/// pointer is: one product that gives rows of 3 h d elements can hold all three. O and its gradient lie in rows of
/// `heads d`; log-sum-exps in events x heads. Pointers are to row 0, the first event of one history.
///
/// **Bits.** A query's result depends on the tile it lies in, never on which tiles are computed: `rows` begin at a
/// multiple of ``queryTile`` and end at one or at the last event, and then have the same bits whatever the range. Other
/// tile sizes change the last bits.
public struct CausalAttention: Sendable {
    /// Heads.
    public let heads: Int
    /// Elements of a head.
    public let dimension: Int
    /// Elements from one row of Q, K or V to the next.
    public let stride: Int
    /// Queries of a tile.
    public let queryTile: Int
    /// Keys of a tile.
    public let keyTile: Int

    /// - Parameters:
    ///   - heads: above 0.
    ///   - dimension: above 0; 16 to 128 is what was measured.
    ///   - stride: at least `heads dimension`, which it is by default.
    ///   - queryTile: above 0.
    ///   - keyTile: above 0.
    public init(heads: Int, dimension: Int, stride: Int? = nil, queryTile: Int = 128, keyTile: Int = 256) {
        let stride = stride ?? heads * dimension
        precondition(
            heads > 0 && dimension > 0 && stride >= heads * dimension && queryTile > 0 && keyTile > 0,
            "attention has heads within its rows, and tiles")
        (self.heads, self.dimension, self.stride) = (heads, dimension, stride)
        (self.queryTile, self.keyTile) = (queryTile, keyTile)
    }

    /// Elements of scratch for ``forward(_:_:_:into:logSums:events:rows:scratch:)``.
    public static func forwardScratchCount(queryTile: Int = 128, keyTile: Int = 256) -> Int {
        queryTile * keyTile + 2 * queryTile
    }

    /// Elements of scratch for the way back.
    public static func backwardScratchCount(queryTile: Int = 128, keyTile: Int = 256) -> Int {
        2 * queryTile * keyTile
    }

    /// Attention of the events in `rows`, which see those from the first on.
    ///
    /// - Parameters:
    ///   - output: events x heads d, overwritten in `rows`.
    ///   - logSums: events x heads, overwritten in `rows`.
    ///   - events: events of the history.
    ///   - scratch: ``forwardScratchCount(queryTile:keyTile:)`` elements.
    public func forward(
        _ queries: InputSlice, _ keys: InputSlice, _ values: InputSlice, into output: OutputSlice,
        logSums: OutputSlice, events: Int, rows: Range<Int>, scratch: OutputSlice
    ) {
        check(rows, events)
        for head in 0..<heads {
            let first = head * dimension
            for start in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: queryTile) {
                attend(
                    queries + first, keys + first, values + first, into: output + first, logSums: logSums + head,
                    queries: start..<min(start + queryTile, events), scratch: scratch)
            }
        }
    }

    /// The gradients that the events in `rows` give: that of Q for these rows, and what they add to those of K and V.
    ///
    /// Ranges one after another add up to the bits of one range.
    ///
    /// - Parameters:
    ///   - gradient: of the output, events x heads d.
    ///   - output: as `forward` left it.
    ///   - logSums: as `forward` left them.
    ///   - queryGradient: rows of ``stride``, overwritten in `rows`.
    ///   - keyGradient: rows of ``stride``, added to.
    ///   - valueGradient: rows of ``stride``, added to.
    ///   - scratch: ``backwardScratchCount(queryTile:keyTile:)`` elements.
    public func backward(
        _ gradient: InputSlice, _ queries: InputSlice, _ keys: InputSlice, _ values: InputSlice, output: InputSlice,
        logSums: InputSlice, queryGradient: OutputSlice, keyGradient: OutputSlice, valueGradient: OutputSlice,
        events: Int, rows: Range<Int>, scratch: OutputSlice
    ) {
        check(rows, events)
        for head in 0..<heads {
            let first = head * dimension
            let slices = HeadSlices(
                gradient: gradient + first, queries: queries + first, keys: keys + first, values: values + first,
                output: output + first, logSums: logSums + head, queryGradient: queryGradient + first,
                keyGradient: keyGradient + first, valueGradient: valueGradient + first)
            for start in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: queryTile) {
                returnGradients(slices, queries: start..<min(start + queryTile, events), scratch: scratch)
            }
        }
    }

    private func check(_ rows: Range<Int>, _ events: Int) {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= events && rows.lowerBound % queryTile == 0
                && (rows.upperBound % queryTile == 0 || rows.upperBound == events),
            "rows are whole tiles of queries")
    }

    private var scale: Float { 1 / Float(dimension).squareRoot() }
    private var width: Int { heads * dimension }

    /// The keys of the tile from `first` on that some of these queries see.
    private func keys(from first: Int, seenBy queries: Range<Int>) -> Range<Int> {
        first..<min(first + keyTile, queries.upperBound)
    }

    /// One head's result for one tile of queries.
    private func attend(
        _ q: InputSlice, _ k: InputSlice, _ v: InputSlice, into output: OutputSlice, logSums: OutputSlice,
        queries: Range<Int>, scratch scores: OutputSlice
    ) {
        let largest = scores + queryTile * keyTile
        let sums = largest + queryTile
        largest.update(repeating: -.infinity, count: queries.count)
        sums.update(repeating: 0, count: queries.count)
        let rows = output + queries.lowerBound * width
        for first in Swift.stride(from: 0, to: queries.upperBound, by: keyTile) {
            let keys = keys(from: first, seenBy: queries)
            multiply(
                Matrix(elements: q + queries.lowerBound * stride, stride: stride),
                Matrix(elements: k + keys.lowerBound * stride, stride: stride, isTransposed: true),
                rows: queries.count, columns: keys.count, inner: dimension, into: scores, stride: keys.count)
            for (row, query) in queries.enumerated() {
                let line = scores + row * keys.count
                let valid = min(keys.count, query + 1 - keys.lowerBound)
                guard valid > 0 else {
                    line.update(repeating: 0, count: keys.count)
                    continue
                }
                let factor = vectorKernels.take_scores(
                    line, valid, keys.count, scale, largest + row, sums + row)
                if keys.lowerBound > 0 && factor != 1 {
                    vectorKernels.scale(rows + row * width, dimension, factor, rows + row * width)
                }
            }
            multiply(
                Matrix(elements: scores, stride: keys.count),
                Matrix(elements: v + keys.lowerBound * stride, stride: stride), rows: queries.count,
                columns: dimension, inner: keys.count, into: rows, stride: width, adding: keys.lowerBound > 0)
        }
        for (row, query) in queries.enumerated() {
            vectorKernels.scale(rows + row * width, dimension, 1 / sums[row], rows + row * width)
            logSums[query * heads] = largest[row] + log(sums[row])
        }
    }

    /// What the way back reads and writes of one head.
    private struct HeadSlices {
        let gradient, queries, keys, values, output, logSums: InputSlice
        let queryGradient, keyGradient, valueGradient: OutputSlice
    }

    /// One head's gradients from one tile of queries.
    private func returnGradients(_ head: HeadSlices, queries: Range<Int>, scratch weights: OutputSlice) {
        let slopes = weights + queryTile * keyTile
        let gradient = Matrix(elements: head.gradient + queries.lowerBound * width, stride: width)
        let q = Matrix(elements: head.queries + queries.lowerBound * stride, stride: stride)
        for first in Swift.stride(from: 0, to: queries.upperBound, by: keyTile) {
            let keys = keys(from: first, seenBy: queries)
            let count = keys.count
            let k = Matrix(elements: head.keys + keys.lowerBound * stride, stride: stride)
            multiply(
                q, Matrix(elements: k.elements, stride: stride, isTransposed: true), rows: queries.count,
                columns: count, inner: dimension, into: weights, stride: count)
            multiply(
                gradient,
                Matrix(elements: head.values + keys.lowerBound * stride, stride: stride, isTransposed: true),
                rows: queries.count, columns: count, inner: dimension, into: slopes, stride: count)
            returnScores(head, queries: queries, keys: keys, weights: weights, slopes: slopes)
            multiply(
                Matrix(elements: weights, stride: count, isTransposed: true), gradient, rows: count,
                columns: dimension, inner: queries.count, into: head.valueGradient + keys.lowerBound * stride,
                stride: stride, adding: true)
            multiply(
                Matrix(elements: slopes, stride: count), k, rows: queries.count, columns: dimension, inner: count,
                into: head.queryGradient + queries.lowerBound * stride, stride: stride, adding: keys.lowerBound > 0)
            multiply(
                Matrix(elements: slopes, stride: count, isTransposed: true), q, rows: count, columns: dimension,
                inner: queries.count, into: head.keyGradient + keys.lowerBound * stride, stride: stride, adding: true)
        }
    }

    /// Turns a tile of scores into attention weights, and their gradients into those of the scores.
    private func returnScores(
        _ head: HeadSlices, queries: Range<Int>, keys: Range<Int>, weights: OutputSlice, slopes: OutputSlice
    ) {
        for (row, query) in queries.enumerated() {
            // Σ weights gradients over all keys, without them: the product of output and gradient.
            let mean = vectorKernels.dot(head.gradient + query * width, head.output + query * width, dimension)
            let valid = max(0, min(keys.count, query + 1 - keys.lowerBound))
            vectorKernels.return_scores(
                weights + row * keys.count, slopes + row * keys.count, valid, keys.count, scale,
                head.logSums[query * heads], mean)
        }
    }
}
