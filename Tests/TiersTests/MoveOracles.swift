import Tiers

/// What the scheduler's answers are held against, by other means.
enum MoveOracles {
    /// Traces of integers, so that sums of times are exact.
    static func trace(
        _ generator: inout SplitMix, tensors: Int, operations: Int, most: Int, sizes: ClosedRange<Int>, modifies: Bool
    ) -> AccessTrace {
        AccessTrace(
            tensors: (0..<tensors).map { .init(name: "t\($0)", bytes: .random(in: sizes, using: &generator)) },
            operations: (0..<operations).map { operation in
                let count = Int.random(in: 0...most, using: &generator)
                let uses = Set((0..<count).map { _ in Int.random(in: 0..<tensors, using: &generator) })
                let changed = uses.sorted().filter { _ in modifies && Bool.random(using: &generator) }
                let seconds = Double(Int.random(in: 1...6, using: &generator))
                return .init(name: "o\(operation)", uses: uses, modifies: Set(changed), seconds: seconds)
            })
    }

    /// The least number of loads of tensors of size 1: over all subsets in memory at each operation.
    static func leastLoads(_ trace: AccessTrace, capacity: Int) -> Int? {
        let sets = (0..<1 << trace.tensors.count).filter { $0.nonzeroBitCount <= capacity }
        var least = [0: 0]
        for operation in trace.operations {
            let used = operation.uses.reduce(0) { $0 | 1 << $1 }
            var next: [Int: Int] = [:]
            for set in sets where set & used == used {
                next[set] = least.map { $0.value + (set & ~$0.key).nonzeroBitCount }.min()
            }
            least = next
        }
        return least.values.min()
    }

    /// Faults of Belady's rule, with every next use looked up anew.
    static func beladyLoads(_ trace: AccessTrace, capacity: Int) -> Int {
        var held: [Int] = []
        var loads = 0
        for (number, operation) in trace.operations.enumerated() {
            func nextUse(_ tensor: Int) -> Int {
                trace.operations[number...].firstIndex { $0.uses.contains(tensor) } ?? trace.operations.count
            }
            for tensor in operation.uses where !held.contains(tensor) {
                loads += 1
                if held.count == capacity {
                    // What this operation uses has it as its next use, and is the nearest.
                    let victim = held.indices.max { nextUse(held[$0]) < nextUse(held[$1]) }
                    if let victim { held.remove(at: victim) }
                }
                held.append(tensor)
            }
        }
        return loads
    }

    /// What a step waits, tick by tick, with one byte a tick and seconds that are whole.
    static func ticksWaited(_ tasks: [MoveTask], _ trace: AccessTrace) -> Int {
        var link: [(left: Int, user: Int?)] = []
        var waited = 0
        func begin(_ operation: Int) {
            for task in tasks where task.before == operation && task.kind != .drop {
                link.append((trace.tensors[task.tensor].bytes, task.neededBy))
            }
        }
        begin(0)
        for (number, operation) in trace.operations.enumerated() {
            var left = Int(operation.seconds)
            var isRunning = false
            while left > 0 {
                isRunning = isRunning || !link.contains { $0.user == number }
                if isRunning { left -= 1 } else { waited += 1 }
                if !link.isEmpty {
                    link[0].left -= 1
                    if link[0].left == 0 { link.removeFirst() }
                }
            }
            begin(number + 1)
        }
        return waited
    }

    /// The least that a step waits over all moments at which the loads of a plan may begin, of tensors that nothing changes: with
    /// loads in the order in which they are needed, and in any order.
    static func leastWaits(_ plan: MovePlan, _ trace: AccessTrace, capacity: Int) -> (inOrder: Int, any: Int) {
        let loads = plan.tasks.filter { $0.kind == .load }
        var held = [Int](repeating: 0, count: trace.operations.count)
        var floors: [Int] = []
        for load in loads {
            let user = load.neededBy ?? 0
            let next = loads.filter { $0.tensor == load.tensor }.compactMap(\.neededBy).filter { $0 > user }.min()
            let end = next ?? trace.operations.count
            let last = (user..<end).last { trace.operations[$0].uses.contains(load.tensor) } ?? user
            for operation in user...last { held[operation] += trace.tensors[load.tensor].bytes }
            let uses = (0..<user).last { trace.operations[$0].uses.contains(load.tensor) }
            floors.append(uses.map { $0 + 1 } ?? 0)
        }
        var least = (inOrder: Int.max, any: Int.max)
        func choose(_ index: Int, _ held: [Int], _ begins: [Int]) {
            guard index < loads.count else {
                let tasks = loads.indices.sorted { (begins[$0], $0) < (begins[$1], $1) }.map {
                    MoveTask(.load, loads[$0].tensor, before: begins[$0], neededBy: loads[$0].neededBy)
                }
                let waits = ticksWaited(tasks, trace)
                least.any = min(least.any, waits)
                if begins == begins.sorted() { least.inOrder = min(least.inOrder, waits) }
                return
            }
            var held = held
            var begin = loads[index].neededBy ?? 0
            choose(index + 1, held, begins + [begin])
            while begin > floors[index] {
                begin -= 1
                held[begin] += trace.tensors[loads[index].tensor].bytes
                if held[begin] > capacity { return }
                choose(index + 1, held, begins + [begin])
            }
        }
        choose(0, held, [])
        return least
    }

    /// What is wrong with a plan, by carrying it out.
    static func problems(_ plan: MovePlan, _ trace: AccessTrace, capacity: Int, resident: Set<Int>) -> [String] {
        var problems: [String] = []
        var held = resident
        var changed: Set<Int> = []
        var next = 0
        func carryOut(until operation: Int) {
            while next < plan.tasks.count, plan.tasks[next].before <= operation {
                let task = plan.tasks[next]
                next += 1
                switch task.kind {
                case .load:
                    if !held.insert(task.tensor).inserted { problems.append("\(task) is there") }
                    if task.neededBy.map({ !trace.operations[$0].uses.contains(task.tensor) || $0 < operation }) ?? true
                    {
                        problems.append("\(task) is not needed")
                    }
                case .writeBack:
                    if changed.remove(task.tensor) == nil { problems.append("\(task) is unchanged") }
                    if !held.contains(task.tensor) { problems.append("\(task) is not there") }
                case .drop:
                    if held.remove(task.tensor) == nil { problems.append("\(task) is not there") }
                    if changed.contains(task.tensor) { problems.append("\(task) loses changes") }
                }
                let bytes = held.reduce(0) { $0 + trace.tensors[$1].bytes }
                if bytes > capacity { problems.append("\(task): \(bytes) bytes") }
            }
        }
        for (number, operation) in trace.operations.enumerated() {
            carryOut(until: number)
            let bytes = held.reduce(0) { $0 + trace.tensors[$1].bytes }
            if bytes != plan.residentBytes[number] { problems.append("\(number): \(bytes) bytes") }
            if !operation.uses.isSubset(of: held) { problems.append("\(number) misses tensors") }
            changed.formUnion(operation.modifies)
        }
        carryOut(until: trace.operations.count)
        if !changed.isEmpty || next < plan.tasks.count || held != plan.residentAtEnd { problems.append("at the end") }
        return problems
    }
}
