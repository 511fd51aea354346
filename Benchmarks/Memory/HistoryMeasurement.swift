import Foundation
import HistoryCache

/// What one event's attention takes after so many others, over all of them and over a share.
struct HistoryMeasurement: Encodable {
    /// Sizes as in the towers' largest: 4 heads of 32.
    static func shape(events: Int, budget: Double) -> CacheShape {
        CacheShape(layers: 1, heads: 4, dimension: 32, outputs: 1, events: events, budget: budget, rest: .estimated)
    }

    /// Events before the measured ones.
    let events: Int
    /// The share.
    let budget: Double
    /// Medians of microseconds for one event in one layer: all events attended to, and a share of them.
    private(set) var dense = 0.0
    private(set) var share = 0.0
    /// The median of the rounds' ratios.
    private(set) var ratio = 0.0
    /// Milliseconds to learn the four code books once.
    private(set) var learning = 0.0
    /// How many times smaller codes, code books and sums of spans are than the keys.
    private(set) var compression = 0.0

    /// - Parameters:
    ///   - folder: where two stores are made.
    ///   - rounds: pairs of measurements, each of `repetitions` events.
    init(events: Int, budget: Double, rounds: Int, repetitions: Int = 64, in folder: String) throws {
        (self.events, self.budget) = (events, budget)
        let rows = Self.rows(events + repetitions)
        // Each event is another entity's: as many as do not fit into the processor's caches.
        let entities = max(1, (1 << 16) / events)
        let all = try Self.caches(entities, 1, "all", rows, events, folder)
        let part = try Self.caches(entities, budget, "part", rows, events, folder)
        let clock = ContinuousClock()
        learning = try clock.measure { try part[0].learn(iterations: .fixed(10)) } / .milliseconds(1)
        let shape = Self.shape(events: events, budget: budget)
        var output = [Float](repeating: 0, count: shape.attentionWidth)
        // Attends without committing, to the same events each time.
        func measure(_ caches: [EntityCache]) throws -> Double {
            try clock.measure {
                for event in 0..<repetitions {
                    try rows.withUnsafeBufferPointer { rows in
                        guard let start = rows.baseAddress else { return }
                        try caches[event % entities].attend(
                            layer: 0, start + (events + event) * shape.rowWidth, events: 1, into: &output)
                    }
                }
            } / .microseconds(repetitions)
        }
        _ = (try measure(all), try measure(part))
        var pairs: [(Double, Double)] = []
        for _ in 0..<rounds { pairs.append((try measure(all), try measure(part))) }
        (dense, share) = (Self.median(pairs.map(\.0)), Self.median(pairs.map(\.1)))
        ratio = Self.median(pairs.map { $0.0 / $0.1 })
        let (books, sums) = (4 << shape.bits * 32 * 4, events / CacheShape.span * 4 * 32 * 4)
        compression = Double(events * 4 * 32 * 4) / Double(events * 4 * shape.subspaces + books + sums)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Caches of one store in which all but the last events count.
    private static func caches(
        _ count: Int, _ budget: Double, _ name: String, _ rows: [Float], _ events: Int, _ folder: String
    ) throws -> [EntityCache] {
        let shape = shape(events: events, budget: budget)
        let store = try HistoryStore(
            creating: "\(folder)/\(name)-\(events)-\(budget)", model: "benchmark", shape: shape)
        var output = [Float](repeating: 0, count: events * shape.attentionWidth)
        return try (0..<count).map { entity in
            let cache = try store.cache(Array("\(entity)".utf8))
            try cache.attend(layer: 0, rows, events: events, into: &output, exact: true)
            try cache.commit(events: events, outputs: output, fingerprint: Array(repeating: 0, count: 32))
            return cache
        }
    }

    /// Events in clusters, as keys of transformers are: around 200 centres.
    private static func rows(_ events: Int) -> [Float] {
        var state: UInt64 = 1
        func random() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        func uniform() -> Float { Float(random()) * 0x1p-30 - 1 }
        let width = shape(events: 1, budget: 1).rowWidth
        let centres = (0..<200 * width).map { _ in uniform() }
        return (0..<events).flatMap { _ in
            let centre = Int(random() % 200) * width
            return (0..<width).map { 1.5 * centres[centre + $0] + 0.5 * uniform() }
        }
    }
}
