import AddressPlanning
import Testing

@Suite struct PlannerTests {
    /// The least peak is found and proven, whatever the alignments.
    @Test(arguments: [[1], [4], [1, 2, 8], [64, 128]])
    func smallProblemsAreSolvedAsByBruteForce(alignments: [Int]) throws {
        var random = Numbers(UInt64(alignments.count * 1000 + alignments[0]))
        for round in 0..<60 {
            let problem = try random.problem(
                3 + round % 5, duration: 4 + round % 9, largest: alignments[0] == 64 ? 300 : 9, alignments: alignments)
            let plan = try AddressPlanner().plan(problem)
            try plan.check(against: problem)
            #expect(plan.certificate.peak == Oracle.leastPeak(problem), "\(problem)")
            #expect(plan.certificate.proven, "\(problem)")
        }
    }

    @Test(arguments: 0..<3) func eightBuffersAreSolvedAsByBruteForce(seed: UInt64) throws {
        var random = Numbers(8000 + seed)
        let problem = try random.problem(8, duration: 9, largest: 7)
        #expect(try AddressPlanner().plan(problem).certificate.peak == Oracle.leastPeak(problem))
    }

    /// 9 + 8 bytes at multiples of 8 take 8 + 9 one way and 16 + 8 the other, which every greedy order takes.
    @Test func paddingIsBestAtTheTop() throws {
        let problem = try AllocationProblem([
            Buffer(id: "x", lower: 0, upper: 1, size: 9, alignment: 8),
            Buffer(id: "y", lower: 0, upper: 1, size: 8, alignment: 8),
        ])
        let greedy = try AddressPlanner(limits: .init(steps: 0)).plan(problem)
        #expect(greedy.certificate == .init(peak: 24, lowerBound: 17))
        let plan = try AddressPlanner().plan(problem)
        #expect(plan.offsets == [8, 0])
        #expect(plan.certificate == .init(peak: 17, lowerBound: 17))
    }

    /// Greedy plans are worse than the best of some problems, so that it is the search that is tested.
    @Test func bruteForceFindsWhatGreedyOrdersMiss() throws {
        var random = Numbers(5)
        var missed = 0
        for _ in 0..<400 {
            let problem = try random.problem(7, duration: 8, largest: 9)
            let greedy = try AddressPlanner(limits: .init(steps: 0)).plan(problem)
            let plan = try AddressPlanner().plan(problem)
            let least = Oracle.leastPeak(problem)
            #expect(plan.certificate == .init(peak: least, lowerBound: least))
            #expect(greedy.certificate.lowerBound <= least)
            if greedy.certificate.peak > least { missed += 1 }
        }
        #expect(missed > 0)
    }

    /// What the search excludes, trying every offset of every buffer excludes as well.
    @Test func tightProblemsFitOrDoNot() throws {
        var random = Numbers(1)
        var excluded = 0
        for _ in 0..<120 {
            let problem = try random.tightProblem(height: 12, moments: 12)
            let plan = try AddressPlanner().plan(problem)
            try plan.check(against: problem)
            let (peak, bound) = (plan.certificate.peak, plan.certificate.lowerBound)
            #expect(Oracle.maxLive(problem) == 12)
            #expect(peak == bound)
            #expect(Oracle.fits(problem, capacity: peak))
            #expect(!Oracle.fits(problem, capacity: peak - 1))
            if peak > 12 { excluded += 1 }
        }
        #expect(excluded > 0)
    }

    @Test func aCapacityThatIsOneTooSmallIsExcluded() throws {
        var random = Numbers(6)
        for _ in 0..<40 {
            let problem = try random.problem(7, alignments: [1, 4])
            let least = Oracle.leastPeak(problem)
            let plan = try AddressPlanner().plan(problem.with(capacity: least))
            try plan.check(against: problem.with(capacity: least))
            let error = #expect(throws: PlanningError.self) {
                try AddressPlanner().plan(problem.with(capacity: least - 1))
            }
            guard case .doesNotFit(least - 1, let lowerBound) = error else {
                Issue.record("\(String(describing: error)) for a least peak of \(least)")
                continue
            }
            #expect(lowerBound <= least)
        }
    }

    @Test(arguments: 0..<12) func plansOfLargerProblemsAreValidAndReproducible(seed: UInt64) throws {
        var random = Numbers(seed)
        let problem = try random.problem(
            20 + Int(seed) * 10, duration: 40, largest: 5000, alignments: seed % 2 == 0 ? [64] : [1, 16, 256])
        let planner = AddressPlanner(limits: .init(steps: 20_000))
        let plan = try planner.plan(problem)
        try plan.check(against: problem)
        #expect(plan.steps <= 20_000)
        #expect(plan.certificate.lowerBound >= Oracle.maxLive(problem))
        #expect(try planner.plan(problem) == plan)
        let greedy = try AddressPlanner(limits: .init(steps: 0)).plan(problem)
        #expect(greedy.steps == 0)
        #expect(greedy.certificate.peak >= plan.certificate.peak)
        #expect(greedy.certificate.lowerBound <= plan.certificate.lowerBound)
    }

    /// Cut out of a rectangle, so that the best plan is full to the last byte.
    @Test(arguments: 0..<8) func rectanglesThatWereCutToPiecesArePutTogether(seed: UInt64) throws {
        var random = Numbers(100 + seed)
        var pieces = [Buffer(id: "", lower: 0, upper: 64, size: 4096, alignment: 1)]
        while pieces.count < 30 {
            let piece = pieces.remove(at: Int.random(in: pieces.indices, using: &random))
            var (one, other) = (piece, piece)
            if Bool.random(using: &random), piece.size > 1 {
                one.size = Int.random(in: 1..<piece.size, using: &random)
                other.size = piece.size - one.size
            } else if piece.upper - piece.lower > 1 {
                one.upper = Int.random(in: piece.lower + 1..<piece.upper, using: &random)
                other.lower = one.upper
            } else {
                pieces.append(piece)
                continue
            }
            pieces += [one, other]
        }
        for index in pieces.indices { pieces[index].id = "\(index)" }
        let problem = try AllocationProblem(pieces.shuffled(using: &random))
        let plan = try AddressPlanner().plan(problem)
        try plan.check(against: problem)
        #expect(plan.certificate == .init(peak: 4096, lowerBound: 4096))
        // A search that does not come that far proves nothing.
        for steps in [1, 10, 100] {
            let early = try AddressPlanner(limits: .init(steps: steps)).plan(problem)
            try early.check(against: problem)
            #expect(early.steps <= steps)
            #expect(early.certificate.lowerBound == 4096)
        }
    }

    @Test func aSearchThatEndsEarlySaysSo() throws {
        var random = Numbers(5)
        // The first whose least peak no greedy plan has.
        while true {
            let problem = try random.problem(7, duration: 8, largest: 9)
            let least = Oracle.leastPeak(problem)
            let greedy = try AddressPlanner(limits: .init(steps: 0)).plan(problem)
            guard greedy.certificate.peak > least else { continue }
            #expect(!greedy.certificate.proven)
            #expect(
                throws: PlanningError.undecided(
                    capacity: least, lowerBound: greedy.certificate.lowerBound, bestPeak: greedy.certificate.peak)
            ) { try AddressPlanner(limits: .init(steps: 0)).plan(problem.with(capacity: least)) }
            return
        }
    }

    /// All live at once, so that the search is as deep as there are buffers; padding keeps greedy plans from the bound.
    @Test func theDeepestSearchHasEnoughStack() throws {
        let buffers = (0..<AddressPlanner.exactLimit).map { index in
            Buffer(id: "\(index)", lower: 0, upper: 1, size: 3, alignment: index % 2 == 0 ? 1 : 64)
        }
        let problem = try AllocationProblem(buffers)
        let plan = try AddressPlanner(limits: .init(steps: 3 * buffers.count)).plan(problem)
        try plan.check(against: problem)
        #expect(plan.steps > buffers.count)
    }

    @Test func largerProblemsHaveGreedyPlans() throws {
        var random = Numbers(3)
        let problem = try random.problem(AddressPlanner.exactLimit + 1, duration: 4000, longest: 20, largest: 5000)
        let plan = try AddressPlanner().plan(problem)
        try plan.check(against: problem)
        #expect(plan.steps == 0)
    }

    @Test func noBuffersNeedNoMemory() throws {
        let plan = try AddressPlanner().plan(AllocationProblem([]))
        #expect(plan.offsets.isEmpty)
        #expect(plan.certificate == .init(peak: 0, lowerBound: 0))
        try plan.check(against: AllocationProblem([], capacity: 0))
    }

    @Test func aTimeLimitEndsTheSearch() throws {
        var random = Numbers(1)
        // About 175 buffers without any slack, which millions of steps do not decide.
        let problem = try random.tightProblem(height: 100, moments: 40)
        let plan = try AddressPlanner(limits: .init(steps: .max, time: .milliseconds(50))).plan(problem)
        #expect(!plan.certificate.proven)
        #expect(plan.steps > 0)
        try plan.check(against: problem)
    }

    @Test func badDescriptionsAreNamed() throws {
        func buffer(_ lower: Int, _ upper: Int, _ size: Int, _ alignment: Int) -> Buffer {
            Buffer(id: "x", lower: lower, upper: upper, size: size, alignment: alignment)
        }
        for bad in [
            buffer(3, 3, 1, 1), buffer(4, 3, 1, 1), buffer(0, 1, 0, 1), buffer(0, 1, 1, 0), buffer(0, 1, 1, 48),
        ] {
            let error = #expect(throws: PlanningError.self) { try AllocationProblem([bad]) }
            #expect("\(try #require(error))".hasPrefix("buffer x: [\(bad.lower), \(bad.upper)) with \(bad.size) bytes"))
        }
        #expect(throws: PlanningError.duplicateBuffer(id: "x")) {
            try AllocationProblem([buffer(0, 1, 1, 1), buffer(1, 2, 1, 1)])
        }
        #expect(throws: PlanningError.tooLarge) { try AllocationProblem([buffer(0, 1, .max, 1)]) }
        #expect(throws: PlanningError.tooLarge) { try AllocationProblem([buffer(0, 1, 1, 1 << 62)]) }
        // Times may be anything.
        let wide = try AllocationProblem([buffer(.min, .max, 5, 1)])
        #expect(try AddressPlanner().plan(wide).certificate.peak == 5)
    }
}
