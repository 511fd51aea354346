/// What a search knows while some buffers are placed: where each other one can lie at the lowest, and what each section
/// still needs.
///
/// Flat memory without reference counts or bounds checks, since the search visits up to a million states a second.
/// Every change of a bound goes to a trail, off which ``undo(to:)`` takes it back.
struct PartialPlan: ~Copyable {
    /// The state to come back to.
    struct Mark {
        fileprivate let placed: Int
        fileprivate let bounds: Int
        fileprivate let floors: Int
    }

    let count: Int
    let sections: Int
    /// Rounded up to the granule.
    let capacity: Int

    // By buffer.
    /// Its first section.
    let first: UnsafeMutablePointer<Int>
    /// The section after its last.
    let end: UnsafeMutablePointer<Int>
    /// Rounded up to the granule.
    let sizes: UnsafeMutablePointer<Int>
    private let alignments: UnsafeMutablePointer<Int>
    /// The highest offset at which it ends within the capacity.
    private let highest: UnsafeMutablePointer<Int>
    /// -1 while it is not placed.
    let offsets: UnsafeMutablePointer<Int>
    /// The lowest offset above all placed neighbours.
    let support: UnsafeMutablePointer<Int>
    /// No solution below this state places it lower. At least its support; above it once it is known that another
    /// buffer comes in between.
    let earliest: UnsafeMutablePointer<Int>

    // By section.
    /// The bytes of its buffers that are not placed.
    let waiting: UnsafeMutablePointer<Int>
    /// The least `earliest` of them.
    let floors: UnsafeMutablePointer<Int>
    /// How many buffers that are not placed live in it and in the next one.
    let crossing: UnsafeMutablePointer<Int>
    /// The number of the last change whose `dirty` it was put into.
    private let stamps: UnsafeMutablePointer<Int>

    /// The sections whose floor may rise by the present change.
    private let dirty: UnsafeMutablePointer<Int>
    /// The buffers that are placed, in their sequence.
    private let placed: UnsafeMutablePointer<Int>
    private let members: UnsafeMutablePointer<Int32>
    private let memberStarts: UnsafeMutablePointer<Int>
    private let neighbours: UnsafeMutablePointer<Int32>
    private let neighbourStarts: UnsafeMutablePointer<Int>

    private var placedCount = 0
    private var stamp = 0
    private var dirtyCount = 0
    private var boundTrail: [BoundChange] = []
    private var floorTrail: [FloorChange] = []

    private struct BoundChange {
        var buffer: Int32
        var support: Int
        var earliest: Int
    }

    private struct FloorChange {
        var section: Int32
        var floor: Int
    }

    /// - Parameter capacity: At least the problem's lower bound, so that every buffer fits by itself.
    init(_ problem: AllocationProblem, _ timeline: Timeline, capacity: Int) {
        let buffers = problem.buffers
        let granule = problem.granule
        count = buffers.count
        sections = timeline.sections
        // A section's last byte may be padding that no buffer has.
        self.capacity = capacity.aligned(to: granule)
        first = .copy(timeline.first)
        end = .copy(timeline.end)
        sizes = .copy(buffers.map { $0.size.aligned(to: granule) })
        alignments = .copy(buffers.map(\.alignment))
        highest = .copy(buffers.map { capacity - $0.size })
        offsets = .filled(count, -1)
        support = .filled(count, 0)
        earliest = .filled(count, 0)
        waiting = .filled(sections, 0)
        floors = .filled(sections, 0)
        crossing = .filled(sections, 0)
        stamps = .filled(sections, 0)
        dirty = .filled(sections, 0)
        members = .copy(timeline.members.items)
        memberStarts = .copy(timeline.members.starts)
        neighbours = .copy(timeline.neighbours.items)
        neighbourStarts = .copy(timeline.neighbours.starts)
        placed = .filled(count, 0)
        for buffer in 0..<count {
            for section in first[buffer]..<end[buffer] { waiting[section] += sizes[buffer] }
            for section in first[buffer]..<end[buffer] - 1 { crossing[section] += 1 }
        }
    }

    deinit {
        for array in [
            first, end, sizes, alignments, highest, offsets, support, earliest, waiting, floors, crossing, stamps,
            dirty, placed, memberStarts, neighbourStarts,
        ] { array.deallocate() }
        members.deallocate()
        neighbours.deallocate()
    }

    /// Whether a buffer of these sections is not placed.
    func isWaiting(_ part: Range<Int>) -> Bool { part.contains { waiting[$0] > 0 } }

    /// The most that waits in a section of a buffer's.
    func mostWaiting(beside buffer: Int) -> Int {
        var most = 0
        for section in first[buffer]..<end[buffer] { most = max(most, waiting[section]) }
        return most
    }

    var mark: Mark { Mark(placed: placedCount, bounds: boundTrail.count, floors: floorTrail.count) }

    /// Places a buffer on its support.
    ///
    /// - Returns: False if what is left cannot be placed any more. Then, too, the way back is ``undo(to:)``.
    mutating func place(_ buffer: Int) -> Bool {
        let offset = support[buffer]
        offsets[buffer] = offset
        placed[placedCount] = buffer
        placedCount += 1
        let size = sizes[buffer]
        beginSections()
        for section in first[buffer]..<end[buffer] {
            waiting[section] -= size
            touch(section)
        }
        for section in first[buffer]..<end[buffer] - 1 { crossing[section] -= 1 }
        for index in neighbourStarts[buffer]..<neighbourStarts[buffer + 1] {
            let other = Int(neighbours[index])
            guard offsets[other] < 0 else { continue }
            let lowest = (offset + size).aligned(to: alignments[other])
            guard support[other] < lowest else { continue }
            guard raise(other, support: lowest, earliest: max(lowest, earliest[other])) else { return false }
        }
        return updateSections()
    }

    /// Takes note that no solution places a buffer on its support, after all that start at lower offsets were tried:
    /// another one, which starts no lower, comes in between.
    ///
    /// - Returns: False if that cannot be. Then, too, the way back is ``undo(to:)``.
    mutating func lift(_ buffer: Int) -> Bool {
        let from = support[buffer]
        var lowest = Int.max
        for index in neighbourStarts[buffer]..<neighbourStarts[buffer + 1] {
            let other = Int(neighbours[index])
            guard offsets[other] < 0 else { continue }
            lowest = min(lowest, max(earliest[other], from) + sizes[other])
        }
        guard lowest < Int.max else { return false }
        beginSections()
        return raise(buffer, support: from, earliest: lowest.aligned(to: alignments[buffer])) && updateSections()
    }

    /// Takes back what was placed and lifted since the mark.
    mutating func undo(to mark: Mark) {
        while floorTrail.count > mark.floors {
            let change = floorTrail.removeLast()
            floors[Int(change.section)] = change.floor
        }
        while boundTrail.count > mark.bounds {
            let change = boundTrail.removeLast()
            support[Int(change.buffer)] = change.support
            earliest[Int(change.buffer)] = change.earliest
        }
        while placedCount > mark.placed {
            placedCount -= 1
            let buffer = placed[placedCount]
            offsets[buffer] = -1
            for section in first[buffer]..<end[buffer] { waiting[section] += sizes[buffer] }
            for section in first[buffer]..<end[buffer] - 1 { crossing[section] += 1 }
        }
    }

    private mutating func raise(_ buffer: Int, support newSupport: Int, earliest newEarliest: Int) -> Bool {
        let old = earliest[buffer]
        boundTrail.append(BoundChange(buffer: Int32(buffer), support: support[buffer], earliest: old))
        support[buffer] = newSupport
        guard old < newEarliest else { return true }
        guard newEarliest <= highest[buffer] else { return false }
        earliest[buffer] = newEarliest
        for section in first[buffer]..<end[buffer] where floors[section] == old { touch(section) }
        return true
    }

    private mutating func beginSections() {
        stamp += 1
        dirtyCount = 0
    }

    private mutating func touch(_ section: Int) {
        guard stamps[section] != stamp else { return }
        stamps[section] = stamp
        dirty[dirtyCount] = section
        dirtyCount += 1
    }

    private mutating func updateSections() -> Bool {
        for index in 0..<dirtyCount {
            let section = dirty[index]
            guard waiting[section] > 0 else { continue }
            let old = floors[section]
            var floor = Int.max
            for place in memberStarts[section]..<memberStarts[section + 1] {
                let member = Int(members[place])
                floor = min(floor, offsets[member] < 0 ? earliest[member] : Int.max)
                // A floor never sinks while buffers are placed.
                if floor == old { break }
            }
            if floor != old {
                floorTrail.append(FloorChange(section: Int32(section), floor: old))
                floors[section] = floor
            }
            guard floor + waiting[section] <= capacity else { return false }
        }
        return true
    }
}

extension UnsafeMutablePointer {
    static func copy(_ array: [Pointee]) -> UnsafeMutablePointer {
        let pointer = allocate(capacity: Swift.max(1, array.count))
        array.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.initialize(from: base, count: source.count) }
        }
        return pointer
    }

    static func filled(_ count: Int, _ value: Pointee) -> UnsafeMutablePointer {
        let pointer = allocate(capacity: Swift.max(1, count))
        pointer.initialize(repeating: value, count: count)
        return pointer
    }
}
