import ParallelPlanning
import Testing

@Suite struct AssignmentSearchTests {
    /// The cost to 1e-9, the same plan (the first minimum on ties) and the same memory left.
    @Test func galvatronsSubProblemsHaveTheirPlans() throws {
        let calls = try GoldenData.read("galvatron-calls", as: GalvatronCalls.self).tasks.flatMap(\.dp_calls)
        #expect(calls.count == 134)
        #expect(calls.count(where: \.feasible) == 120)
        for (index, call) in calls.enumerated() {
            let memory = call.max_mem_MB - call.other_mem_MB
            let found = AssignmentSearch(call.options, upTo: memory).best(within: memory)
            guard call.feasible else {
                #expect(found == nil, "call \(index)")
                continue
            }
            let plan = try #require(found, "call \(index)")
            let expected = try #require(call.total_cost_s)
            #expect(abs(plan.seconds + call.other_time - expected) <= 1e-9, "call \(index)")
            #expect(plan.strategies == call.plan, "call \(index)")
            #expect(plan.remaining == call.remaining_MB, "call \(index)")
        }
    }

    /// Random small problems, many with ties: the plain recursion's minimum, plan and memory left, bit by bit.
    @Test func staircasesAgreeWithThePlainRecursion() {
        var random = Numbers(seed: 1)
        var fits = 0
        for round in 0..<3000 {
            let layers = Self.problem(&random, ties: round % 2 == 0, layers: 1...7, strategies: 1...6)
            let memory = Int.random(in: 0...45, using: &random)
            // One search answers all memories below its own.
            let search = AssignmentSearch(layers, upTo: memory + 5)
            let found = search.best(within: memory)
            #expect(found == PlainSearch.best(layers, within: memory), "round \(round)")
            if found != nil { fits += 1 }
        }
        #expect(fits > 1000 && fits < 2900)
    }

    @Test func minimaAreThoseOfAllAssignments() {
        var random = Numbers(seed: 2)
        for round in 0..<300 {
            let layers = Self.problem(&random, ties: round % 2 == 0, layers: 1...6, strategies: 1...4)
            let memory = Int.random(in: 0...40, using: &random)
            let found = AssignmentSearch(layers, upTo: memory).best(within: memory)
            // Equal to the last bit: a sum of minima is the minimum of sums, since addition rounds monotonically.
            #expect(found?.seconds == PlainSearch.bruteForce(layers, within: memory), "round \(round)")
            if let found {
                let used = zip(layers, found.strategies).reduce(0) { $0 + $1.0.memory[$1.1] }
                #expect(used + found.remaining == memory)
            }
        }
    }

    @Test func withoutMemoryNothingFits() {
        let layer = LayerOptions(memory: [2, 1], seconds: [1, 2])
        #expect(AssignmentSearch([layer, layer], upTo: 1).best(within: 1) == nil)
        #expect(AssignmentSearch([layer, layer], upTo: -3).best(within: -3) == nil)
        let search = AssignmentSearch([layer, layer], upTo: 9)
        #expect(search.best(within: 2) == StrategyAssignment(strategies: [1, 1], seconds: 4, remaining: 0))
        // Of (0, 1) and (1, 0), equally fast, the one whose last strategy is first.
        #expect(search.best(within: 3) == StrategyAssignment(strategies: [1, 0], seconds: 3, remaining: 0))
        #expect(search.best(within: 9) == StrategyAssignment(strategies: [0, 0], seconds: 2, remaining: 5))
        #expect(AssignmentSearch([], upTo: 4).best(within: 3)?.remaining == 3)
    }

    /// Half of the problems have costs in small whole numbers, so that most minima are tied.
    private static func problem(
        _ random: inout Numbers, ties: Bool, layers: ClosedRange<Int>, strategies: ClosedRange<Int>
    ) -> [LayerOptions] {
        let count = Int.random(in: strategies, using: &random)
        let kinds = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            LayerOptions(
                memory: (0..<count).map { _ in Int.random(in: 0...9, using: &random) },
                seconds: (0..<count).map { _ in
                    ties ? Double(Int.random(in: 1...4, using: &random)) : Double.random(in: 0...4, using: &random)
                },
                switching: (0..<count * count).map { place in
                    guard place % (count + 1) != 0 else { return 0 }
                    return ties
                        ? Double(Int.random(in: 0...1, using: &random)) : Double.random(in: 0...0.5, using: &random)
                })
        }
        return (0..<Int.random(in: layers, using: &random)).map { _ in kinds.randomElement(using: &random) ?? kinds[0] }
    }
}

/// SplitMix64: the same numbers in every run.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
