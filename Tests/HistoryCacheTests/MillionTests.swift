import Foundation
import HistoryCache
import Testing

/// A long life: events one at a time, a kill in the middle.
@Suite struct MillionTests {
    private static let isLong = getenv("COLONNADE_LONG_TESTS") != nil
    private static let shape = CacheShape(
        layers: 1, heads: 2, dimension: 8, outputs: 1, events: 512, budget: 0.2, rest: .estimated)
    private static let entities = 3

    /// Adds events one at a time, to one entity after the other, until each has so many.
    private static func extend(_ path: String, to count: Int, synchronisingEach: Int = 100_000) throws {
        let store = try HistoryStore(creating: path, model: model, shape: shape)
        let caches = try (0..<entities).map { try store.cache([UInt8($0)]) }
        let rows = (0..<entities).map { Rows(shape: shape, seed: UInt64($0)) }
        // They take turns; after a kill one of them may be an event ahead.
        while let least = caches.indices.min(by: { caches[$0].count < caches[$1].count }), caches[least].count < count {
            try caches[least].add(1, rows[least])
            if least == 0, caches[0].count % synchronisingEach == 0 { try store.synchronise() }
        }
    }

    @Test(arguments: [isLong ? 1_000_000 / 3 : 4000]) func aKilledStoreGoesOnAsIfNothingHadHappened(
        count: Int
    ) async throws {
        let folder = try Folder()
        let path = folder.store
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, count = count as Int] in
            Thread.detachNewThread {
                // How far it is shows in the length of the outputs' file.
                while (try? FileManager.default.attributesOfItem(atPath: path + "/outputs")[.size] as? Int ?? 0) ?? 0
                    < MillionTests.entities * count / 128 / 2 * 512
                { usleep(1000) }
                kill(getpid(), SIGKILL)
            }
            try MillionTests.extend(path, to: count)
        }
        let counts = try (0..<Self.entities).map {
            try HistoryStore(opening: path, model: model, shape: Self.shape).cache([UInt8($0)]).count
        }
        #expect(counts.allSatisfy { $0 > count / 4 && $0 < count }, "\(counts) of \(count)")
        let clock = ContinuousClock()
        let seconds = try clock.measure { try Self.extend(path, to: count) }
        if Self.isLong { print("after the kill at \(counts): \(seconds) to \(count) each") }
        let store = try HistoryStore(opening: path, model: model, shape: Self.shape)
        let whole = try HistoryStore(creating: folder.path + "/whole", model: model, shape: Self.shape)
        for entity in 0..<Self.entities {
            let rows = Rows(shape: Self.shape, seed: UInt64(entity))
            let (cache, other) = (try store.cache([UInt8(entity)]), try whole.cache([UInt8(entity)]))
            while other.count < count { try other.add(min(5000, count - other.count), rows, exact: true) }
            #expect(cache.count == count && cache.fingerprint == other.fingerprint)
            for events in [1, 10] { #expect(bits(try cache.add(events, rows)) == bits(try other.add(events, rows))) }
            var (kept, made) = ([Float](repeating: 0, count: count), [Float](repeating: 1, count: count))
            try cache.outputs(of: 0..<count, into: &kept)
            try other.outputs(of: 0..<count, into: &made)
            #expect(kept == made)
        }
        // Of each entity: the sink's span, and those of 512 events.
        #expect(store.statistics.valueBytes <= Self.entities * 7 * 128 * 32 * 4)
    }
}
