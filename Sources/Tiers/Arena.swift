internal import Glibc
internal import Synchronization

/// Memory of a hard budget, taken at once and never more: where the tensors of a step lie, at planned offsets.
///
/// Zero to begin with. Pages before and behind it cannot be touched, so that what runs over its ends traps. Slices are pointers: that
/// threads do not use the same bytes at once is up to their users, and so is that the arena outlives them.
public final class Arena: @unchecked Sendable {
    // Unchecked: the pointer never changes.

    /// The budget in bytes.
    public let bytes: Int
    /// Its first byte, at a multiple of the system's page size (4096 on x86-64).
    public let start: UnsafeMutableRawPointer
    private let mapped: Int
    private let page = sysconf(Int32(_SC_PAGESIZE))
    private let highest = Atomic(0)

    /// - Parameter bytes: The budget, at least 1.
    /// - Throws: ``TierError/memory(bytes:code:)``.
    public init(bytes: Int) throws(TierError) {
        precondition(bytes > 0, "a budget")
        mapped = (bytes - 1) / page * page + page
        // All of it closed; then all but a page at each end is opened.
        let map = mmap(nil, mapped + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let map, map != MAP_FAILED else { throw .memory(bytes: bytes, code: errno) }
        guard mprotect(map + page, mapped, PROT_READ | PROT_WRITE) == 0 else {
            let code = errno
            munmap(map, mapped + 2 * page)
            throw .memory(bytes: bytes, code: code)
        }
        start = map + page
        self.bytes = bytes
    }

    deinit { munmap(start - page, mapped + 2 * page) }

    /// The bytes of a range; it must lie within the budget.
    public subscript(range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes, "within the arena's budget")
        note(range.upperBound)
        return .init(start: start + range.lowerBound, count: range.count)
    }

    /// So many values from an offset on, which must be a multiple of their alignment; they must lie within the budget.
    public func values<Value: BitwiseCopyable>(
        at offset: Int, count: Int, as type: Value.Type = Value.self
    ) -> UnsafeMutableBufferPointer<Value> {
        precondition(offset >= 0 && offset <= bytes, "within the arena's budget")
        precondition(count >= 0 && count <= (bytes - offset) / MemoryLayout<Value>.stride, "within the arena's budget")
        precondition(offset % MemoryLayout<Value>.alignment == 0, "an offset at the values' alignment")
        note(offset + count * MemoryLayout<Value>.stride)
        let first = (start + offset).bindMemory(to: Value.self, capacity: count)
        return .init(start: first, count: count)
    }

    private func note(_ end: Int) { highest.max(end, ordering: .relaxed) }

    /// The highest end of the slices that were asked for. What was really written, ``writtenEnd(since:)`` measures.
    public var highWater: Int { highest.load(ordering: .relaxed) }

    /// Bytes that lie in physical memory now, in whole pages of the system; fewer than were touched if the system swaps.
    public var residentBytes: Int {
        let pages = mapped / page
        let flags = [UInt8](unsafeUninitializedCapacity: pages) { flags, count in
            count = mincore(start, mapped, flags.baseAddress) == 0 ? pages : 0
        }
        return flags.reduce(0) { $0 + Int($1 & 1) } * page
    }

    /// Gives all physical memory back to the system; every byte is zero then. The budget stays.
    public func clear() {
        let status = madvise(start, mapped, MADV_DONTNEED)
        precondition(status == 0, "memory of this arena")
    }
}

// MARK: - Measuring what is written

extension Arena {
    /// A pattern that tells which bytes were written. A byte that is written with the value that the pattern has there goes unseen; it
    /// is seen with the other pattern, in which every bit is different.
    package enum Canary: UInt64, CaseIterable {
        case first = 0
        case inverted = 0xFFFF_FFFF_FFFF_FFFF

        /// Eight bytes at a place, from a hash (SplitMix64) of it.
        fileprivate func word(_ index: Int) -> UInt64 {
            var mixed = UInt64(truncatingIfNeeded: index + 1) &* 0x9E37_79B9_7F4A_7C15
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return (mixed ^ (mixed >> 31)) ^ rawValue
        }
    }

    /// Overwrites everything with a pattern.
    package func fill(_ canary: Canary) {
        for index in 0..<mapped / 8 {
            start.storeBytes(of: canary.word(index), toByteOffset: index * 8, as: UInt64.self)
        }
    }

    /// One more than the highest offset whose byte is not the pattern's any more; 0 if none was changed.
    package func writtenEnd(since canary: Canary) -> Int {
        for index in (0..<mapped / 8).reversed() {
            let changed =
                start.load(fromByteOffset: index * 8, as: UInt64.self).littleEndian ^ canary.word(index).littleEndian
            if changed != 0 { return index * 8 + 8 - changed.leadingZeroBitCount / 8 }
        }
        return 0
    }

    /// The measured peak of work that can be done twice: to the byte, if it writes the same both times.
    package func writtenEnd<Failure: Error>(of work: () throws(Failure) -> Void) throws(Failure) -> Int {
        var end = 0
        for canary in Canary.allCases {
            fill(canary)
            try work()
            end = max(end, writtenEnd(since: canary))
        }
        return end
    }
}
