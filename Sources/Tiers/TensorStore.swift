internal import Glibc

/// Where a step puts tensors' rows away and fetches them from: named slots, for each of which a plan has decided whether it lies in
/// memory or on the disk.
///
/// Slots in memory are copied at once. Those on the disk are moved by the thread of a ``PageFile`` while the caller computes, in the
/// order in which ``store(_:from:)`` and ``load(_:into:)`` were called. A slot on the disk takes whole blocks of 4096 bytes: **memory
/// that is handed over for it lies at a multiple of 4096 and reaches to the end of its last block**, and its rest is moved along.
/// `store`, `load` and `wait` allocate nothing. For one thread at a time.
public final class TensorStore {
    /// Where a slot lies.
    public enum Tier: Hashable, Sendable {
        /// Memory.
        case host
        /// The disk.
        case file
    }

    /// A place for so many bytes.
    public struct Slot: Hashable, Sendable {
        /// What it is called in reports.
        public var name: String
        /// How many bytes are stored; at least 1.
        public var bytes: Int
        /// Where it lies.
        public var tier: Tier

        /// Nothing is taken for it yet.
        public init(name: String, bytes: Int, tier: Tier) {
            (self.name, self.bytes, self.tier) = (name, bytes, tier)
        }

        /// What memory that is handed over must have: `bytes`, in whole blocks if the slot lies on the disk.
        public var paddedBytes: Int {
            tier == .host ? bytes : (bytes + UnnamedFile.block - 1) & ~(UnnamedFile.block - 1)
        }
    }

    /// What was moved, and what that cost the caller.
    public struct Statistics: Hashable, Sendable {
        /// Bytes that were copied to slots in memory.
        public var hostBytesStored = 0
        /// Bytes that were copied from slots in memory.
        public var hostBytesLoaded = 0
        /// Bytes that were written to the disk, in whole blocks.
        public var fileBytesStored = 0
        /// Bytes that were read from the disk, in whole blocks.
        public var fileBytesLoaded = 0
        /// How long the caller copied from and to memory.
        public var copying = Duration.zero
        /// How long the caller waited for the disk.
        public var stalled = Duration.zero
        /// How long the disk was at work.
        public var diskBusy = Duration.zero
    }

    /// The slots, in the order of their numbers.
    public let slots: [Slot]
    private let places: UnsafeMutableBufferPointer<Place>
    private let memory: Arena?
    private let file: PageFile?
    private var copied = Statistics()

    /// A slot without what would be counted as a reference, and its last transfer.
    private struct Place {
        var bytes: Int
        /// Where in memory; -1 on the disk.
        var offset = -1
        /// Which blocks of the file.
        var blocks = 0..<0
        var last: Transfer?
    }

    /// Takes memory and disk.
    ///
    /// - Parameters:
    ///   - slots: With 1 byte or more each.
    ///   - hostBytes: The most that slots in memory may take, each rounded up to 64 bytes. No more than they take is reserved.
    ///   - directory: Where the file lies; may be nil if no slot lies on the disk.
    ///   - rate: The disk's bytes a second at most, as in ``PageFile``.
    /// - Throws: ``TierError``: slots in memory take more than `hostBytes`, or memory or disk cannot be had.
    public init(slots: [Slot], hostBytes: Int, directory: String?, rate: Double? = nil) throws(TierError) {
        var hostEnd = 0
        var blocks = 0
        var planned: [Place] = []
        for slot in slots {
            precondition(slot.bytes > 0, "slots of 1 byte or more")
            var place = Place(bytes: slot.bytes)
            switch slot.tier {
            case .host:
                place.offset = hostEnd
                hostEnd += (slot.bytes + 63) & ~63
            case .file:
                place.blocks = blocks..<blocks + slot.paddedBytes / UnnamedFile.block
                blocks = place.blocks.upperBound
            }
            planned.append(place)
        }
        guard hostEnd <= hostBytes else { throw .budget(needed: hostEnd, allowed: hostBytes) }
        memory = hostEnd > 0 ? try Arena(bytes: hostEnd) : nil
        if blocks > 0 {
            guard let directory else { preconditionFailure("a folder for slots on the disk") }
            // Room for every slot to be stored and loaded without a wait.
            file = try PageFile(
                in: directory, pages: blocks, pageBytes: UnnamedFile.block, rate: rate, depth: 2 * slots.count)
        } else {
            file = nil
        }
        self.slots = slots
        places = .allocate(capacity: slots.count)
        _ = places.initialize(from: planned)
    }

    /// Waits until nothing is under way.
    deinit { places.deallocate() }

    /// Begins to put a slot's bytes away. In memory that is done on return.
    ///
    /// - Parameters:
    ///   - slot: Its number.
    ///   - memory: For a slot on the disk ``Slot/paddedBytes`` of them, at a multiple of 4096; must stay as they are until ``wait(_:)``
    ///     is back.
    public func store(_ slot: Int, from memory: UnsafeRawPointer) {
        guard let host = hostAddress(of: slot) else { return begin(slot, .init(mutating: memory), isStore: true) }
        let start = Monitor.now()
        host.copyMemory(from: memory, byteCount: places[slot].bytes)
        copied.hostBytesStored += places[slot].bytes
        copied.copying += .nanoseconds(Int64(Monitor.now() - start))
    }

    /// Begins to fetch a slot's bytes, those that were last stored. From memory that is done on return.
    ///
    /// - Parameters:
    ///   - slot: Its number.
    ///   - memory: For a slot on the disk room for ``Slot/paddedBytes``, at a multiple of 4096; must be left alone until ``wait(_:)``
    ///     is back.
    public func load(_ slot: Int, into memory: UnsafeMutableRawPointer) {
        guard let host = hostAddress(of: slot) else { return begin(slot, memory, isStore: false) }
        let start = Monitor.now()
        memory.copyMemory(from: host, byteCount: places[slot].bytes)
        copied.hostBytesLoaded += places[slot].bytes
        copied.copying += .nanoseconds(Int64(Monitor.now() - start))
    }

    /// Waits until all that was begun with a slot is done.
    ///
    /// - Throws: ``TierError``, if it or anything on the disk before it failed.
    public func wait(_ slot: Int) throws(TierError) {
        guard let last = places[slot].last, let file else { return }
        try file.wait(last)
    }

    /// What was moved so far.
    public var statistics: Statistics {
        var statistics = copied
        guard let counters = file?.counters else { return statistics }
        statistics.fileBytesStored = counters.bytesWritten
        statistics.fileBytesLoaded = counters.bytesRead
        statistics.stalled = counters.stalled
        statistics.diskBusy = counters.busy
        return statistics
    }

    /// Bytes of memory that the slots in it take.
    public var hostBytes: Int { memory?.bytes ?? 0 }
    /// Bytes of the file.
    public var fileBytes: Int { file.map { $0.pages * $0.pageBytes } ?? 0 }

    /// As in ``PageFile/rate``.
    public var rate: Double? {
        get { file?.rate }
        set { file?.rate = newValue }
    }

    private func hostAddress(of slot: Int) -> UnsafeMutableRawPointer? {
        let offset = places[slot].offset
        guard offset >= 0, let memory else { return nil }
        return memory.start + offset
    }

    private func begin(_ slot: Int, _ memory: UnsafeMutableRawPointer, isStore: Bool) {
        guard let file else { preconditionFailure("a slot on the disk") }
        let blocks = places[slot].blocks
        places[slot].last = isStore ? file.write(blocks, from: memory) : file.read(blocks, into: memory)
    }
}
