/// Exact search for a plan within a capacity, after MiniMalloc (Moffitt, ASPLOS 2023).
///
/// Of all plans within the capacity it looks for the one whose offsets have the least sum. There every buffer lies on
/// the arena's floor or on a buffer, and none has room for itself further down. Buffers are placed by ascending offset,
/// each on its support, the highest end below it; a state is given up as soon as
///
/// - a section cannot take what waits for it above its floor (section inference, with the floor of what is not placed),
/// - or a buffer that waits would fit in below all that is still to come (dominance).
///
/// A buffer that was tried on its support without success lies higher in every solution that is left, on a neighbour that
/// is still to come; that raises floors for those that are tried after it, and a buffer that has no such neighbour ends
/// the state (which generalises MiniMalloc's pruning of hatless buffers).
/// Where no lifetime reaches from one section into the next any more, the sides are solved one after the other, and one
/// that fails ends the state.
///
/// Complexity: exponential in the number of buffers at worst; a step looks at the buffers and sections of its part of
/// time, and at the members of sections whose floor may rise.
struct BranchAndBound: ~Copyable {
    /// What a search comes to.
    enum Outcome: Equatable {
        /// A plan within the capacity.
        case found(offsets: [Int])
        /// There is none.
        case infeasible
        /// It ended at its limit.
        case undecided
    }

    /// States visited so far.
    private(set) var steps = 0

    private enum Verdict { case found, infeasible, outOfSteps, outOfTime }

    private let widths: [Double]
    private let deadline: ContinuousClock.Instant?
    private var plan: PartialPlan
    private var order = Preorder.widthAreaTotal
    private var stepLimit = 0
    /// The buffers of each part of time that is being solved, in the order's sequence; a stack.
    private var parts: [Int32] = []
    /// The buffers that can come next in each state from the first to the present one; a stack.
    private var candidates: [Int32] = []

    /// - Parameters:
    ///   - capacity: At least the problem's lower bound.
    ///   - deadline: When to give up; nil for never.
    init(_ problem: AllocationProblem, _ timeline: Timeline, capacity: Int, deadline: ContinuousClock.Instant?) {
        widths = problem.buffers.map { Double($0.upper) - Double($0.lower) }
        self.deadline = deadline
        plan = PartialPlan(problem, timeline, capacity: capacity)
    }

    /// Searches with each order in turn, and twice as long in each round as in the one before, so that no order costs
    /// more than some multiple of the best.
    ///
    /// - Parameter limit: The states to be visited at most.
    mutating func run(steps limit: Int) -> Outcome {
        let root = plan.mark
        var allowance = 2 * plan.count
        while true {
            for order in Preorder.allCases {
                self.order = order
                stepLimit = min(limit, steps + allowance)
                parts = (0..<Int32(plan.count)).map(\.self)
                candidates.removeAll(keepingCapacity: true)
                switch solveParts(of: parts.indices, within: 0..<plan.sections) {
                case .found: return .found(offsets: (0..<plan.count).map { plan.offsets[$0] })
                case .infeasible: return .infeasible
                case .outOfTime: return .undecided
                case .outOfSteps: if steps >= limit { return .undecided }
                }
                plan.undo(to: root)
            }
            allowance *= 2
        }
    }

    /// Solves the parts that a stretch of time falls into, one after the other.
    private mutating func solveParts(of list: Range<Int>, within sections: Range<Int>) -> Verdict {
        var start = sections.lowerBound
        for section in sections where section + 1 == sections.upperBound || plan.crossing[section] == 0 {
            let part = start..<section + 1
            start = part.upperBound
            guard plan.isWaiting(part) else { continue }
            let verdict = solvePart(of: list, part)
            if verdict != .found { return verdict }
        }
        return .found
    }

    private mutating func solvePart(of list: Range<Int>, _ sections: Range<Int>) -> Verdict {
        var waiting: [Preorder.Measures] = []
        for index in list {
            let buffer = Int(parts[index])
            guard plan.offsets[buffer] < 0, sections.contains(plan.first[buffer]) else { continue }
            waiting.append(
                Preorder.Measures(
                    buffer: parts[index], width: widths[buffer], area: widths[buffer] * Double(plan.sizes[buffer]),
                    total: Double(plan.mostWaiting(beside: buffer))))
        }
        let order = order
        waiting.sort { order.isBefore($0, $1) }
        let start = parts.count
        parts.append(contentsOf: waiting.lazy.map(\.buffer))
        let verdict = search(start..<parts.count, sections)
        parts.removeLast(parts.count - start)
        return verdict
    }

    /// Visits a state.
    private mutating func search(_ list: Range<Int>, _ sections: Range<Int>) -> Verdict {
        guard steps < stepLimit else { return .outOfSteps }
        steps += 1
        if steps % 1024 == 0, let deadline, ContinuousClock.now >= deadline { return .outOfTime }
        let start = candidates.count
        guard let ceiling = collectCandidates(of: list, sections) else { return .found }
        defer { candidates.removeLast(candidates.count - start) }
        for index in start..<candidates.count {
            let buffer = Int(candidates[index])
            guard plan.support[buffer] < ceiling else { break }
            let mark = plan.mark
            if plan.place(buffer) {
                let verdict = descend(from: buffer, list, sections)
                guard verdict == .infeasible else { return verdict }
            }
            plan.undo(to: mark)
            guard plan.lift(buffer) else { break }
        }
        return .infeasible
    }

    private mutating func descend(from buffer: Int, _ list: Range<Int>, _ sections: Range<Int>) -> Verdict {
        for section in plan.first[buffer]..<plan.end[buffer] - 1 where plan.crossing[section] == 0 {
            return solveParts(of: list, within: sections)
        }
        return search(list, sections)
    }

    /// Pushes the buffers that can come next, by ascending offset, those that start at the same in the order's sequence.
    ///
    /// - Returns: What each of them must start below; nil if all buffers are placed.
    private mutating func collectCandidates(of list: Range<Int>, _ sections: Range<Int>) -> Int? {
        // What comes next is the floor of all sections that are not full.
        var ceiling = plan.capacity + 1
        for section in sections where plan.waiting[section] > 0 {
            ceiling = min(ceiling, plan.capacity - plan.waiting[section] + 1)
        }
        var hasAny = false
        let start = candidates.count
        for index in list {
            let buffer = Int(parts[index])
            guard plan.offsets[buffer] < 0 else { continue }
            hasAny = true
            let support = plan.support[buffer]
            ceiling = min(ceiling, support + plan.sizes[buffer])
            guard support < ceiling, support == plan.earliest[buffer] else { continue }
            candidates.append(Int32(buffer))
            var place = candidates.count - 1
            while place > start, plan.support[Int(candidates[place - 1])] > support {
                candidates.swapAt(place - 1, place)
                place -= 1
            }
        }
        return hasAny ? ceiling : nil
    }
}
