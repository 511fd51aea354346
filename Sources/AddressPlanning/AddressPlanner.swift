/// Places buffers whose lifetimes are known in one arena: greedy orders first, then, unless one of them reaches what
/// every plan needs, exact search.
///
/// With a limit on steps alone, the same problem gives the same plan on every machine.
public struct AddressPlanner: Sendable {
    /// When the exact search ends.
    public struct Limits: Hashable, Sendable {
        /// States that it visits at most; 0 for greedy plans only. A million take some seconds.
        public var steps: Int
        /// How long it takes at most; nil for as long as the steps take.
        public var time: Duration?

        /// Limits the exact search.
        public init(steps: Int = 1_000_000, time: Duration? = nil) {
            self.steps = steps
            self.time = time
        }
    }

    /// The most buffers that the exact search takes on, since it goes as deep as there are buffers; larger problems have
    /// greedy plans.
    public static let exactLimit = 2048

    /// When the exact search ends.
    public var limits: Limits

    /// A planner with these limits.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Plans the smallest arena, or, for a problem that has a capacity, any within it.
    ///
    /// - Throws: ``PlanningError`` if the problem has a capacity and no plan within it was found.
    public func plan(_ problem: AllocationProblem) throws(PlanningError) -> AllocationPlan {
        try plan(problem, from: nil)
    }

    /// - Parameter known: Offsets of a valid plan that is to be improved.
    func plan(_ problem: AllocationProblem, from known: [Int]?) throws(PlanningError) -> AllocationPlan {
        var search = PlanSearch(problem, limits)
        if let capacity = problem.capacity, capacity < search.lowerBound {
            throw .doesNotFit(capacity: capacity, lowerBound: search.lowerBound)
        }
        if let known { search.offer(known) }
        search.tryGreedyPlacements()
        if let capacity = problem.capacity {
            try search.fit(into: capacity)
        } else {
            search.minimise()
        }
        return search.plan
    }
}

/// The best plan so far, and what is known about better ones.
private struct PlanSearch {
    private let problem: AllocationProblem
    private let timeline: Timeline
    private let deadline: ContinuousClock.Instant?
    private var stepsLeft: Int
    private let stepLimit: Int
    private var best: (offsets: [Int], peak: Int)?
    private(set) var lowerBound: Int

    init(_ problem: AllocationProblem, _ limits: AddressPlanner.Limits) {
        self.problem = problem
        timeline = Timeline(problem.buffers)
        deadline = limits.time.map { ContinuousClock.now + $0 }
        stepLimit = problem.buffers.count > AddressPlanner.exactLimit ? 0 : max(0, limits.steps)
        stepsLeft = stepLimit
        lowerBound = timeline.lowerBound(of: problem)
    }

    var plan: AllocationPlan {
        AllocationPlan(
            offsets: best?.offsets ?? [], certificate: .init(peak: best?.peak ?? 0, lowerBound: lowerBound),
            steps: stepLimit - stepsLeft)
    }

    mutating func offer(_ offsets: [Int]) {
        let peak = problem.peak(of: offsets)
        if best.map({ peak < $0.peak }) ?? true { best = (offsets, peak) }
    }

    mutating func tryGreedyPlacements() {
        for placement in GreedyPlacement.allCases where !isGoodEnough {
            offer(placement.offsets(of: problem, timeline))
        }
    }

    private var isGoodEnough: Bool { best.map { $0.peak <= max(lowerBound, problem.capacity ?? 0) } ?? false }

    mutating func fit(into capacity: Int) throws(PlanningError) {
        guard !isGoodEnough, let best else { return }
        switch search(capacity, steps: stepsLeft) {
        case .found(let offsets): offer(offsets)
        case .infeasible: throw .doesNotFit(capacity: capacity, lowerBound: capacity + 1)
        case .undecided:
            throw .undecided(capacity: capacity, lowerBound: lowerBound, bestPeak: best.peak)
        }
    }

    /// Binary search for the least capacity, from the lower bound, which is most often reached. A capacity has half of the
    /// steps that are left, and all of them if it is the last in question; one that is not decided in these counts as too
    /// small, but does not raise the lower bound.
    mutating func minimise() {
        let unit = problem.unit
        var capacity = lowerBound
        var low = lowerBound
        while let peak = best?.peak, low < peak, stepsLeft > 0 {
            let isLast = peak - low <= unit
            switch search(capacity, steps: isLast ? stepsLeft : stepsLeft - stepsLeft / 2) {
            case .found(let offsets): offer(offsets)
            case .infeasible:
                low = capacity + unit
                // Never above what a plan is known to need.
                lowerBound = min(low, peak)
            case .undecided: low = capacity + unit
            }
            if let peak = best?.peak { capacity = low + (peak - low) / unit / 2 * unit }
        }
    }

    private mutating func search(_ capacity: Int, steps: Int) -> BranchAndBound.Outcome {
        guard steps > 0 else { return .undecided }
        var search = BranchAndBound(problem, timeline, capacity: capacity, deadline: deadline)
        let outcome = search.run(steps: steps)
        stepsLeft -= search.steps
        return outcome
    }
}
