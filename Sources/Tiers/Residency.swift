/// When each tensor is in memory: by Belady's rule, only what has to go goes, and that is what is used again last.
///
/// For tensors of one size no other rule loads fewer (L. A. Belady, IBM Systems Journal 5(2), 1966). For mixed sizes, where the least is
/// NP-hard to find, it is a heuristic; what it gives up for nothing is kept afterwards.
struct Residency {
    /// A tensor in memory, without a gap.
    struct Stay {
        let tensor: Int
        /// Where it was not in memory before the step: the operation that needs it.
        var neededBy: Int?
        /// The operation from whose begin on it takes room; before, from when on it is loaded.
        var from: Int
        /// The last operation that it is used by; one less than `from`, if it is there before the step and goes unused.
        var lastUse: Int
        /// The last operation at which it takes room.
        var until: Int
        var isModified = false
    }

    private let trace: AccessTrace
    private let capacity: Int
    /// Of each tensor, the operations that use it.
    private let uses: [[Int]]
    private(set) var stays: [Stay] = []
    /// Bytes in memory, by operation.
    private(set) var residentBytes: [Int]

    /// - Parameter resident: What is in memory before the step.
    /// - Throws: ``TierError/operation(_:needed:capacity:)``.
    init(_ trace: AccessTrace, capacity: Int, resident: Set<Int>) throws(TierError) {
        (self.trace, self.capacity) = (trace, capacity)
        var uses = [[Int]](repeating: [], count: trace.tensors.count)
        for (number, operation) in trace.operations.enumerated() {
            for tensor in operation.uses { uses[tensor].append(number) }
            let needed = trace.bytes(ofOperation: number)
            guard needed <= capacity else { throw .operation(number, needed: needed, capacity: capacity) }
        }
        self.uses = uses
        residentBytes = .init(repeating: 0, count: trace.operations.count)
        walk(from: resident)
        for stay in stays {
            for operation in stay.from..<max(stay.from, stay.until + 1) { residentBytes[operation] += bytes(stay) }
        }
        bridgeGaps()
    }

    private func bytes(_ stay: Stay) -> Int { trace.tensors[stay.tensor].bytes }

    private func fits(_ bytes: Int, _ operations: Range<Int>) -> Bool {
        operations.allSatisfy { residentBytes[$0] + bytes <= capacity }
    }

    // MARK: - Belady's rule

    private mutating func walk(from resident: Set<Int>) {
        // Of tensors in memory, their stay; of all, how many of its uses are over.
        var current: [Int: Int] = [:]
        var over = [Int](repeating: 0, count: uses.count)
        var held = 0
        for tensor in resident.sorted() {
            current[tensor] = stays.count
            stays.append(Stay(tensor: tensor, neededBy: nil, from: 0, lastUse: -1, until: -1))
            held += trace.tensors[tensor].bytes
        }
        for (number, operation) in trace.operations.enumerated() {
            let missing = operation.uses.subtracting(current.keys).sorted()
            held += missing.reduce(0) { $0 + trace.tensors[$1].bytes }
            while held > capacity, let victim = farthest(current.keys, except: operation.uses, over) {
                current[victim] = nil
                held -= trace.tensors[victim].bytes
            }
            for tensor in missing {
                current[tensor] = stays.count
                stays.append(Stay(tensor: tensor, neededBy: number, from: number, lastUse: number, until: number))
            }
            for tensor in operation.uses {
                over[tensor] += 1
                guard let stay = current[tensor] else { continue }
                stays[stay].lastUse = number
                stays[stay].until = number
                if operation.modifies.contains(tensor) { stays[stay].isModified = true }
            }
        }
    }

    /// Of tensors in memory, the one that is used again last; of several, the largest, and then the one with the lowest number.
    private func farthest(_ held: some Sequence<Int>, except used: Set<Int>, _ over: [Int]) -> Int? {
        held.lazy.filter { !used.contains($0) }.max { left, right in
            key(left, over) < key(right, over)
        }
    }

    private func key(_ tensor: Int, _ over: [Int]) -> (Int, Int, Int) {
        let next = over[tensor] < uses[tensor].count ? uses[tensor][over[tensor]] : Int.max
        return (next, trace.tensors[tensor].bytes, -tensor)
    }

    /// Between two stays of a tensor it may stay, if there is room after all: with mixed sizes, more goes than has to.
    private mutating func bridgeGaps() {
        var last: [Int: Int] = [:]
        var bridged: Set<Int> = []
        for index in stays.indices.sorted(by: { (stays[$0].from, $0) < (stays[$1].from, $1) }) {
            let stay = stays[index]
            guard let before = last[stay.tensor], fits(bytes(stay), stays[before].until + 1..<stay.from) else {
                last[stay.tensor] = index
                continue
            }
            for operation in stays[before].until + 1..<stay.from { residentBytes[operation] += bytes(stay) }
            stays[before].until = stay.until
            stays[before].lastUse = stay.lastUse
            stays[before].isModified = stays[before].isModified || stay.isModified
            bridged.insert(index)
        }
        stays = stays.indices.filter { !bridged.contains($0) }.map { stays[$0] }
    }

    // MARK: - Earlier and longer

    /// The loads, in the order in which they are needed.
    var loads: [Int] {
        stays.indices.filter { stays[$0].neededBy != nil }.sorted {
            (stays[$0].neededBy ?? 0, stays[$0].tensor) < (stays[$1].neededBy ?? 0, stays[$1].tensor)
        }
    }

    /// Begins every load as early as there is room all the way to its use, but none before one that is needed earlier.
    ///
    /// No choice of begins in that order is better. Whatever is loaded early shares its room with all that is needed before it and still
    /// under way or there, so that beginning those even earlier takes no room from it: each load has its earliest begin at once.
    /// And no operation begins later if loads begin earlier in the same order.
    mutating func hoistInOrder() {
        var previous = 0
        for load in loads {
            move(load, notBefore: previous)
            previous = stays[load].from
        }
    }

    /// Lets loads go ahead of ones that are needed earlier but have no room yet, wherever that makes the whole step shorter.
    mutating func hoistAhead(_ stall: (Residency) -> Double) {
        var best = stall(self)
        for load in loads where best > 0 {
            var other = self
            other.move(load, notBefore: 0)
            guard other.stays[load].from < stays[load].from else { continue }
            let candidate = stall(other)
            if candidate < best { (self, best) = (other, candidate) }
        }
    }

    /// A stay of the same tensor before is not reached: where there is room all the way, the gap was bridged.
    private mutating func move(_ load: Int, notBefore floor: Int) {
        let bytes = bytes(stays[load])
        while stays[load].from > floor, residentBytes[stays[load].from - 1] + bytes <= capacity {
            stays[load].from -= 1
            residentBytes[stays[load].from] += bytes
        }
    }

    /// Keeps tensors after their last use where there is room until the end; first those that the next step will use first.
    /// - Returns: What is in memory at the end.
    mutating func keepToTheEnd() -> Set<Int> {
        let end = trace.operations.count - 1
        var last: [Int: Int] = [:]
        for index in stays.indices where stays[last[stays[index].tensor] ?? index].lastUse <= stays[index].lastUse {
            last[stays[index].tensor] = index
        }
        var kept: Set<Int> = []
        let order = last.sorted { (uses[$0.key].first ?? .max, $0.key) < (uses[$1.key].first ?? .max, $1.key) }
        for (tensor, index) in order {
            let rest = stays[index].until + 1..<end + 1
            guard fits(bytes(stays[index]), rest) else { continue }
            for operation in rest { residentBytes[operation] += bytes(stays[index]) }
            stays[index].until = end
            kept.insert(tensor)
        }
        return kept
    }

    /// What is to be done, in its order: at one moment, what makes room comes first.
    var tasks: [MoveTask] {
        var tasks: [MoveTask] = []
        for stay in stays {
            if stay.neededBy != nil {
                tasks.append(.init(.load, stay.tensor, before: stay.from, neededBy: stay.neededBy))
            }
            if stay.isModified { tasks.append(.init(.writeBack, stay.tensor, before: stay.lastUse + 1)) }
            if stay.until + 1 < trace.operations.count {
                tasks.append(.init(.drop, stay.tensor, before: stay.until + 1))
            }
        }
        func key(_ task: MoveTask) -> (Int, Int, Int, Int) {
            let rank = task.kind == .writeBack ? 0 : task.kind == .drop ? 1 : 2
            return (task.before, rank, task.neededBy ?? 0, task.tensor)
        }
        return tasks.sorted { key($0) < key($1) }
    }
}
