import Foundation
import ParallelPlanning
import Testing

/// Agreement with Galvatron's engine: what it computes from its profiles, and its whole searches.
@Suite struct GalvatronTests {
    static let profile = Result {
        try GalvatronProfile(
            GoldenData.read("galvatron-profile", as: GalvatronProfile.Pages.self), length: 8192, width: 4096, devices: 8
        )
    }

    /// A whole search of the engine.
    struct Search: Decodable {
        struct Config: Decodable {
            var pp_deg: Int
            var vtp: Int
            var vsp: Int
            var embed_sdp: Int
            var pp_division: String
        }

        var settle_bsz: Int
        var settle_chunk: Int
        var memory_constraint_GB: Int
        var fine_grained: Int
        var throughput: Double
        /// What the engine took on the machine that it ran on.
        var seconds: Double
        var config: Config?
        var strategies: [String]?
    }

    /// The engine fits its polynomials by iterations that end at about this precision.
    static let tolerance = 1e-8

    static let searches = (try? GoldenData.read("galvatron-searches", as: [Search].self)) ?? []

    /// Upstream's own list of all strategies for eight devices.
    @Test func eightDevicesHaveFiftyStrategies() {
        let labels = GalvatronStrategy.all(devices: 8, layers: 28).map(\.label)
        #expect(labels.count == 50)
        #expect(labels.prefix(6) == ["1-1-8", "1-1-8-c", "1-1-8f", "1-1-8f-c", "1-2*-4-sp", "1-2*-4-c-sp"])
        #expect(labels.suffix(4) == ["4-2*-1", "4-2*-1-c", "8-1-1", "8-1-1-c"])
    }

    @Test func costsAreThoseOfTheEngine() throws {
        let search = Self.search(try Self.profile.get(), batch: 64, microBatches: 32, memory: 36)
        let expected = try GoldenData.read("galvatron-calls", as: GalvatronCalls.self).tasks
        let tasks = search.tasks
        #expect(tasks.count == expected.count)
        for (task, expected) in zip(tasks, expected) {
            let name: Comment = "\(task)"
            #expect(task.pipeline == expected.pp && task.mode.rawValue == expected.tp_sp_mode, name)
            #expect(task.largestDegree == expected.buf_tp, name)
            #expect(search.strategies(of: task).map(\.label) == expected.layer_strategies, name)
            let problems = search.problems(of: task)
            #expect(problems.map { $0[0].embedding.label } == expected.embed_strategies, name)
            try #require(problems.flatMap(\.self).count == expected.dp_calls.count, name)
            for (problem, call) in zip(problems.flatMap(\.self), expected.dp_calls) {
                compare(problem, call, name)
            }
            let seconds = search.best(of: task)?.seconds
            #expect((seconds == nil) == (expected.pipeline_time_s == nil), name)
            if let seconds, let other = expected.pipeline_time_s {
                #expect(abs(seconds - other) <= Self.tolerance * other, name)
            }
        }
    }

    private func compare(_ problem: GalvatronSearch.StageProblem, _ call: GalvatronCalls.Call, _ name: Comment) {
        #expect(problem.memory == call.max_mem_MB, name)
        #expect(problem.otherMemory == call.other_mem_MB, name)
        #expect(abs(problem.otherSeconds - call.other_time) <= 1e-9, name)
        #expect(problem.options.count == call.layers, name)
        #expect(problem.options[0].memory == call.v_MB, name)
        for (own, other) in zip(problem.options[0].seconds, call.intra_s) {
            #expect(abs(own - other) <= 1e-9, name)
        }
        for (own, other) in zip(problem.options[1].switching, call.inter_s.flatMap(\.self)) {
            #expect(abs(own - other) <= 1e-9 * other, name)
        }
        #expect(problem.options[0].switching.allSatisfy { $0 == 0 }, name)
    }

    /// The same throughput and plans, within a fifth of the engine's time.
    @Test(arguments: searches.indices)
    func wholeSearchesHaveTheEnginesPlans(index: Int) throws {
        let expected = Self.searches[index]
        var settings = GalvatronSearch.Settings(devices: 8, layers: 28, memory: expected.memory_constraint_GB)
        settings.fineGrained = expected.fine_grained == 1
        let profile = try Self.profile.get()
        var best: GalvatronSearch.Plan?
        let time = ContinuousClock().measure {
            best = GalvatronSearch(
                profile, settings, batch: expected.settle_bsz, microBatches: expected.settle_chunk
            ).best()
        }
        let ratio = expected.seconds / (time / .seconds(1))
        if ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] != nil {
            print("search \(index): \(time), the engine \(expected.seconds) s, \(Int(ratio)) times as long")
        }
        // Wall times are told apart safely where the engine's are long.
        if expected.seconds > 1 { #expect(ratio >= 5) }
        guard let config = expected.config else {
            #expect(best == nil)
            return
        }
        let plan = try #require(best)
        let throughput = Double(expected.settle_bsz) / plan.seconds
        #expect(abs(throughput - expected.throughput) <= Self.tolerance * expected.throughput)
        #expect(plan.strategies.map(\.label) == expected.strategies)
        #expect(plan.division.map(String.init).joined(separator: ",") == config.pp_division)
        #expect(plan.division.count == config.pp_deg)
        #expect(plan.embedding.model == config.vtp)
        #expect((plan.embedding.sequence > 1 ? 1 : 0) == config.vsp)
        #expect((plan.embedding.dataKind == .sharded ? 1 : 0) == config.embed_sdp)
    }

    private static func search(
        _ profile: GalvatronProfile, batch: Int, microBatches: Int, memory: Int
    ) -> GalvatronSearch {
        GalvatronSearch(
            profile, GalvatronSearch.Settings(devices: 8, layers: 28, memory: memory), batch: batch,
            microBatches: microBatches)
    }
}
