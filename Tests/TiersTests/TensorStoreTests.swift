import Glibc
import Testing
import Tiers

@Suite struct TensorStoreTests {
    static let slots = [
        TensorStore.Slot(name: "layer 0 input", bytes: 10_000, tier: .file),
        TensorStore.Slot(name: "layer 0 attention", bytes: 5000, tier: .host),
        TensorStore.Slot(name: "layer 1 input", bytes: 4096, tier: .file),
        TensorStore.Slot(name: "layer 1 attention", bytes: 64, tier: .host),
    ]

    @Test func slotsHoldWhatWasStored() throws {
        let store = try TensorStore(slots: Self.slots, hostBytes: 5120, directory: PageFileTests.folder)
        #expect(Self.slots.map(\.paddedBytes) == [12_288, 5000, 4096, 64])
        #expect(store.hostBytes == 5056 + 64 && store.fileBytes == 12_288 + 4096)
        let memory = Self.slots.map { Memory($0.paddedBytes) }
        for round in 0..<3 {
            for (slot, memory) in memory.enumerated() {
                memory.fill(10 * round + slot)
                store.store(slot, from: memory.start)
            }
            for slot in memory.indices {
                try store.wait(slot)
                memory[slot].bytes.initializeMemory(as: UInt8.self, repeating: 0)
            }
            for (slot, memory) in memory.enumerated().reversed() { store.load(slot, into: memory.start) }
            for slot in memory.indices {
                try store.wait(slot)
                #expect(memory[slot].holds(10 * round + slot))
            }
        }
        let statistics = store.statistics
        #expect(statistics.hostBytesStored == 3 * 5064 && statistics.hostBytesLoaded == 3 * 5064)
        #expect(statistics.fileBytesStored == 3 * 16_384 && statistics.fileBytesLoaded == 3 * 16_384)
        #expect(statistics.diskBusy > .zero && statistics.copying > .zero)
    }

    @Test func aLoadReadsWhatIsStillBeingStored() throws {
        let slot = TensorStore.Slot(name: "rows", bytes: 1 << 16, tier: .file)
        let store = try TensorStore(slots: [slot], hostBytes: 0, directory: PageFileTests.folder, rate: 1e7)
        let (from, into) = (Memory(1 << 16), Memory(1 << 16))
        from.fill(5)
        store.store(0, from: from.start)
        store.load(0, into: into.start)
        #expect(store.statistics.stalled == .zero)
        try store.wait(0)
        #expect(into.holds(5))
        // 2 * 64 KiB at 10 MB a second, which nobody computed meanwhile.
        #expect(store.statistics.stalled > .milliseconds(10))
    }

    @Test func memoryBeyondWhatIsAllowedIsRefused() {
        #expect(throws: TierError.budget(needed: 5120, allowed: 5119)) {
            _ = try TensorStore(slots: Self.slots, hostBytes: 5119, directory: PageFileTests.folder)
        }
    }

    @Test func onlyMemoryNeedsNoFolder() throws {
        let store = try TensorStore(slots: [Self.slots[3]], hostBytes: 64, directory: nil)
        let memory = Memory(64)
        memory.fill(3)
        store.store(0, from: memory.start)
        memory.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        store.load(0, into: memory.start)
        try store.wait(0)
        #expect(memory.holds(3) && store.fileBytes == 0 && store.rate == nil)
    }
}
