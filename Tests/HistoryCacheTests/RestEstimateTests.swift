import HistoryCache
import Testing

import func Foundation.exp

/// Keys of few different halves, so that codes stand for the keys themselves and products have no rounding.
@Suite struct RestEstimateTests {
    private static func shape(queriesPerHead: Int = 1, heads: Int = 1) -> CacheShape {
        CacheShape(
            layers: 1, heads: heads, queriesPerHead: queriesPerHead, dimension: 4, outputs: 0, events: 1000,
            budget: 0.1,
            rest: .estimated, subspaces: 2, bits: 6)
    }

    /// Values that are the same all over a span: nothing is lost.
    @Test(arguments: [1, 2]) func nothingIsLostWhereSpansAreAlike(queriesPerHead: Int) throws {
        let shape = Self.shape(queriesPerHead: queriesPerHead, heads: 2)
        let folder = try Folder()
        let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
        let rows = Rows(shape: shape, seed: 3, values: 3)
        let (share, all) = (try store.cache(someone), try store.cache([1]))
        var (found, expected) = ([Float](repeating: 0, count: 700 * shape.attentionWidth), [Float]())
        expected = found
        for events in [700, 1, 500, 1, 1, 250] {
            let range = share.count..<share.count + events
            var new = rows.make(range, layer: 0)
            for (index, event) in range.enumerated() {
                let values = (index + 1) * shape.rowWidth - 8..<(index + 1) * shape.rowWidth
                new.replaceSubrange(values, with: (0..<8).map { Float((event / 128 * 7 + $0) % 5) })
            }
            try share.attend(layer: 0, new, events: events, into: &found)
            try all.attend(layer: 0, new, events: events, into: &expected, exact: true)
            for cache in [share, all] {
                try cache.commit(events: events, outputs: new, fingerprint: EntityCache.print(range.upperBound))
            }
            let far = distance(found[..<(events * shape.attentionWidth)], expected.map(Double.init))
            #expect(far < 1e-5, "\(far) after \(share.count) events")
        }
    }

    /// By the definition: a whole span's other events have their own weights and their mean value, those at the ends their own.
    @Test(arguments: [Int](640...645) + [1023, 1024, 1199]) func othersCountByTheMeanOfTheirSpan(place: Int) throws {
        let shape = Self.shape()
        let folder = try Folder()
        let cache = try HistoryStore(creating: folder.store, model: model, shape: shape).cache(someone)
        let rows = Rows(shape: shape, seed: 5, values: 3)
        try cache.add(place, rows, exact: true)
        let found = try cache.attendOnly(1, rows)[0]
        let all = rows.make(0..<place + 1, layer: 0).map(Double.init)
        let values = (0...place).map { Array(all[$0 * 12 + 8..<$0 * 12 + 12]) }
        let products = (0...place).map { event in
            (0..<4).reduce(0.0) { $0 + all[place * 12 + $1] * all[event * 12 + 4 + $1] }
        }
        let middle = max(32, place - 999)..<place - 50
        let best = Set(middle.sorted { (products[$1], $0) < (products[$0], $1) }.prefix(50))
        var (sums, total) = ([0.0, 0, 0, 0], 0.0)
        func add(_ event: Int, _ value: [Double]) {
            let weight = exp(products[event] / 2)
            total += weight
            for k in 0..<4 { sums[k] += weight * value[k] }
        }
        for event in Array(0..<32) + best + Array(place - 50...place) { add(event, values[event]) }
        for (span, events) in Dictionary(grouping: middle, by: { $0 / 128 }) {
            let others = events.filter { !best.contains($0) }
            let mean = (0..<4).map { k in others.reduce(0) { $0 + values[$1][k] } / Double(others.count) }
            let isWhole = middle.contains(span * 128) && middle.contains(span * 128 + 127)
            for event in others { add(event, isWhole ? mean : values[event]) }
        }
        #expect(distance(found, sums.map { $0 / total }) < 1e-5)
    }

    /// Keys as random as they can be, of which codes say little: what is estimated is nearer to all than what is left out.
    @Test func estimatesAreNearerThanNothing() throws {
        func far(_ rest: CacheShape.Rest) throws -> Double {
            let shape = CacheShape(
                layers: 1, heads: 1, dimension: 32, outputs: 0, events: 4096, budget: 0.2, rest: rest)
            let folder = try Folder()
            let cache = try HistoryStore(creating: folder.store, model: model, shape: shape).cache(someone)
            let rows = Rows(shape: shape)
            try cache.add(4999, rows, exact: true)
            let found = try cache.attendOnly(1, rows)[0]
            let reference = Reference(rows: rows, layer: 0)
            return distance(found, reference.attention(of: 4999, seeing: reference.visible(from: 4999)))
        }
        let (estimated, leftOut) = (try far(.estimated), try far(.leftOut))
        #expect(estimated < leftOut / 2, "\(estimated), \(leftOut)")
    }
}
