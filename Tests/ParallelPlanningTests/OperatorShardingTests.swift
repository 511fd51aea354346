import ParallelPlanning
import Testing

@Suite struct OperatorShardingTests {
    /// The tables that OSDP was published with, and what its search finds in them.
    struct Page: Decodable {
        struct Case: Decodable {
            var hidden: Int
            var layers: Int
            var budget_MB: Int
            var batch_index: Int
            var feasible: Bool
            var cost_s: Double?
            var counts: [Int]?
            var remaining_MB: Int?
            var all_sharded_cost: Double
            var all_DP_fits: Bool
        }

        var hidden: [Int]
        /// By width, batch and placement: replicated, two that split the operators, sharded.
        var seconds: [[[Double]]]
        var memory: [[[Double]]]
        var cases: [Case]

        func batch(_ index: Int, hidden width: Int, layers: Int) throws -> MeasuredBatch {
            let row = try #require(hidden.firstIndex(of: width))
            let options = LayerOptions(
                memory: memory[row][index].map { Int($0) }, seconds: seconds[row][index])
            // The tables do not say how many sequences a batch has: they are numbered from one.
            return MeasuredBatch(batch: index + 1, operators: Array(repeating: options, count: layers))
        }
    }

    @Test func publishedTablesHaveTheirPlans() throws {
        let page = try GoldenData.read("osdp", as: Page.self)
        #expect(page.cases.count == 30)
        for (number, expected) in page.cases.enumerated() {
            let batch = try page.batch(expected.batch_index, hidden: expected.hidden, layers: expected.layers)
            let found = batch.best(within: expected.budget_MB)
            #expect((found != nil) == expected.feasible, "case \(number)")
            guard let found, let cost = expected.cost_s else { continue }
            #expect(abs(found.seconds - cost) <= 1e-9, "case \(number)")
            let counts = (0..<4).map { strategy in found.strategies.count { $0 == strategy } }
            #expect(counts == expected.counts, "case \(number)")
            #expect(found.remaining == expected.remaining_MB, "case \(number)")
            #expect(found.seconds <= expected.all_sharded_cost, "case \(number)")
        }
    }

    /// The most sequences a second, not the shortest step, as the published scheduler has it: they differ in some
    /// cases.
    @Test func theBestRateDecides() throws {
        let page = try GoldenData.read("osdp", as: Page.self)
        let groups = Dictionary(grouping: page.cases) { "\($0.hidden) \($0.layers) \($0.budget_MB)" }
        var differences = 0
        for cases in groups.values {
            let batches = try cases.map { try page.batch($0.batch_index, hidden: $0.hidden, layers: $0.layers) }
            let feasible = cases.filter(\.feasible)
            let rates = feasible.map { Double($0.batch_index + 1) / ($0.cost_s ?? .infinity) }
            let best = try #require(MeasuredBatch.best(of: batches, within: cases[0].budget_MB))
            let rate = Double(best.batch) / best.assignment.seconds
            #expect(abs(rate - (rates.max() ?? 0)) <= 1e-9 * rate)
            let shortest = feasible.min { ($0.cost_s ?? 0) < ($1.cost_s ?? 0) }
            if shortest?.batch_index != best.batch - 1 { differences += 1 }
        }
        #expect(groups.count == 6)
        #expect(differences >= 3)
    }

    /// Rings: a sum sends 2 (N - 1) parts, a gather or a scatter N - 1.
    private static func profile(ranks: Int, latency: Double = 1e-4, secondsAByte: Double = 1e-9) -> ClusterProfile {
        let steps = Double(ranks - 1)
        func ring(_ kind: ClusterProfile.Collective.Kind, _ rounds: Double) -> ClusterProfile.Collective {
            ClusterProfile.Collective(
                kind: kind, ranks: ranks, latency: rounds * steps * latency,
                secondsAByte: rounds * steps / Double(ranks) * secondsAByte)
        }
        let sample = ComputeSample(
            sequences: 1, length: 1, denseOperations: 1e9, attentionOperations: 0, seconds: 0.01)
        let host = ClusterProfile.Host(
            name: "a", cores: ranks, memoryBytes: 1 << 40, ranks: ranks, forward: [sample])
        return ClusterProfile(
            hosts: [host], collectives: [ring(.allReduce, 2), ring(.allGather, 1), ring(.reduceScatter, 1)])
    }

    private static func layer(_ name: String, parameters: Int, activation: Int) -> LayerCost {
        LayerCost(
            name: name, parameters: parameters, activationBytes: activation, checkpointBytes: 0,
            denseOperations: 2 * Double(parameters), boundaryBytes: 0)
    }

    /// Seconds and bytes are those of the paper's formulas: 2 (N - 1) (a + S b / N) for replicated operators, 3 (N - 1)
    /// (a + S b / N) for sharded ones.
    @Test func costsAreThoseOfRings() throws {
        let operators = [Self.layer("a", parameters: 4_000_000, activation: 1000)]
        let compute = 3 * 0.01 * 8e6 / 1e9 * 2
        let message = 16e6 * 1e-9 / 4 + 1e-4
        var planner = OperatorShardingPlanner(
            profile: Self.profile(ranks: 4), operators: operators, budgetPerRank: 100_000_000, batches: [8], slices: 1)
        let replicated = try planner.plan()
        #expect(replicated.placements == [OperatorPlacement(sharded: 0)])
        #expect(abs(replicated.secondsAStep - (compute + 2 * 3 * message)) < 1e-12)
        #expect(replicated.bytes == 64_000_000 + 2000)
        planner.budgetPerRank = 60_000_000
        let sharded = try planner.plan()
        #expect(sharded.placements == [OperatorPlacement(sharded: 1)])
        #expect(abs(sharded.secondsAStep - (compute + 3 * 3 * message)) < 1e-12)
        // Its quarter of the states, and parameters and gradient in whole.
        #expect(sharded.bytes == 16_000_000 + 2000 + 32_000_000)
    }

    /// Splitting lets models fit that do not fit in whole operators, and never makes a plan slower.
    @Test func slicesGatherLess() throws {
        let operators = [
            Self.layer("wide", parameters: 8_000_000, activation: 1000),
            Self.layer("narrow", parameters: 1_000_000, activation: 1000),
        ]
        var planner = OperatorShardingPlanner(
            profile: Self.profile(ranks: 4), operators: operators, budgetPerRank: 80_000_000, batches: [4], slices: 1)
        #expect(throws: ParallelPlanningError.doesNotFit(budgetPerRank: 80_000_000, needed: 100_002_000, batch: 4)) {
            try planner.plan()
        }
        planner.slices = 4
        let plan = try planner.plan()
        #expect(plan.bytes <= 80_000_000)
        #expect(plan.placements[0].slices > 1 && plan.placements[0].sharded > 0)
        // The error's number is the least that does.
        planner.budgetPerRank = 1000
        let error = #expect(throws: ParallelPlanningError.self) { try planner.plan() }
        guard case .doesNotFit(_, let needed, _) = try #require(error) else { return #expect(Bool(false)) }
        planner.budgetPerRank = needed
        #expect(try planner.plan().bytes == needed)
        planner.budgetPerRank = needed - 1
        #expect(throws: ParallelPlanningError.self) { try planner.plan() }
    }

    /// Against all placements of four operators, with peaks and slices, over batches.
    @Test func plansAreTheBestOfAll() throws {
        var random = Numbers(seed: 5)
        for round in 0..<40 {
            let operators = (0..<4).map { index in
                Self.layer(
                    "\(index)", parameters: Int.random(in: 1...20, using: &random) * 100_000,
                    activation: Int.random(in: 1...20, using: &random) * 50_000)
            }
            let budget = Int.random(in: 20...90, using: &random) * 1_000_000
            let planner = OperatorShardingPlanner(
                profile: Self.profile(ranks: 2), operators: operators, budgetPerRank: budget, batches: [2, 4, 8],
                slices: 2)
            let best = bestRate(operators, budget)
            let found = try? planner.plan()
            #expect((found == nil) == (best == nil), "round \(round)")
            guard let found, let best else { continue }
            // The search rounds each operator's memory up to a 16384th of the budget.
            #expect(found.sequencesASecond <= best * (1 + 1e-12), "round \(round)")
            let tight = bestRate(operators, budget - budget / 16384 * 5) ?? 0
            #expect(found.sequencesASecond >= tight * (1 - 1e-12), "round \(round)")
        }
    }

    /// Without slices, the two planners have the same plans where layers cannot be split and are not recomputed.
    @Test func wholeOperatorsAreLayers() throws {
        let operators = (1...5).map { Self.layer("\($0)", parameters: $0 * 1_000_000, activation: 100_000) }
        let profile = Self.profile(ranks: 4)
        for budget in [150_000_000, 180_000_000, 220_000_000, 1_000_000_000] {
            let plan = try OperatorShardingPlanner(
                profile: profile, operators: operators, budgetPerRank: budget, batches: [16], slices: 1
            ).plan()
            let layered = try #require(plan.parallelPlan(ranks: 4))
            let predicted = try ParallelPlanner(profile: profile, layers: operators, budgetPerRank: budget).predict(
                stages: layered.stages, layers: layered.layers, batch: 16, microBatches: 1)
            #expect(abs(predicted.secondsAStep - plan.secondsAStep) < 1e-12)
            #expect(predicted.bytes == layered.bytes)
        }
        let split = OperatorShardingPlan(
            placements: [OperatorPlacement(slices: 2, sharded: 1)], batch: 4, secondsAStep: 1, bytes: 1)
        #expect(split.parallelPlan(ranks: 4) == nil)
    }

    private func bestRate(_ operators: [LayerCost], _ budget: Int) -> Double? {
        // Replicated; sharded; of two slices one or both sharded.
        let placements: [(slices: Double, sharded: Double)] = [(1, 0), (1, 1), (2, 1), (2, 2)]
        var best: Double?
        for batch in [2, 4, 8] {
            for number in 0..<256 {
                var (seconds, bytes, peak) = (0.0, 0.0, 0.0)
                for (index, layer) in operators.enumerated() {
                    let place = placements[number >> (2 * index) & 3]
                    let size = Double(layer.parameters * 4)
                    let part = place.sharded / place.slices
                    seconds += 3 * 0.01 * layer.denseOperations / 1e9 * Double(batch) / 2
                    if place.sharded > 0 { seconds += 3 * (place.sharded * 1e-4 + size * part / 2 * 1e-9) }
                    if part < 1 { seconds += 2 * (1e-4 + size * (1 - part) / 2 * 1e-9) }
                    bytes += 4 * size * (1 - part / 2) + Double(layer.activationBytes * batch / 2)
                    if place.sharded > 0 { peak = max(peak, 2 * size / place.slices) }
                }
                if bytes + peak <= Double(budget) { best = max(best ?? 0, Double(batch) / seconds) }
            }
        }
        return best
    }
}
