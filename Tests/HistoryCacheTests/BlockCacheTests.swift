import HistoryCache
import Testing

/// The same by the rules' words: a list of blocks with their uses, and when they came to that number.
private struct ReferenceCache {
    let settings: BlockSettings
    var held: [(block: Int, uses: Int, since: Int)] = []
    private var time = 0
    var hits = 0
    var misses = 0

    init(_ settings: BlockSettings) { self.settings = settings }

    mutating func step(_ counts: [(block: Int, events: Int)]) {
        for (block, events) in counts {
            if held.contains(where: { $0.block == block }) { hits += events } else { misses += events }
        }
        for (block, _) in counts.sorted(by: { $0.events != $1.events ? $0.events > $1.events : $0.block < $1.block })
            .prefix(settings.blocks)
        {
            time += 1
            let old = held.first { $0.block == block }
            if old == nil, held.count == settings.blocks {
                let least = held.min {
                    settings.policy == .lru ? $0.since < $1.since : ($0.uses, $0.since) < ($1.uses, $1.since)
                }
                held.removeAll { $0.block == least?.block }
            }
            held.removeAll { $0.block == block }
            held.append((block, (old?.uses ?? 0) + 1, time))
        }
    }
}

@Suite struct BlockCacheTests {
    /// Traces of steps whose choice drifts, as a query's does, with some blocks that are always popular.
    private static func trace(seed: UInt64, steps: Int) -> [[(block: Int, events: Int)]] {
        var numbers = Numbers(seed: seed)
        return (0..<steps).map { step in
            var counts: [Int: Int] = [:]
            for _ in 0..<1 + numbers.below(60) {
                let block =
                    switch numbers.below(3) {
                    case 0: numbers.below(4)
                    case 1: step / 5 + numbers.below(6)
                    default: numbers.below(40)
                    }
                counts[block, default: 0] += 1 + numbers.below(9)
            }
            return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }

    @Test(arguments: BlockPolicy.allCases, [1, 2, 7, 32])
    func hitsAreThoseOfTheReference(policy: BlockPolicy, blocks: Int) throws {
        let settings = BlockSettings(blocks: blocks, policy: policy)
        for seed in 1...5 as ClosedRange<UInt64> {
            var cache = BlockCache(settings)
            var reference = ReferenceCache(settings)
            var (hits, misses, slots) = (0, 0, [Int: Int]())
            for counts in Self.trace(seed: seed, steps: 300) {
                let step = cache.step(counts)
                reference.step(counts)
                hits += step.hits
                misses += step.misses
                for (slot, block) in slots where step.evicted.contains(block) { slots[slot] = nil }
                for (slot, block) in step.admitted { slots[slot] = block }
                try #require(hits == reference.hits && misses == reference.misses)
                #expect(Set(slots.values) == Set(reference.held.map(\.block)))
                for (slot, block) in slots { try #require(cache.slot(of: block) == slot) }
            }
            #expect(hits > 0 && misses > 0)
        }
    }

    /// The two policies differ: the oldest of the least used, and the least recently used.
    @Test func policiesDiffer() {
        var found: [Int?] = []
        for policy in [BlockPolicy.lfu, .lru] {
            var cache = BlockCache(BlockSettings(blocks: 2, policy: policy))
            for block in [1, 1, 2, 3] { _ = cache.step([(block, 1)]) }
            found.append(cache.slot(of: 1))
        }
        #expect(found[0] != nil && found[1] == nil)
    }

    @Test(arguments: BlockPolicy.allCases) func copiesChangeNoBit(policy: BlockPolicy) throws {
        let shape = CacheShape(
            layers: 2, heads: 2, dimension: 8, outputs: 0, events: 2000, budget: 0.1, rest: .estimated)
        let folder = try Folder()
        let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
        let rows = Rows(shape: shape)
        let plain = try store.cache([1])
        let copied = try store.cache([2], blocks: BlockSettings(blocks: 3, policy: policy))
        for events in [900, 1, 1, 1, 1400, 1, 20] {
            #expect(bits(try plain.add(events, rows)) == bits(try copied.add(events, rows)))
        }
        #expect(copied.blockCounts.hits > 0 && copied.blockCounts.misses > 0)
        #expect(plain.blockCounts == (0, 0))
    }
}
