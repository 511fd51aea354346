/// Copies of a layer's most chosen blocks in memory of the process, so that reading them never waits for the disk.
final class BlockCopies {
    private var cache: BlockCache
    private let memory: UnsafeMutablePointer<Float>
    private let blockFloats: Int
    private var counts: [Int: Int] = [:]
    private(set) var hits = 0
    private(set) var misses = 0

    init(_ settings: BlockSettings, blockFloats: Int) {
        cache = BlockCache(settings)
        self.blockFloats = blockFloats
        memory = .allocate(capacity: settings.blocks * blockFloats)
    }

    deinit { memory.deallocate() }

    /// Counts events that were chosen in this step.
    func count(_ chosen: UnsafeBufferPointer<UInt32>) {
        for event in chosen { counts[Int(event) / CacheShape.span, default: 0] += 1 }
    }

    /// Ends a step: copies the blocks that come in.
    ///
    /// - Parameters:
    ///   - addresses: where blocks are read; those held are read from their copies afterwards.
    ///   - whole: blocks before this one are not written to any more; others are not copied.
    func step(_ addresses: inout [UnsafePointer<Float>?], _ pages: EntityPages, layer: Int, whole: Int) {
        guard !counts.isEmpty else { return }
        let step = cache.step(counts.filter { $0.key < whole }.map { ($0.key, $0.value) })
        misses += counts.reduce(0) { $0 + ($1.key < whole ? 0 : $1.value) }
        counts.removeAll(keepingCapacity: true)
        hits += step.hits
        misses += step.misses
        for block in step.evicted { addresses[block] = pages.rows(block, layer: layer) }
        for (slot, block) in step.admitted {
            let copy = memory + slot * blockFloats
            copy.update(from: pages.rows(block, layer: layer), count: blockFloats)
            addresses[block] = UnsafePointer(copy)
        }
    }
}
