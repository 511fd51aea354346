internal import COpenBLAS
internal import Kernels

/// Attention of many new events over all that is in sight, in tiles with an online softmax (FlashAttention-2, arXiv 2307.08691), for
/// histories that are built in bulk.
///
/// A tile is of up to 128 events and one span of keys. Its products are of matrices, so it is many times faster than one event after
/// the other; and last bits differ from that.
struct TiledAttention {
    let shape: CacheShape
    let layer: Int
    let scratch: UnsafeMutablePointer<Float>

    private static let tile = CacheShape.span

    /// Floats of scratch: a tile's scores, and for each event its largest score and the sum of its weights.
    static let scratchCount = tile * tile + 2 * tile

    /// Threads belong to the caller: OpenBLAS works on the calling thread alone.
    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// Attends from events that follow `first` others.
    ///
    /// - Parameters:
    ///   - rows: events x ``CacheShape/rowWidth``, of which the queries are read.
    ///   - output: events x ``CacheShape/attentionWidth``, overwritten.
    func attend(
        _ rows: UnsafePointer<Float>, after first: Int, events: Int, _ pages: EntityPages,
        into output: UnsafeMutablePointer<Float>
    ) {
        _ = Self.singleThreaded
        for start in stride(from: 0, to: events, by: Self.tile) {
            let tile = start..<min(start + Self.tile, events)
            for query in 0..<shape.heads * shape.queriesPerHead {
                attend(
                    rows + tile.lowerBound * shape.rowWidth + query * shape.dimension, query: query,
                    events: first + tile.lowerBound..<first + tile.upperBound, pages,
                    into: output + tile.lowerBound * shape.attentionWidth + query * shape.dimension)
            }
        }
    }

    /// One tile of events of one query head.
    private func attend(
        _ queries: UnsafePointer<Float>, query: Int, events: Range<Int>, _ pages: EntityPages,
        into output: UnsafeMutablePointer<Float>
    ) {
        let largest = scratch + Self.tile * Self.tile
        let sums = largest + Self.tile
        largest.update(repeating: -.infinity, count: events.count)
        sums.update(repeating: 0, count: events.count)
        // The sink's span comes first, so that each event has a largest score from then on.
        let inSight = max(0, events.lowerBound + 1 - shape.events) / CacheShape.span
        let last = (events.upperBound - 1) / CacheShape.span
        add(0, queries, query, events, pages, (largest, sums), output)
        for span in max(1, inSight)...max(1, inSight, last) where span <= last {
            add(span, queries, query, events, pages, (largest, sums), output)
        }
        for row in 0..<events.count {
            let line = output + row * shape.attentionWidth
            vectorKernels.scale(line, shape.dimension, 1 / sums[row], line)
        }
    }

    /// Adds what one span of keys gives.
    private func add(
        _ span: Int, _ queries: UnsafePointer<Float>, _ query: Int, _ events: Range<Int>, _ pages: EntityPages,
        _ softmax: (largest: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>),
        _ output: UnsafeMutablePointer<Float>
    ) {
        let firstKey = span * CacheShape.span
        let keys = min(CacheShape.span, events.upperBound - firstKey)
        let pairs = pages.rows(span, layer: layer) + query / shape.queriesPerHead * shape.headFloats
        let (width, pairWidth, d) = (Int32(shape.rowWidth), Int32(shape.pairWidth), Int32(shape.dimension))
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(events.count), Int32(keys), d, 1, queries, width, pairs,
            pairWidth, 0, scratch, Int32(keys))
        for (row, event) in events.enumerated() {
            let line = scratch + row * keys
            let valid = mask(line, firstKey: firstKey, keys: keys, seenBy: event)
            guard valid > 0 else {
                line.update(repeating: 0, count: keys)
                continue
            }
            let factor = vectorKernels.take_scores(
                line, valid, keys, 1 / Float(shape.dimension).squareRoot(), softmax.largest + row, softmax.sums + row)
            let out = output + row * shape.attentionWidth
            if span > 0, factor != 1 { vectorKernels.scale(out, shape.dimension, factor, out) }
        }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(events.count), d, Int32(keys), 1, scratch, Int32(keys),
            pairs + shape.dimension, pairWidth, span > 0 ? 1 : 0, output, Int32(shape.attentionWidth))
    }

    /// Gives the scores of keys out of sight no weight.
    ///
    /// - Returns: the keys from the first on after which none is seen.
    private func mask(_ line: UnsafeMutablePointer<Float>, firstKey: Int, keys: Int, seenBy event: Int) -> Int {
        let valid = min(keys, event + 1 - firstKey)
        let hidden = min(keys, event + 1 - shape.events - firstKey)
        let sink = max(0, CacheShape.sink - firstKey)
        guard valid > 0, hidden > sink else { return max(0, valid) }
        (line + sink).update(repeating: -.infinity, count: hidden - sink)
        return hidden >= valid ? sink : valid
    }
}
