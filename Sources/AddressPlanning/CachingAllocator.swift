/// What an allocator at run time makes of the same requests: a model of PyTorch's CUDACachingAllocator, which knows of
/// each buffer only when it is asked for.
///
/// Sizes are rounded up to 512 bytes. Requests up to 1 MiB come out of segments of 2 MiB, those below 10 MiB out of
/// segments of 20 MiB, larger ones have a segment of their own, rounded up to 2 MiB. The smallest free block that is
/// large enough is taken, the lowest of equals, and split if 512 bytes (of small requests) or more than 1 MiB (of large
/// ones) would be left. A freed block joins its free neighbours in the segment. Segments are kept; where a limit is
/// given, those that are all free go back when a new one would be beyond it.
public struct CachingAllocator: Sendable {
    /// What became of a trace.
    public struct Outcome: Hashable, Sendable {
        /// The bytes of all segments at most: what the device is asked for.
        public var reserved = 0
        /// The bytes of all blocks in use at most.
        public var allocated = 0
        /// The bytes that were requested at most, unrounded.
        public var requested = 0
        /// The buffer that no memory was left for.
        public var failed: String?

        /// The share of the reserved bytes that never were in use.
        public var fragmentation: Double { reserved == 0 ? 0 : 1 - Double(allocated) / Double(reserved) }
    }

    private enum Pool { case small, large }

    private struct Block {
        var offset: Int
        var size: Int
        var isFree: Bool
    }

    private struct Segment {
        let pool: Pool
        let size: Int
        /// By ascending offset, without gaps.
        var blocks: [Block]
        /// Whether it went back.
        var isReleased = false

        var isFree: Bool { blocks.count == 1 && blocks[0].isFree }
    }

    private static let (granule, smallLimit, largeLimit) = (512, 1 << 20, 10 << 20)
    private static let (smallSegment, largeSegment, rounding) = (2 << 20, 20 << 20, 2 << 20)

    private let limit: Int?
    private var segments: [Segment] = []
    private var outcome = Outcome()
    private var (reserved, allocated, requested) = (0, 0, 0)

    /// Requests a problem's buffers in the order of their lifetimes; of those that change at once, ends come first, then
    /// the problem's order counts. Ends at the first request that fails.
    ///
    /// - Parameter limit: The bytes of the device; nil for no limit.
    public static func run(_ problem: AllocationProblem, limit: Int? = nil) -> Outcome {
        var allocator = CachingAllocator(limit: limit)
        let buffers = problem.buffers
        let starts = buffers.indices.map { (buffers[$0].lower, 1, $0) }
        let ends = buffers.indices.map { (buffers[$0].upper, 0, $0) }
        var places: [Int: (segment: Int, offset: Int)] = [:]
        for (_, isStart, index) in (starts + ends).sorted(by: <) {
            let size = buffers[index].size
            if isStart == 1 {
                guard let place = allocator.allocate(size) else {
                    allocator.outcome.failed = buffers[index].id
                    break
                }
                places[index] = place
            } else if let place = places.removeValue(forKey: index) {
                allocator.free(place, requested: size)
            }
        }
        return allocator.outcome
    }

    private init(limit: Int?) { self.limit = limit }

    private mutating func allocate(_ bytes: Int) -> (segment: Int, offset: Int)? {
        let size = max(Self.granule, bytes.aligned(to: Self.granule))
        let pool: Pool = size <= Self.smallLimit ? .small : .large
        guard let (segment, index) = bestFit(size, in: pool) ?? reserve(size, in: pool) else { return nil }
        let block = segments[segment].blocks[index]
        let left = block.size - size
        if pool == .small ? left >= Self.granule : left > Self.smallLimit {
            segments[segment].blocks[index].size = size
            segments[segment].blocks.insert(
                Block(offset: block.offset + size, size: left, isFree: true), at: index + 1)
        }
        segments[segment].blocks[index].isFree = false
        allocated += segments[segment].blocks[index].size
        requested += bytes
        outcome.allocated = max(outcome.allocated, allocated)
        outcome.requested = max(outcome.requested, requested)
        return (segment, block.offset)
    }

    private func bestFit(_ size: Int, in pool: Pool) -> (Int, Int)? {
        var best: (segment: Int, index: Int, size: Int)?
        for (number, segment) in segments.enumerated() where segment.pool == pool && !segment.isReleased {
            for (index, block) in segment.blocks.enumerated() where block.isFree && block.size >= size {
                if best.map({ block.size < $0.size }) ?? true { best = (number, index, block.size) }
            }
        }
        return best.map { ($0.segment, $0.index) }
    }

    private mutating func reserve(_ size: Int, in pool: Pool) -> (Int, Int)? {
        let bytes =
            if pool == .small { Self.smallSegment } else if size < Self.largeLimit { Self.largeSegment } else {
                size.aligned(to: Self.rounding)
            }
        if let limit, reserved + bytes > limit { releaseFreeSegments() }
        if let limit, reserved + bytes > limit { return nil }
        reserved += bytes
        outcome.reserved = max(outcome.reserved, reserved)
        segments.append(Segment(pool: pool, size: bytes, blocks: [Block(offset: 0, size: bytes, isFree: true)]))
        return (segments.count - 1, 0)
    }

    private mutating func releaseFreeSegments() {
        for index in segments.indices where segments[index].isFree && !segments[index].isReleased {
            segments[index].isReleased = true
            reserved -= segments[index].size
        }
    }

    private mutating func free(_ place: (segment: Int, offset: Int), requested bytes: Int) {
        var blocks = segments[place.segment].blocks
        guard var index = blocks.firstIndex(where: { $0.offset == place.offset }) else { return }
        allocated -= blocks[index].size
        requested -= bytes
        blocks[index].isFree = true
        if index + 1 < blocks.count, blocks[index + 1].isFree {
            blocks[index].size += blocks.remove(at: index + 1).size
        }
        if index > 0, blocks[index - 1].isFree {
            index -= 1
            blocks[index].size += blocks.remove(at: index + 1).size
        }
        segments[place.segment].blocks = blocks
    }
}
