internal import Tiers

/// Where the optimiser's state of a ``LayerUpdater`` lies.
public enum StatePlace: Hashable, Sendable {
    /// In memory, beside parameters and gradients.
    case memory
    /// In a file without a name in this folder, **not encrypted**; at most so many bytes a second are moved, for tests, or as many as the
    /// disk can.
    case disk(folder: String, rate: Double? = nil)

    /// Pages for all state.
    func store(_ layout: StateLayout) throws(TierError) -> any PageStore {
        switch self {
        case .memory: MemoryPages(layout.pages, of: layout.pageBytes)
        case .disk(let folder, let rate):
            try PageFile(in: folder, pages: layout.pages, pageBytes: layout.pageBytes, rate: rate)
        }
    }
}

/// Pages that are in memory: transfers end as they begin.
final class MemoryPages: PageStore {
    let pageBytes: Int
    private let memory: AlignedMemory

    init(_ pages: Int, of pageBytes: Int) {
        self.pageBytes = pageBytes
        memory = AlignedMemory(bytes: pages * pageBytes)
    }

    var counters: PageFile.Counters { PageFile.Counters() }

    func write(_ page: Int, from source: UnsafeRawPointer) -> Transfer {
        (memory.start + page * pageBytes).copyMemory(from: source, byteCount: pageBytes)
        return Transfer(number: 0)
    }

    func read(_ page: Int, into target: UnsafeMutableRawPointer) -> Transfer {
        target.copyMemory(from: memory.start + page * pageBytes, byteCount: pageBytes)
        return Transfer(number: 0)
    }

    func wait(_: Transfer) {}
}

/// What an optimiser knows of one layer: with its parameters, enough to go on from.
public struct LayerState: Hashable, Sendable {
    /// Steps that were taken.
    public var steps: Int
    /// In the optimiser's order, as many numbers as the layer has parameters; none before the first step.
    public var slots: [[Float]]

    public init(steps: Int, slots: [[Float]]) { (self.steps, self.slots) = (steps, slots) }
}

extension StateLayout {
    /// Reads a layer's slots out of its pages.
    func read(_ layer: Int, from store: any PageStore) throws(TierError) -> [[Float]] {
        var slots = Array(repeating: [Float](), count: slotCount)
        let page = AlignedMemory(bytes: pageBytes)
        for (place, number) in pages(of: layer).enumerated() {
            try store.wait(store.read(number, into: page.start))
            for slot in slots.indices {
                let numbers = page.start.assumingMemoryBound(to: Float.self) + slot * elements
                slots[slot] += UnsafeBufferPointer(start: numbers, count: count(of: layer, inPage: place))
            }
        }
        return slots
    }

    /// Writes a layer's slots into its pages.
    func write(_ slots: [[Float]], of layer: Int, to store: any PageStore) throws(TierError) {
        precondition(
            slots.count == slotCount && slots.allSatisfy { $0.count == counts[layer] },
            "a number of each slot a parameter")
        let page = AlignedMemory(bytes: pageBytes)
        page.start.initializeMemory(as: UInt8.self, repeating: 0, count: pageBytes)
        for (place, number) in pages(of: layer).enumerated() {
            for (slot, values) in slots.enumerated() {
                let numbers = page.start.assumingMemoryBound(to: Float.self) + slot * elements
                let part = values[(place * elements)...].prefix(count(of: layer, inPage: place))
                for (offset, value) in part.enumerated() { numbers[offset] = value }
            }
            try store.wait(store.write(number, from: page.start))
        }
    }
}
