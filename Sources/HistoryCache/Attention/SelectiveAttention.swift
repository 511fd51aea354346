internal import CHistoryCache
internal import Kernels
internal import ProductQuantisation

/// The vector code of this processor, found out once in a process.
// unsafe: a constant table of functions, which keep nothing between calls
nonisolated(unsafe) private let rowKernels: chc_kernels = chc_best_kernels().pointee

/// By what events are chosen.
package enum Selection: Sendable {
    /// Products of the query with the codes of keys, as PQCache does.
    case codes
    /// Products with the keys themselves: what the other approximates, to measure it by.
    case keys
}

/// Attention of one event over the sink, the most recent events, and those of the others whose keys promise most.
///
/// PQCache (arXiv 2407.12820, section 3.3): scores by product quantisation choose, a softmax over what was chosen is exact. The chosen
/// events are the same for all query heads of a group: their weights are added up, each head's normalised before. What was not chosen is
/// left out, or its part is estimated (``CacheShape/rest``).
struct SelectiveAttention {
    let shape: CacheShape
    let scratch: Scratch
    let selection: Selection
    let layer: Int

    private var scale: Float { 1 / Float(shape.dimension).squareRoot() }

    /// Where the rows of spans lie, and what is known of their codes.
    struct Source {
        let pages: EntityPages
        let addresses: [UnsafePointer<Float>?]
        let books: LayerBooks
    }

    /// Attends from event `place`.
    ///
    /// - Parameters:
    ///   - queries: heads x queriesPerHead x dimension, as is `output`.
    ///   - onChosen: is told the chosen events of each head.
    func attend(
        from place: Int, _ queries: UnsafePointer<Float>, _ source: Source, into output: UnsafeMutablePointer<Float>,
        onChosen: (_ chosen: UnsafeBufferPointer<UInt32>) -> Void
    ) {
        let visible = Visibility(of: place, shape)
        let isDense = visible.middle.count <= shape.retrieved
        let chosen = isDense ? visible.middle.count : shape.retrieved
        let count = visible.sink.count + chosen + visible.recent.count
        let middle = scratch.rows + visible.sink.count
        list(visible.sink, source, at: scratch.rows)
        list(visible.recent, source, at: middle + chosen)
        if isDense { list(visible.middle, source, at: middle) }
        let group = shape.queriesPerHead * shape.dimension
        for head in 0..<shape.heads {
            let queries = queries + head * group
            if !isDense {
                choose(visible.middle, head: head, queries, source)
                let events = UnsafeBufferPointer(start: scratch.chosen, count: chosen)
                list(events, source, at: middle)
                onChosen(events)
            }
            for query in 0..<shape.queriesPerHead {
                let place = query * shape.dimension
                let (query, output) = (queries + place, output + head * group + place)
                guard !isDense, shape.rest == .estimated else {
                    weigh(query, head: head, count: count, rest: nil, into: output)
                    continue
                }
                // Of a group, scores of each query head were added up.
                if shape.queriesPerHead > 1 { score(visible.middle, head: head, query, source) }
                let rest = RestEstimate(
                    shape: shape, scratch: scratch, layer: layer, source: source, middle: visible.middle,
                    chosen: visible.sink.count..<visible.sink.count + chosen)
                weigh(query, head: head, count: count, rest: rest, into: output)
            }
        }
    }

    private typealias List = UnsafeMutablePointer<UnsafePointer<Float>>

    /// Puts the addresses of events' rows at a place of a list.
    private func list(_ events: Range<Int>, _ source: Source, at place: List) {
        var next = place
        for (span, places) in events.spans {
            let rows = source.addresses[span]!  // what is seen is in sight
            for event in places {
                next.initialize(to: rows + event * shape.pairWidth)
                next += 1
            }
        }
    }

    private func list(_ chosen: UnsafeBufferPointer<UInt32>, _ source: Source, at place: List) {
        var next = place
        source.addresses.withUnsafeBufferPointer { addresses in
            for event in chosen {
                let (span, event) = Int(event).quotientAndRemainder(dividingBy: CacheShape.span)
                next.initialize(to: addresses[span]! + event * shape.pairWidth)  // what is seen is in sight
                next += 1
            }
        }
    }

    /// An exact softmax over the listed events, and perhaps what the others are estimated to have.
    private func weigh(
        _ query: UnsafePointer<Float>, head: Int, count: Int, rest: RestEstimate?,
        into output: UnsafeMutablePointer<Float>
    ) {
        let (key, d) = (head * shape.headFloats, shape.dimension)
        rowKernels.products(query, d, scratch.rows, key, count, scratch.scores)
        guard let rest else {
            let sum = exponentials(scratch.scores, count)
            rowKernels.weighted_sum(scratch.scores, scratch.rows, key + d, count, 1 / sum, d, output)
            return
        }
        var (largest, sum, all) = (-Float.infinity, Float(0), Float(0))
        _ = vectorKernels.take_scores(scratch.scores, count, count, scale, &largest, &sum)
        let factor = vectorKernels.take_scores(
            scratch.found, rest.middle.count, rest.middle.count, scale, &largest, &all)
        if factor != 1 { vectorKernels.scale(scratch.scores, count, factor, scratch.scores) }
        let lists = rest.list(after: count)
        let share = 1 / (factor * sum + lists.weight)
        rowKernels.weighted_sum(scratch.scores, scratch.rows, key + d, lists.events, share, d, output)
        rowKernels.weighted_sum(scratch.sumWeights, scratch.sumRows, head * d, lists.spans, share, d, scratch.others)
        vectorKernels.add(output, scratch.others, d, output)
    }

    /// Turns scores into weights of a softmax, but for their sum, which is returned.
    private func exponentials(_ scores: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
        var (largest, sum) = (-Float.infinity, Float(0))
        _ = vectorKernels.take_scores(scores, count, count, scale, &largest, &sum)
        return sum
    }

    /// Finds the events that are attended to: ascending, in the scratch.
    private func choose(_ middle: Range<Int>, head: Int, _ queries: UnsafePointer<Float>, _ source: Source) {
        if shape.queriesPerHead == 1 {
            // A softmax keeps the order.
            score(middle, head: head, queries, source)
            take(scratch.found, middle)
            return
        }
        scratch.sums.update(repeating: 0, count: middle.count)
        for query in 0..<shape.queriesPerHead {
            score(middle, head: head, queries + query * shape.dimension, source)
            let sum = exponentials(scratch.found, middle.count)
            vectorKernels.add_scaled(scratch.found, middle.count, 1 / sum, scratch.sums)
        }
        take(scratch.sums, middle)
    }

    private func take(_ scores: UnsafePointer<Float>, _ middle: Range<Int>) {
        TopK.select(
            shape.retrieved, of: scores, count: middle.count, base: UInt32(middle.lowerBound), into: scratch.chosen,
            scratch: scratch.ranks)
    }

    /// What a query's products with keys are, or promise to be.
    private func score(_ middle: Range<Int>, head: Int, _ query: UnsafePointer<Float>, _ source: Source) {
        switch selection {
        case .codes:
            let book = source.books.books[head]
            book.innerProducts(query, into: scratch.table)
            var next = scratch.found
            for (span, places) in middle.spans {
                let codes = source.pages.codes(span, layer: layer, head: head, variant: source.books.variant)
                scanCodes(scratch.table, book.shape, codes: codes, keys: places, into: next)
                next += places.count
            }
        case .keys:
            let rows = List.allocate(capacity: middle.count)
            defer { rows.deallocate() }
            list(middle, source, at: rows)
            rowKernels.products(query, shape.dimension, rows, head * shape.headFloats, middle.count, scratch.found)
        }
    }
}
