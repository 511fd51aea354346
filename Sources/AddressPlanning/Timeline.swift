/// A problem's time, cut into the sections that matter: those in which a set of buffers lives that is part of no other
/// section's. Two buffers overlap in time if and only if they share a section.
struct Timeline {
    /// How many sections there are.
    let sections: Int
    /// By buffer: its first section.
    private(set) var first: [Int]
    /// By buffer: the section after its last.
    private(set) var end: [Int]
    /// By section: who lives in it.
    private(set) var members = Lists()
    /// By buffer: whose lifetimes overlap its own.
    private(set) var neighbours = Lists()

    /// Complexity: O(n log n + m), where m is the number of entries of the lists.
    init(_ buffers: [Buffer]) {
        first = Array(repeating: 0, count: buffers.count)
        end = first
        var sections = 0
        var hasStarted = false
        for event in Event.all(of: buffers) {
            if event.isStart {
                first[event.buffer] = sections
                hasStarted = true
            } else {
                // Only the first end after a start closes a section: up to there, sets of live buffers only grow.
                if hasStarted { sections += 1 }
                hasStarted = false
                end[event.buffer] = sections
            }
        }
        self.sections = sections
        fillLists()
    }

    private mutating func fillLists() {
        var live: [[Int]] = Array(repeating: [], count: sections)
        for buffer in first.indices {
            for section in first[buffer]..<end[buffer] { live[section].append(buffer) }
        }
        for section in live { members.append(section) }
        var seen = Array(repeating: -1, count: first.count)
        for buffer in first.indices {
            seen[buffer] = buffer
            var others: [Int] = []
            for section in first[buffer]..<end[buffer] {
                for other in live[section] where seen[other] != buffer {
                    seen[other] = buffer
                    others.append(other)
                }
            }
            neighbours.append(others)
        }
    }

    /// What every plan needs: the most that lives at once, with the padding between buffers that cannot be avoided, since
    /// all but the topmost of them are followed by an offset that is aligned.
    func lowerBound(of problem: AllocationProblem) -> Int {
        let granule = problem.granule
        return (0..<sections).reduce(0) { bound, section in
            var (sum, padding) = (0, 0)
            for member in members[section] {
                let size = problem.buffers[Int(member)].size
                sum += size.aligned(to: granule)
                padding = max(padding, size.aligned(to: granule) - size)
            }
            return max(bound, sum - padding)
        }
    }

    private struct Event: Comparable {
        let time: Int
        let isStart: Bool
        let buffer: Int

        static func all(of buffers: [Buffer]) -> [Event] {
            buffers.enumerated().flatMap { index, buffer in
                [
                    Event(time: buffer.lower, isStart: true, buffer: index),
                    Event(time: buffer.upper, isStart: false, buffer: index),
                ]
            }.sorted()
        }

        /// Ends come first: a buffer does not overlap one that starts where it ends.
        static func < (one: Event, other: Event) -> Bool {
            (one.time, one.isStart ? 1 : 0, one.buffer) < (other.time, other.isStart ? 1 : 0, other.buffer)
        }
    }
}

/// Lists of numbers, one after the other in one array.
struct Lists {
    private(set) var items: [Int32] = []
    /// Where each starts, and where the last ends.
    private(set) var starts: [Int] = [0]

    mutating func append(_ list: some Sequence<Int>) {
        items.append(contentsOf: list.lazy.map { Int32($0) })
        starts.append(items.count)
    }

    subscript(index: Int) -> ArraySlice<Int32> { items[starts[index]..<starts[index + 1]] }
}
