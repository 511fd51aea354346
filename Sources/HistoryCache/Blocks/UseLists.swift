/// Slots in lists by how often they were used, each list in the order in which slots came to it: the least used slot is found, and a use
/// is noted, in constant time (Shah, Mitra, Matani, *An O(1) algorithm for implementing the LFU cache eviction scheme*, 2010).
///
/// Without counting uses there is one list, in the order of last use.
struct UseLists: Sendable {
    private struct Slot {
        var block: Int
        var uses = 1
        var previous: Int?
        var next: Int?
    }

    private struct List {
        var first: Int
        var last: Int
    }

    private let capacity: Int
    private let countsUses: Bool
    private var slots: [Slot] = []
    private var lists: [Int: List] = [:]
    private var fewest = 1

    init(slots: Int, countsUses: Bool) { (capacity, self.countsUses) = (slots, countsUses) }

    /// Notes a use of a slot.
    mutating func use(_ slot: Int) {
        remove(slot)
        if countsUses { slots[slot].uses += 1 }
        if lists[fewest] == nil { fewest = slots[slot].uses }
        append(slot)
    }

    /// Gives a block a slot: a new one, or the one whose block leaves.
    mutating func admit(_ block: Int) -> (slot: Int, evicted: Int?) {
        if slots.count < capacity {
            slots.append(Slot(block: block))
            fewest = 1
            append(slots.count - 1)
            return (slots.count - 1, nil)
        }
        let slot = lists[fewest]!.first  // a full cache has a least used slot
        let evicted = slots[slot].block
        remove(slot)
        slots[slot] = Slot(block: block)
        fewest = 1
        append(slot)
        return (slot, evicted)
    }

    private mutating func append(_ slot: Int) {
        let uses = slots[slot].uses
        guard let list = lists[uses] else {
            lists[uses] = List(first: slot, last: slot)
            return
        }
        slots[slot].previous = list.last
        slots[list.last].next = slot
        lists[uses]?.last = slot
    }

    private mutating func remove(_ slot: Int) {
        let (uses, previous, next) = (slots[slot].uses, slots[slot].previous, slots[slot].next)
        if let previous { slots[previous].next = next } else if let next { lists[uses]?.first = next }
        if let next { slots[next].previous = previous } else if let previous { lists[uses]?.last = previous }
        if previous == nil && next == nil { lists[uses] = nil }
        (slots[slot].previous, slots[slot].next) = (nil, nil)
    }
}
