import Foundation
import ParallelPlanning
import Testing

@Suite struct PlannerTests {
    /// What a plan says is what its stages and strategies are predicted to take, and they are complete.
    private func check(_ plan: ParallelPlan, _ planner: ParallelPlanner) throws {
        #expect(
            try planner.predict(
                stages: plan.stages, layers: plan.layers, batch: plan.batch, microBatches: plan.microBatches) == plan)
        #expect(plan.stages.flatMap { Array($0.layers) } == Array(planner.layers.indices))
        #expect(plan.stages.flatMap { Array($0.ranks) } == Array(0..<planner.profile.ranks))
        #expect(plan.layers.count == planner.layers.count)
        #expect(plan.bytes.count == planner.profile.ranks)
        #expect(plan.bytes.allSatisfy { $0 <= planner.budgetPerRank })
        for stage in plan.stages {
            #expect(plan.layers[stage.layers].allSatisfy { $0.ranks == stage.ranks.count })
        }
        let page = try JSONEncoder().encode(plan)
        #expect(try JSONDecoder().decode(ParallelPlan.self, from: page) == plan)
    }

    /// With memory to spare, small gradients and large batches: plain data parallelism.
    @Test func plentyOfMemoryGivesDataParallelism() throws {
        let planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [4]), layers: Clusters.layers(6), budgetPerRank: 1 << 40)
        let plan = try planner.plan()
        try check(plan, planner)
        #expect(plan.stages.count == 1)
        #expect(Set(plan.layers) == [LayerStrategy(tensor: 1, data: 4)])
        #expect(plan.batch == 64 && plan.microBatches == 1)
    }

    /// The less memory, the slower, down to the number that the error says; below it there is no plan.
    @Test func budgetsAreKept() throws {
        var planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [2, 2]), layers: Clusters.layers(8), budgetPerRank: 1000, batches: [8, 16])
        let error = #expect(throws: ParallelPlanningError.self) { try planner.plan() }
        guard case .doesNotFit(1000, let needed, _) = try #require(error) else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect("\(try #require(error))".contains("\(needed) bytes"))
        planner.budgetPerRank = needed - 1
        #expect(throws: ParallelPlanningError.self) { try planner.plan() }
        var rate = 0.0
        for budget in [needed, needed * 5 / 4, needed * 3 / 2, needed * 2, needed * 4, needed * 16] {
            planner.budgetPerRank = budget
            let plan = try planner.plan()
            try check(plan, planner)
            // Units of memory grow with the budget, and with them what is rounded up.
            #expect(plan.sequencesASecond >= rate * 0.999, "\(budget) bytes")
            rate = plan.sequencesASecond
        }
    }

    /// A slow network between hosts: pipelines send the least over it.
    @Test func slowLinksGetPipelines() throws {
        let planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [1, 1], latency: 1e-4, bandwidth: 2e8),
            layers: Clusters.layers(8, width: 1024, length: 32), budgetPerRank: 1 << 40, batches: [64])
        let plan = try planner.plan()
        try check(plan, planner)
        #expect(plan.stages.count == 2)
        #expect(plan.microBatches > 1)
    }

    /// A stage on a slower host gets fewer layers.
    @Test func slowHostsGetFewerLayers() throws {
        let planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [1, 1], latency: 1e-4, bandwidth: 2e8, speeds: [60e9, 20e9]),
            layers: Clusters.layers(8, width: 1024, length: 32), budgetPerRank: 1 << 40, batches: [64])
        let plan = try planner.plan()
        try check(plan, planner)
        #expect(plan.stages.map(\.layers.count) == [6, 2])
    }

    /// With one layout nothing moves between layers, and plans are as fast or slower.
    @Test func layoutsCanBeTheSame() throws {
        var planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [4]), layers: Clusters.layers(8), budgetPerRank: 1 << 40, batches: [8])
        planner.layers[0].parameters += 8_000_000
        var differences = 0
        for budget in [63_000_000, 72_000_000, 90_000_000, 160_000_000] {
            planner.budgetPerRank = budget
            planner.oneLayout = false
            let free = try planner.plan()
            planner.oneLayout = true
            let same = try planner.plan()
            try check(same, planner)
            #expect(Set(same.layers.map { [$0.tensor, $0.consecutive ? 1 : 0] }).count == 1)
            #expect(same.sequencesASecond <= free.sequencesASecond)
            if same.layers != free.layers { differences += 1 }
        }
        #expect(differences > 0)
    }

    /// Hosts' memory is divided among their ranks.
    @Test func hostsHaveTheirOwnLimits() throws {
        var planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [2], memory: 300_000_000), layers: Clusters.layers(4),
            budgetPerRank: 1 << 40,
            batches: [8])
        #expect(try planner.plan().bytes.allSatisfy { $0 <= 150_000_000 })
        planner.profile.hosts[0].memoryBytes = 1_000_000
        let error = #expect(throws: ParallelPlanningError.self) { try planner.plan() }
        guard case .doesNotFit(500_000, _, 8) = try #require(error) else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
    }

    @Test func impossibleBatchesAreNamed() {
        var planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [3]), layers: Clusters.layers(2), budgetPerRank: 1 << 40, batches: [4, 7])
        planner.layers = planner.layers.map {
            var layer = $0
            layer.tensorLimit = 1
            return layer
        }
        #expect(throws: ParallelPlanningError.notDivisible(batches: [4, 7], ranks: 3)) { try planner.plan() }
        planner.layers = []
        #expect(throws: ParallelPlanningError.noLayers) { try planner.plan() }
    }

    /// Two ranks, layers of unlike kinds, small budgets: against every division, strategy and number of micro-batches.
    @Test func twoRanksHaveTheBestOfAllPlans() throws {
        var layers = Clusters.layers(4, width: 128, length: 64)
        layers[0] = LayerCost(
            name: "embedding", parameters: 2_000_000, activationBytes: 64 * 128 * 4, checkpointBytes: 64 * 8,
            denseOperations: 1e6, boundaryBytes: 64 * 128 * 4)
        for budget in [24_000_000, 40_000_000, 60_000_000, 400_000_000] {
            let planner = ParallelPlanner(
                profile: Clusters.profile(hosts: [1, 1], bandwidth: 4e9), layers: layers, budgetPerRank: budget,
                batches: [8])
            var best = 0.0
            for (stages, choices) in [(1, StrategyTree.strategies(ranks: 2)), (2, StrategyTree.strategies(ranks: 1))] {
                for division in PipelineSearch.divisions(4, stages: stages) {
                    for number in 0..<choices.count * choices.count * choices.count * choices.count {
                        var left = number
                        let strategies = (0..<4).map { _ in
                            defer { left /= choices.count }
                            return choices[left % choices.count]
                        }
                        for micro in [1, 2, 4, 8] {
                            let plan = try? planner.predict(
                                stages: division.enumerated().map {
                                    ParallelPlan.Stage(layers: $1, ranks: $0 * 2 / stages..<($0 + 1) * 2 / stages)
                                }, layers: strategies, batch: 8, microBatches: micro)
                            guard let plan, plan.bytes.allSatisfy({ $0 <= budget }) else { continue }
                            best = max(best, plan.sequencesASecond)
                        }
                    }
                }
            }
            let found = try? planner.plan()
            #expect((found == nil) == (best == 0), "\(budget)")
            guard let found else { continue }
            try check(found, planner)
            #expect(abs(found.sequencesASecond - best) <= best * 1e-3, "\(budget)")
        }
    }

    private static let isLong = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] != nil

    /// Large clusters are planned in seconds.
    @Test(.enabled(if: isLong), arguments: [([2, 2], 12), ([4, 4], 24), ([4, 4], 48), ([8, 8], 48)])
    func largePlansTakeSeconds(hosts: [Int], layers count: Int) throws {
        var layers = Clusters.layers(count, width: 512, length: 512)
        layers[0].parameters += 3_000_000
        var planner = ParallelPlanner(
            profile: Clusters.profile(hosts: hosts, latency: 3e-5, bandwidth: 1.5e9), layers: layers, budgetPerRank: 1)
        let error = #expect(throws: ParallelPlanningError.self) { try planner.plan() }
        guard case .doesNotFit(_, let needed, _) = try #require(error) else { return }
        planner.budgetPerRank = needed * 2
        var plan: ParallelPlan?
        let time = try ContinuousClock().measure { plan = try planner.plan() }
        try check(try #require(plan), planner)
        print("\(hosts) ranks, \(count) layers, batches up to 64: \(time)")
        #expect(time < .seconds(60))
    }

    @Test func plansAreTables() throws {
        let plan = ParallelPlan(
            stages: [.init(layers: 0..<3, ranks: 0..<2), .init(layers: 3..<5, ranks: 2..<4)],
            layers: [
                LayerStrategy(tensor: 1, data: 2, sharded: true), LayerStrategy(tensor: 1, data: 2, sharded: true),
                LayerStrategy(tensor: 2, data: 1), LayerStrategy(tensor: 1, data: 2, recomputes: true),
                LayerStrategy(tensor: 1, data: 2, recomputes: true),
            ], batch: 16, microBatches: 4, secondsAStep: 0.8, bytes: [1_500_000, 1_500_000, 900_000, 900_000])
        let names = ["embedding", "layer", "layer", "layer", "head"]
        let text = PlanTable(plan, names: names, budgetPerRank: 2_000_000, measuredSeconds: 1).text
        #expect(
            text == """
                step: 16 sequences in 4 micro-batches
                predicted: 800 ms, 20.0 sequences a second
                measured: 1.0 s, 16.0 sequences a second; the prediction is 20 % too short
                stage  ranks  layers                strategy       memory a rank
                0      0-1    0-1 embedding, layer  D2 sharded     1.5 MB of 2.0 MB
                              2 layer               T2
                1      2-3    3-4 layer, head       D2 recomputed  900.0 KB of 2.0 MB

                """)
        let svg = PlanDrawing(plan, names: ["<in>", "a", "a", "a", "b"], budgetPerRank: 2_000_000).svg
        // Well-formed, a cell for each layer and rank, and names that cannot break it.
        let cells = svg.components(separatedBy: "<g>").count - 1
        #expect(cells == 3 * 2 + 2 * 2)
        #expect(svg.contains("layer 0, &lt;in&gt;: D2 sharded"))
        #expect(XMLCheck.isWellFormed(svg))
    }
}

/// Whether elements are closed in order.
private enum XMLCheck {
    static func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        for part in text.split(separator: "<") {
            guard let end = part.firstIndex(of: ">") else { return false }
            let tag = part[..<end]
            let name = tag.prefix { $0 != " " && $0 != "/" }
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else if !tag.hasSuffix("/") {
                open.append(name)
            }
        }
        return open.isEmpty
    }
}
