public import ProductQuantisation

/// The kept events of one entity: attends to them, and adds new ones.
///
/// New events go through all layers by ``attend(layer:_:events:into:exact:)``, and then count by ``commit(events:outputs:fingerprint:)``.
/// What is not committed is as if it had never been. For one thread at a time; several entities may have a thread each.
public final class EntityCache: EventAttention {
    let store: HistoryStore
    let shape: CacheShape
    private var state: EntityState
    private var pages: EntityPages
    /// Code books of the committed events, for each layer.
    private var books: [LayerBooks]
    private var pending = Pending()
    private let scratch: Scratch
    private let blocks: [BlockCopies]
    /// Where each layer's blocks are read: pages, or copies.
    private var addresses: [[UnsafePointer<Float>?]]
    /// How long code books are learned when a history needs them. An owner that waits for something else may give it more time.
    public var iterations = IterationBudget.fixed(10)
    /// By what events are chosen.
    package var selection = Selection.codes

    /// Events that do not count yet.
    private struct Pending {
        var events = 0
        var spans: [UInt32] = []
        /// Code books of the layers that attended.
        var books: [Int: LayerBooks] = [:]
    }

    init(_ store: HistoryStore, _ state: EntityState, blocks settings: BlockSettings?) throws(HistoryCacheError) {
        (self.store, shape, self.state) = (store, store.shape, state)
        do throws(HistoryCacheError) {
            pages = try EntityPages(store.files, store.shape, state.spans)
            books = try Coder.read(state, store)
        } catch {
            store.end(state)
            throw error
        }
        scratch = store.scratch.withLock { $0.popLast() } ?? Scratch(store.shape)
        let blockFloats = store.shape.blockFloats
        blocks =
            settings.map { settings in
                (0..<store.shape.layers).map { _ in BlockCopies(settings, blockFloats: blockFloats) }
            } ?? []
        addresses = (0..<shape.layers).map(pages.addresses(layer:))
    }

    deinit {
        store.undo(spans: pending.spans)
        store.end(state)
        let scratch = scratch
        store.scratch.withLock { if $0.count < 16 { $0.append(scratch) } }
    }

    /// Events that count.
    public var count: Int { state.count }

    /// 32 bytes that whoever committed gave for the events so far; zeros before the first commit.
    public var fingerprint: [UInt8] { state.fingerprint }

    /// Chosen events that were read from copies in memory, and those that were not; zero without copies.
    public var blockCounts: (hits: Int, misses: Int) {
        (blocks.reduce(0) { $0 + $1.hits }, blocks.reduce(0) { $0 + $1.misses })
    }

    /// The keys from which new code books are going to be learned, if so many events follow: 0 where none are.
    public func keysToLearn(before events: Int) -> Int {
        shape.learningPlaces(in: count..<count + events).reduce(0) { $0 + Visibility(of: $1, shape).middle.count }
    }

    public func attend(
        layer: Int, _ rows: UnsafePointer<Float>, events: Int, into output: UnsafeMutablePointer<Float>,
        exact: Bool = false
    ) throws(HistoryCacheError) {
        precondition((0..<shape.layers).contains(layer) && events > 0, "events of a layer")
        try begin(events)
        try keep(rows, layer: layer, events: events)
        let coder = coder(layer)
        var books = books[layer]
        if exact {
            TiledAttention(shape: shape, layer: layer, scratch: scratch.scores).attend(
                rows, after: count, events: events, pages, into: output)
            coder.advance(&books, to: count + events - 1, from: count, iterations: iterations)
        } else {
            for event in 0..<events {
                let place = count + event
                coder.advance(&books, to: place, from: place, iterations: iterations)
                attend(
                    layer: layer, from: place, rows + event * shape.rowWidth, books,
                    into: output + event * shape.attentionWidth)
            }
        }
        pending.books[layer] = books
    }

    /// One event's attention to its share of those before it.
    private func attend(
        layer: Int, from place: Int, _ queries: UnsafePointer<Float>, _ books: LayerBooks,
        into output: UnsafeMutablePointer<Float>
    ) {
        let attention = SelectiveAttention(shape: shape, scratch: scratch, selection: selection, layer: layer)
        let source = SelectiveAttention.Source(pages: pages, addresses: addresses[layer], books: books)
        guard !blocks.isEmpty else {
            attention.attend(from: place, queries, source, into: output) { _ in }
            return
        }
        let copies = blocks[layer]
        attention.attend(from: place, queries, source, into: output) { copies.count($0) }
        copies.step(&addresses[layer], pages, layer: layer, whole: count / CacheShape.span)
    }

    /// Makes room for new events, once for all layers.
    private func begin(_ events: Int) throws(HistoryCacheError) {
        guard pending.events != events else { return }
        abandon()
        pending.spans = store.takeSpans(shape.spans(count + events) - shape.spans(count))
        do throws(HistoryCacheError) {
            for page in pending.spans {
                if shape.firstChoosing != nil { try store.files.codes.reserve(page) }
                try pages.append(page)
            }
        } catch {
            abandon()
            throw error
        }
        for layer in addresses.indices {
            addresses[layer] += pages.addresses(layer: layer)[addresses[layer].count...]
        }
        pending.events = events
    }

    /// Forgets events that do not count.
    private func abandon() {
        store.undo(spans: pending.spans)
        pages.cut(to: shape.spans(count))
        for layer in addresses.indices { addresses[layer].removeSubrange(min(pages.count, addresses[layer].count)...) }
        pending = Pending()
    }

    /// Writes keys and values of new events to their pages.
    private func keep(_ rows: UnsafePointer<Float>, layer: Int, events: Int) throws(HistoryCacheError) {
        let d = shape.dimension
        let keys = rows + shape.heads * shape.queriesPerHead * d
        for (span, places) in (count..<count + events).spans {
            let first = keys + (span * CacheShape.span + places.lowerBound - count) * shape.rowWidth
            for head in 0..<shape.heads {
                for index in 0..<places.count {
                    let (row, pair) = (first + index * shape.rowWidth, scratch.pairs + index * shape.pairWidth)
                    pair.update(from: row + head * d, count: d)
                    (pair + d).update(from: row + (shape.heads + head) * d, count: d)
                }
                let place = layer * shape.blockFloats + head * shape.headFloats + places.lowerBound * shape.pairWidth
                try store.files.values.write(
                    UnsafeRawBufferPointer(start: scratch.pairs, count: 4 * places.count * shape.pairWidth),
                    page: page(of: span), at: 4 * place)
            }
        }
    }

    private func page(of span: Int) -> UInt32 {
        let committed = shape.spans(count)
        return span < committed ? state.spans[span] : pending.spans[span - committed]
    }

    private func coder(_ layer: Int) -> Coder {
        Coder(shape: shape, pages: pages, layer: layer, spare: 1 - books[layer].variant)
    }

    /// Makes the events count that went through all layers.
    ///
    /// - Parameters:
    ///   - events: as many as attended.
    ///   - outputs: events x ``CacheShape/outputs``; read only where a shape has outputs.
    ///   - fingerprint: 32 bytes for all events so far, by which a caller notices another past.
    /// - Throws: where the disk refuses it; the events do not count then, and have to attend again.
    public func commit(events: Int, outputs: UnsafePointer<Float>, fingerprint: [UInt8]) throws(HistoryCacheError) {
        precondition(
            events == pending.events && pending.books.count == shape.layers, "events that went through all layers")
        precondition(fingerprint.count == EntityState.fingerprintBytes, "a fingerprint of 32 bytes")
        let new = (0..<shape.layers).map { pending.books[$0]! }  // all layers attended
        let outputPages = store.takeOutputPages(shape.outputs > 0 ? pending.spans.count : 0)
        do throws(HistoryCacheError) {
            try keep(outputs, events: events, newPages: outputPages)
            try commit(
                Commit(
                    count: count + events, fingerprint: fingerprint, spans: pending.spans, outputPages: outputPages),
                new)
        } catch {
            store.undo(outputPages: outputPages)
            abandon()
            throw error
        }
        pending = Pending()
    }

    /// Learns code books anew, from those there are, and codes with them; for an owner that waits for something else.
    ///
    /// Nothing is learned before there are events to choose from. Not while events attended that do not count yet.
    public func learn(iterations: IterationBudget) throws(HistoryCacheError) {
        precondition(pending.events == 0, "all events count")
        guard !Visibility(of: count, shape).middle.isEmpty else { return }
        let new = (0..<shape.layers).map { layer in
            var books = books[layer]
            coder(layer).learn(&books, before: count, iterations: iterations)
            return books
        }
        try commit(Commit(count: count, fingerprint: fingerprint), new)
    }

    private func commit(_ commit: Commit, _ new: [LayerBooks]) throws(HistoryCacheError) {
        var commit = commit
        if new[0].isNew { commit.books = try Coder.write(new, store) }
        do throws(HistoryCacheError) { state = try store.commit(state, commit) } catch {
            if let kept = commit.books { store.undo(bookPages: [kept.page]) }
            throw error
        }
        books = new
        for layer in books.indices { books[layer].isNew = false }
    }

    /// Writes outputs of new events to their pages.
    private func keep(
        _ outputs: UnsafePointer<Float>, events: Int, newPages: [UInt32]
    ) throws(HistoryCacheError) {
        guard shape.outputs > 0 else { return }
        let pages = state.outputPages + newPages
        for (span, places) in (count..<count + events).spans {
            let first = span * CacheShape.span + places.lowerBound - count
            try store.files.outputs.write(
                UnsafeRawBufferPointer(
                    start: outputs + first * shape.outputs, count: 4 * places.count * shape.outputs),
                page: pages[span], at: 4 * places.lowerBound * shape.outputs)
        }
    }

    /// Reads what came out of the tower after events that count.
    ///
    /// - Parameter output: events x ``CacheShape/outputs``, overwritten.
    public func outputs(of events: Range<Int>, into output: UnsafeMutablePointer<Float>) throws(HistoryCacheError) {
        precondition(events.lowerBound >= 0 && events.upperBound <= count, "events that count")
        guard shape.outputs > 0 else { return }
        var next = output
        for (span, places) in events.spans {
            let page = try store.files.outputs.address(of: state.outputPages[span])
            let rows = page.assumingMemoryBound(to: Float.self) + places.lowerBound * shape.outputs
            next.update(from: rows, count: places.count * shape.outputs)
            next += places.count * shape.outputs
        }
    }

    /// Writes all codes of committed events again.
    func codeAgain() {
        for layer in books.indices where !books[layer].books.isEmpty {
            let middle = Visibility(of: count - 1, shape).middle
            coder(layer).code(&books[layer], middle)
        }
    }
}
