import Foundation
import ParallelPlanning
import Testing

@Suite struct PipelineTests {
    typealias Stage = PipelineSchedule.Stage

    /// m + P - 1 slots for stages that are alike, whatever of a slot is forward.
    @Test func alikeStagesTakeTheKnownTime() {
        for stages in 1...5 {
            for micro in 1...9 {
                let stage = Stage(forward: 1, backward: 2, once: 0.5)
                let schedule = PipelineSchedule(stages: Array(repeating: stage, count: stages), microBatches: micro)
                #expect(schedule.seconds == Double(3 * (micro + stages - 1)) + 0.5)
                #expect(schedule.additiveSeconds == schedule.seconds)
            }
        }
    }

    /// Worked by hand: two stages, the second one slower, three micro-batches.
    @Test func unlikeStagesTakeTurns() {
        // Stage 0: F0 0-1, F1 1-2, B0 from 5 (F0 and B0 of stage 1 end at 3 and 5), F2 6-7, B1 9-10, B2 13-14.
        // Stage 1: F0 1-3, B0 3-5, F1 5-7, B1 7-9, F2 9-11, B2 11-13.
        let stages = [Stage(forward: 1, backward: 1, once: 0), Stage(forward: 2, backward: 2, once: 0)]
        #expect(PipelineSchedule(stages: stages, microBatches: 3).seconds == 14)
        // A long end of the second stage, which is done at 13.
        let ends = [Stage(forward: 1, backward: 1, once: 1), Stage(forward: 2, backward: 2, once: 4)]
        #expect(PipelineSchedule(stages: ends, microBatches: 3).seconds == 17)
    }

    @Test func divisionsAreAllThereAre() {
        #expect(PipelineSearch.divisions(5, stages: 1) == [[0..<5]])
        #expect(PipelineSearch.divisions(4, stages: 2).map { $0[0].count } == [1, 2, 3])
        #expect(PipelineSearch.divisions(8, stages: 4).count == 35)
        #expect(PipelineSearch.divisions(2, stages: 3).isEmpty)
    }

    /// Layers up to 8, strategies up to 4, stages up to 4, with changes, sends and peaks: the best of every division
    /// with every assignment, exactly. Without the exact improvement, how far plans are from that is reported.
    @Test func plansAreTheBestOfAll() {
        var random = Numbers(seed: 11)
        var every = Gaps()
        var balanced = Gaps()
        for round in 0..<300 {
            let problem = Self.problem(&random)
            let best = BruteForce.best(problem)
            let found = Self.best(problem)
            #expect((best == nil) == (found == nil), "round \(round)")
            guard let best, let found else { continue }
            #expect(abs(found.seconds - best) <= best * 1e-12, "round \(round)")
            for (stage, budget) in zip(found.stages, problem.budgets) { #expect(stage.bytes <= budget) }
            #expect(found.stages.map(\.layers).flatMap { Array($0) } == Array(0..<problem.layerCount))

            var search = PipelineSearch(problem, improves: false)
            every.add(search.best(.every), best)
            balanced.add(search.best(), best)
            if let even = search.solution(Self.even(problem)), let own = search.best() {
                #expect(own.seconds <= even.seconds, "round \(round)")
            }
        }
        if ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] != nil {
            print("gap of sums, all divisions: \(every)\ngap of sums, balanced divisions: \(balanced)")
        }
        #expect(every.ratios.count > 100)
        #expect(every.ratios.allSatisfy { $0 >= 1 - 1e-12 })
        #expect(every.missed == 0 && balanced.missed == 0)
        #expect(every.mean < 1.01 && balanced.mean < 1.03)
    }

    /// Without changes, sends and peaks, and equal layers: the division in memory is even, and so are plans.
    @Test func equalLayersAreDividedEvenly() throws {
        let cost = StepCost(forward: 1, backward: 2, bytes: 10)
        let problem = PipelineProblem(
            microBatches: 4, budgets: [40, 40], costs: Array(repeating: Array(repeating: [cost], count: 6), count: 2),
            switching: Array(repeating: Array(repeating: [0], count: 6), count: 2))
        let plan = try #require(Self.best(problem))
        #expect(plan.stages.map(\.layers) == [0..<3, 3..<6])
        #expect(plan.seconds == 9 * 5)
        #expect(PipelineSearch(problem).leastBytes() == 30)
    }

    /// Memory and time pull apart: early layers are large, late ones slow. The balance's terms are checked by hand.
    @Test func timeAndMemoryAreBalanced() {
        func problem(_ budget: Int) -> PipelineProblem {
            Self.problem(bytes: [8, 8, 2, 2, 2, 2], seconds: [1, 1, 3, 3, 3, 3], budget: budget)
        }
        // Even in memory: 16 | 8, of which 0...1 takes 2 s; even in time: 8 s | 6 s in 20 | 4 bytes.
        #expect(PipelineSearch(problem(100)).leastBytes() == 16)
        #expect(Self.best(problem(100))?.stages.map(\.layers) == [0..<4, 4..<6])
        #expect(Self.best(problem(18))?.stages.map(\.layers) == [0..<3, 3..<6])
        #expect(Self.best(problem(16))?.stages.map(\.layers) == [0..<2, 2..<6])
        #expect(Self.best(problem(15)) == nil)
    }

    /// Even in memory are 8 | 7 bytes, even in time 7 | 9 s, which take 10 | 5 bytes, and even in number 11 | 4 bytes. Into 9
    /// bytes fits what is a layer away from the first one.
    @Test func layersLeaveTheSlowestStage() {
        let problem = Self.problem(
            bytes: [8, 1, 1, 1, 1, 1, 1, 1], seconds: [1, 3, 3, 3, 3, 1, 1, 1], budget: 9)
        var search = PipelineSearch(problem, improves: false)
        #expect(search.best()?.stages.map(\.layers) == [0..<2, 2..<8])
    }

    /// Two stages and one strategy, a third of the time forward.
    private static func problem(bytes: [Int], seconds: [Double], budget: Int) -> PipelineProblem {
        let row = zip(bytes, seconds).map { [StepCost(forward: $1 / 3, backward: $1 * 2 / 3, bytes: $0)] }
        return PipelineProblem(
            microBatches: 8, budgets: [budget, budget], costs: [row, row],
            switching: Array(repeating: Array(repeating: [0], count: bytes.count), count: 2))
    }

    private static func best(_ problem: PipelineProblem) -> PipelineSolution? {
        var search = PipelineSearch(problem)
        return search.best()
    }

    private static func even(_ problem: PipelineProblem) -> [Range<Int>] {
        (0..<problem.stageCount).map {
            problem.layerCount * $0 / problem.stageCount..<problem.layerCount * ($0 + 1) / problem.stageCount
        }
    }

    /// Strategies that trade time for memory, some of them ruled out, layers of two kinds.
    private static func problem(_ random: inout Numbers) -> PipelineProblem {
        let stages = Int.random(in: 1...4, using: &random)
        let strategies = Int.random(in: 2...4, using: &random)
        let layers = Int.random(in: max(stages, 3)...(strategies == 4 ? 7 : 8), using: &random)
        let kinds = (0..<2).map { _ in
            (0..<strategies).map { strategy -> StepCost? in
                if strategy > 0 && Int.random(in: 0..<8, using: &random) == 0 { return nil }
                let time = Double.random(in: 1...2, using: &random) * (1 + 0.3 * Double(strategy))
                return StepCost(
                    forward: time / 3, backward: time * 2 / 3, once: Double.random(in: 0...2, using: &random),
                    sendsOutput: Double.random(in: 0...0.2, using: &random),
                    sendsGradient: Double.random(in: 0...0.2, using: &random),
                    bytes: Int.random(in: 20...40, using: &random) / (strategy + 1),
                    peak: Int.random(in: 0...3, using: &random) * 12)
            }
        }
        let row = (0..<layers).map { _ in kinds[Int.random(in: 0...1, using: &random)] }
        let switching = (0..<strategies * strategies).map { place in
            place % (strategies + 1) == 0 ? 0 : Double.random(in: 0...0.3, using: &random)
        }
        let budget = Int.random(in: 12...40, using: &random) * layers / stages
        // The first stages hold more micro-batches.
        let costs = (0..<stages).map { stage in
            row.map { $0.map { cost in cost.map { $0.holding(stages - stage) } } }
        }
        return PipelineProblem(
            microBatches: Int.random(in: 1...6, using: &random), budgets: Array(repeating: budget, count: stages),
            costs: costs, switching: Array(repeating: Array(repeating: switching, count: layers), count: stages))
    }
}

extension StepCost {
    fileprivate func holding(_ microBatches: Int) -> StepCost {
        var cost = self
        cost.bytes += microBatches
        return cost
    }
}

/// Times over the best ones.
private struct Gaps: CustomStringConvertible {
    var ratios: [Double] = []
    var missed = 0

    mutating func add(_ solution: PipelineSolution?, _ best: Double) {
        if let solution { ratios.append(solution.seconds / best) } else { missed += 1 }
    }

    var mean: Double { ratios.reduce(0, +) / Double(max(1, ratios.count)) }

    var description: String {
        "\(ratios.count { $0 <= 1 + 1e-12 }) of \(ratios.count) exact, mean \((mean - 1) * 100) %, "
            + "largest \(((ratios.max() ?? 1) - 1) * 100) %"
    }
}

/// The best of all divisions and assignments, by what the schedule takes.
private enum BruteForce {
    static func best(_ problem: PipelineProblem) -> Double? {
        var best: Double?
        var known: [[Int]: [PipelineSchedule.Stage]] = [:]
        for division in PipelineSearch.divisions(problem.layerCount, stages: problem.stageCount) {
            var choices: [[PipelineSchedule.Stage]] = []
            for (stage, layers) in division.enumerated() {
                let key = [stage, layers.lowerBound, layers.upperBound]
                let stages = known[key] ?? self.stages(problem, stage, layers)
                known[key] = stages
                choices.append(stages)
            }
            func extend(_ chosen: [PipelineSchedule.Stage]) {
                guard chosen.count < choices.count else {
                    let schedule = PipelineSchedule(stages: chosen, microBatches: problem.microBatches)
                    best = min(best ?? .infinity, schedule.seconds)
                    return
                }
                for stage in choices[chosen.count] { extend(chosen + [stage]) }
            }
            extend([])
        }
        return best
    }

    /// All assignments of one stage that fit, without those that another one beats in every way: the schedule never
    /// gets shorter when a stage gets slower.
    private static func stages(
        _ problem: PipelineProblem, _ stage: Int, _ layers: Range<Int>
    ) -> [PipelineSchedule.Stage] {
        var fitting: [PipelineSchedule.Stage] = []
        func extend(_ chosen: [Int]) {
            guard chosen.count < layers.count else {
                guard let plan = problem.stage(stage, layers, chosen), plan.bytes <= problem.budgets[stage] else {
                    return
                }
                fitting.append(plan.timing)
                return
            }
            for strategy in 0..<problem.strategyCount { extend(chosen + [strategy]) }
        }
        extend([])
        var best: [PipelineSchedule.Stage] = []
        for one in fitting.sorted(by: { ($0.forward, $0.backward, $0.once) < ($1.forward, $1.backward, $1.once) }) {
            let isBeaten = best.contains {
                $0.forward <= one.forward && $0.backward <= one.backward && $0.once <= one.once
            }
            if !isBeaten { best.append(one) }
        }
        return best
    }
}
