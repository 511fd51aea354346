/// What leaves a full cache of blocks.
public enum BlockPolicy: String, Codable, Sendable, CaseIterable {
    /// The block that was used in the fewest steps; of several, the one that has been so the longest.
    case lfu
    /// The block whose last use is the longest ago.
    case lru
}

/// How many blocks of 128 events are held in memory for each layer, and by which policy.
public struct BlockSettings: Hashable, Sendable {
    /// Blocks of a layer.
    public var blocks: Int
    /// What leaves.
    public var policy: BlockPolicy

    /// - Parameter blocks: above 0; PQCache holds 32.
    public init(blocks: Int = 32, policy: BlockPolicy = .lfu) {
        precondition(blocks > 0, "room for a block")
        (self.blocks, self.policy) = (blocks, policy)
    }
}

/// Which blocks of events a layer holds in memory: numbers only.
///
/// PQCache (arXiv 2407.12820, section 3.4): hits are counted in events, blocks are admitted whole. After a step the blocks with the most
/// chosen events, as many as there is room for, are used: those that are held count one use more, the others come in, the block with
/// most events first. A step takes time in the number of its blocks, not in that of those held.
package struct BlockCache: Sendable {
    package let settings: BlockSettings
    private var lists: UseLists
    private var slots: [Int: Int] = [:]

    /// What a step did.
    package struct Step: Hashable, Sendable {
        /// Chosen events whose block was held.
        package var hits = 0
        /// Chosen events whose block was not.
        package var misses = 0
        /// Blocks that came in and stayed, by slot.
        package var admitted: [Int: Int] = [:]
        /// Blocks that left.
        package var evicted: Set<Int> = []
    }

    package init(_ settings: BlockSettings) {
        self.settings = settings
        lists = UseLists(slots: settings.blocks, countsUses: settings.policy == .lfu)
    }

    /// The slot of a block, where it is held.
    package func slot(of block: Int) -> Int? { slots[block] }

    /// Takes in a step: how many events of which blocks were chosen, no block twice.
    package mutating func step(_ counts: [(block: Int, events: Int)]) -> Step {
        var step = Step()
        for (block, events) in counts {
            if slots[block] == nil { step.misses += events } else { step.hits += events }
        }
        let order = counts.sorted { ($1.events, $0.block) < ($0.events, $1.block) }
        for (block, _) in order.prefix(settings.blocks) {
            if let slot = slots[block] {
                lists.use(slot)
                continue
            }
            let (slot, old) = lists.admit(block)
            if let old {
                slots[old] = nil
                step.evicted.insert(old)
            }
            slots[block] = slot
            step.admitted[slot] = block
        }
        // What came in and left within the step is neither.
        let passed = step.evicted.subtracting(step.admitted.values)
        step.evicted = passed.filter { slots[$0] == nil }
        return step
    }
}
