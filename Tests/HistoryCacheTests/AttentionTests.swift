import HistoryCache
import Testing

@Suite struct AttentionTests {
    private static let shapes = [
        CacheShape(layers: 2, heads: 2, dimension: 8, outputs: 3, events: 300, budget: 1),
        CacheShape(layers: 1, heads: 2, queriesPerHead: 3, dimension: 20, outputs: 0, events: 101, budget: 1),
        CacheShape(layers: 1, heads: 1, dimension: 32, outputs: 1, events: 7, budget: 1),
        CacheShape(layers: 1, heads: 3, dimension: 80, outputs: 1, events: 1000, budget: 1),
    ]

    /// Single events, batches and tiles; windows that begin within the sink's span, in later ones, and not at all.
    @Test(arguments: shapes) func wholeBudgetIsDense(shape: CacheShape) throws {
        let folder = try Folder()
        let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
        let rows = Rows(shape: shape)
        let (one, tiles) = (try store.cache(someone), try store.cache([1]))
        for events in [1, 1, 30, 5, 150, 250] {
            let first = one.count
            let found = [try one.add(events, rows), try tiles.add(events, rows, exact: true)]
            for event in [0, events / 2, events - 1] {
                for layer in 0..<shape.layers {
                    let reference = Reference(rows: rows, layer: layer)
                    let place = first + event
                    let expected = reference.attention(of: place, seeing: reference.visible(from: place))
                    let width = shape.attentionWidth
                    for (way, found) in found.enumerated() {
                        let far = distance(found[layer][event * width..<(event + 1) * width], expected)
                        #expect(far < 1e-5, "event \(place), layer \(layer), way \(way): \(far)")
                    }
                }
            }
        }
        #expect(one.count == 437 && tiles.fingerprint == EntityCache.print(437))
    }

    /// Small events of which the last sees few: sink, window and nothing between.
    @Test func sightEndsAtTheWindow() throws {
        let shape = CacheShape(layers: 1, heads: 1, dimension: 8, outputs: 0, events: 40, budget: 0.5)
        #expect(shape.recent == 10 && shape.retrieved == 10)
        let folder = try Folder()
        let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
        let cache = try store.cache(someone)
        let rows = Rows(shape: shape)
        try cache.add(500, rows)
        // A value that only an event out of sight has would show.
        var changed = rows
        changed.seed = 2
        let other = try store.cache([2])
        try other.add(32, rows)
        try other.add(400, changed)
        // The events before the last 68 differ, and so do the code books; with everything attended to, nothing else does.
        try other.add(68, rows)
        let dense = (
            try cache.attendOnly(1, Rows(shape: shape, seed: 7), exact: true),
            try other.attendOnly(1, Rows(shape: shape, seed: 7), exact: true)
        )
        #expect(bits(dense.0) == bits(dense.1))
    }

    /// Parts of keys of which there are no more than centroids: codes lose nothing, so the choice is that of the keys themselves.
    @Test(arguments: [1, 2], CacheShape.Rest.allCases) func asManyCentroidsAsPartsAreExact(
        queriesPerHead: Int, rest: CacheShape.Rest
    ) throws {
        let shape = CacheShape(
            layers: 2, heads: 2, queriesPerHead: queriesPerHead, dimension: 4, outputs: 1, events: 600, budget: 0.2,
            rest: rest, subspaces: 2, bits: 6)
        let folder = try Folder()
        let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
        // Nine different halves of a key, all of them there from the beginning; products without rounding.
        let rows = Rows(shape: shape, values: 3)
        let (codes, keys) = (try store.cache(someone), try store.cache([1]))
        keys.selection = .keys
        for events in [1, 160, 1, 300, 500, 1] {
            #expect(bits(try codes.add(events, rows)) == bits(try keys.add(events, rows)))
        }
    }

    /// What is chosen is chosen by the definition, and attended to exactly.
    @Test func chosenEventsHaveTheLargestProducts() throws {
        let shape = CacheShape(layers: 1, heads: 1, dimension: 4, outputs: 0, events: 200, budget: 0.2)
        let folder = try Folder()
        let cache = try HistoryStore(creating: folder.store, model: model, shape: shape).cache(someone)
        let rows = Rows(shape: shape, values: 3)
        let found = try cache.add(400, rows)[0]
        let all = rows.make(0..<400, layer: 0)
        for place in [73, 150, 399] {
            let middle = max(32, place - 199)..<place - 20
            let products = middle.map { event in
                (0..<4).reduce(Float(0)) { $0 + all[place * 12 + $1] * all[event * 12 + 4 + $1] }
            }
            let best = middle.sorted { (products[$1 - middle.lowerBound], $0) < (products[$0 - middle.lowerBound], $1) }
            let seen = Array(0..<32) + best.prefix(20).sorted() + Array(place - 20...place)
            let expected = Reference(rows: rows, layer: 0).attention(of: place, seeing: seen)
            #expect(distance(found[place * 4..<place * 4 + 4], expected) < 1e-5, "event \(place)")
        }
    }

    @Test(arguments: [(150, .leftOut), (400, .estimated)] as [(Int, CacheShape.Rest)])
    func eventsOneByOneHaveTheBitsOfBatches(events: Int, rest: CacheShape.Rest) throws {
        let shape = CacheShape(layers: 2, heads: 2, dimension: 8, outputs: 2, events: events, budget: 0.2, rest: rest)
        let folder = try Folder()
        let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
        let rows = Rows(shape: shape)
        let (one, batches, tiles) = (try store.cache([1]), try store.cache([2]), try store.cache([3]))
        // Code books are learned before events 63, 126, 252 and 504, or 113, 226 and 452.
        var width = 0
        let single = try (0..<700).map { _ in try one.add(1, rows) }
        for events in [62, 1, 64, 130, 443] {
            let found = try batches.add(events, rows)
            for layer in 0..<2 {
                #expect(bits([found[layer]]) == bits([single[width..<width + events].flatMap { $0[layer] }]))
            }
            width += events
        }
        try tiles.add(700, rows, exact: true)
        let last = [try one.add(1, rows), try batches.add(1, rows), try tiles.add(1, rows)].map(bits)
        #expect(last[0] == last[1] && last[0] == last[2])
        for cache in [one, batches, tiles] { try cache.learn(iterations: .fixed(3)) }
        let learned = [try one.add(1, rows), try batches.add(1, rows), try tiles.add(1, rows)].map(bits)
        #expect(learned[0] == learned[1] && learned[0] == learned[2])
    }

    /// Two query heads of a group. The first has the same high score for three events, the second a high one for another event alone.
    /// Sums of scores would choose one of the three; of weights, the three have a third each, and the other one has all.
    @Test func weightsAreAddedAfterTheSoftmax() throws {
        let shape = CacheShape(
            layers: 1, heads: 1, queriesPerHead: 2, dimension: 4, outputs: 0, events: 100, budget: 0.02)
        #expect(shape.recent == 1 && shape.retrieved == 1)
        let folder = try Folder()
        let cache = try HistoryStore(creating: folder.store, model: model, shape: shape).cache(someone)
        func row(_ queries: [Float], _ key: [Float], _ value: Float) -> [Float] {
            queries + [Float](repeating: 0, count: 8 - queries.count) + key + [value, 0, 0, 0]
        }
        let nothing: [Float] = [0, 0, 0, 0]
        var rows = (0..<32).flatMap { _ in row([], nothing, 0) }
        rows += row([], [60, 0, 0, 0], 1) + row([], [60, 1, 0, 0], 2) + row([], [60, 1, 0, 0], 3)
        rows += row([], [0, -12, 0, 0], 4) + row([], nothing, 0)
        var output = [Float](repeating: 0, count: 37 * 8)
        try cache.attend(layer: 0, rows, events: 37, into: &output)
        try cache.commit(events: 37, outputs: rows, fingerprint: EntityCache.print(37))
        try cache.learn(iterations: .fixed(3))
        try cache.attend(layer: 0, row([2, 0, 0, 0, 0, -2, 0, 0], nothing, 0), events: 1, into: &output)
        // Scores of the first head: 60, 60, 60, 0; of the second: 0, -1, -1, 12. With the fourth chosen, the first sees 35 equal scores.
        #expect(abs(output[0] - 4 / 35) < 1e-3 && abs(output[4] - 4) < 1e-2, "\(output[..<8])")
    }

    @Test func groupsChooseByTheirWeights() throws {
        let shape = CacheShape(
            layers: 1, heads: 2, queriesPerHead: 2, dimension: 4, outputs: 0, events: 120, budget: 0.2)
        let folder = try Folder()
        let cache = try HistoryStore(creating: folder.store, model: model, shape: shape).cache(someone)
        let rows = Rows(shape: shape, values: 3)
        let found = try cache.add(200, rows)[0]
        let all = rows.make(0..<200, layer: 0).map(Double.init)
        let place = 199
        let middle = 80..<187
        for head in 0..<2 {
            var weights = [Double](repeating: 0, count: middle.count)
            for query in 2 * head..<2 * head + 2 {
                let raw = middle.map { event in
                    exp(
                        (0..<4).reduce(0.0) {
                            $0 + all[place * 32 + query * 4 + $1] * all[event * 32 + 16 + head * 4 + $1]
                        } / 2)
                }
                let sum = raw.reduce(0, +)
                for index in raw.indices { weights[index] += raw[index] / sum }
            }
            // Where rounding decides between two, either is right.
            let order = middle.sorted { weights[$0 - 80] > weights[$1 - 80] }
            let gap = weights[order[11] - 80] - weights[order[12] - 80]
            guard gap > 1e-6 else { continue }
            let seen = Array(0..<32) + order.prefix(12).sorted() + Array(187...199)
            let expected = Reference(rows: rows, layer: 0).attention(of: place, seeing: seen)
            let part = place * 16 + head * 8
            #expect(distance(found[part..<part + 8], Array(expected[head * 8..<head * 8 + 8])) < 1e-5)
        }
    }
}

import func Foundation.exp
