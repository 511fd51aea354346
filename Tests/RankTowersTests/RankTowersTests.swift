import Foundation
import HistoryTower
import ParallelPlanning
import ParallelTraining
import RankTowers
import Ranks
import Testing

@Suite struct RankTowersTests {
    private let histories = Made.histories((0..<30).map { [50, 3, 18, 33, 1, 47][$0 % 6] })

    private func plan(_ strategy: LayerStrategy) -> ParallelPlan {
        ParallelPlan(
            stages: [.init(layers: 0..<4, ranks: 0..<strategy.ranks)],
            layers: Array(repeating: strategy, count: 4), batch: 32, microBatches: 1, secondsAStep: 1,
            bytes: Array(repeating: 0, count: strategy.ranks))
    }

    @Test func ranksThatAreAskedLearnWhatOneLearns() throws {
        var alone = try Made.tower()
        let lesson = try alone.pretrain(histories, epochs: 3, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil)
        var seen: [Int] = []
        let learned = try Made.ranks(2).pretrain(
            Made.tower(), plan(.init(tensor: 2, data: 1)), histories, epochs: 3, rate: 0.01, seed: 4, budget: 64 << 20
        ) { done, of, loss in
            seen.append(done)
            #expect(of == lesson.plan.steps && loss.isFinite)
        }
        #expect(seen.first == 1 && seen.last == lesson.plan.steps && learned.steps == lesson.plan.steps)
        for (one, other) in zip(learned.losses, lesson.losses) { #expect(abs(one - other) < 1e-6 * other) }
        let rows = [Readout(entity: 0, events: 40, gap: 0), Readout(entity: 3, events: 7, gap: 0)]
        let codes = try [alone, learned.tower].map { try $0.encode(histories, rows, budget: 64 << 20).elements }
        for (one, other) in zip(codes[0], codes[1]) { #expect(abs(one - other) < 1e-4) }
        #expect(learned.ranks.map(\.rank) == [0, 1] && learned.ranks.allSatisfy { $0.bytes > 0 })
        #expect(learned.secondsAStep > 0)
    }

    @Test func whatProgressThrowsIsThrown() throws {
        struct Enough: Error {}
        #expect(throws: Enough.self) {
            try Made.ranks(2).pretrain(
                Made.tower(), plan(.init(tensor: 1, data: 2)), histories, epochs: 1, rate: 0.01, seed: 4,
                budget: 64 << 20
            ) { _, _, _ in throw Enough() }
        }
    }

    /// Orders that are cut or changed anywhere in their first part are refused, or are orders; none traps.
    @Test func ordersThatAreNoneAreRefused() throws {
        var order: [UInt8] = []
        _ = try? RankTowers { _, payload, _ in
            order = payload
            return []
        }.pretrain(
            Made.tower(), plan(.init(tensor: 1, data: 1)), Made.histories([4, 3]), epochs: 1, rate: 0.01, seed: 4,
            budget: 64 << 20)
        let whole = order
        func answer(_ bytes: [UInt8]) throws -> [UInt8] {
            try ThreadRanks.run(1) { try TowerService.pretrain($0, bytes) { _ in true } }[0]
        }
        #expect(try !answer(whole).isEmpty)
        for length in [0, 1, 20, whole.count / 2, whole.count - 1] {
            #expect(throws: (any Error).self) { try answer(Array(whole.prefix(length))) }
        }
        #expect(throws: (any Error).self) { try answer(whole + [0]) }
        // A code beyond the schema's; a start beyond the events.
        var changed = whole
        changed[whole.count - 7 * 4 - 8 - 1] = 0x7F
        #expect(throws: RankTowerError.self) { try answer(changed) }
    }

    @Test func ranksAreMeasuredAndPlannedFor() throws {
        let profile = try Made.ranks(2).profile(width: 16, heads: 4, events: 32)
        #expect(profile.ranks == 2 && profile.hosts.count == 1 && profile.hosts[0].forward.count == 5)
        #expect(Set(profile.collectives.map(\.kind)) == Set(ClusterProfile.Collective.Kind.allCases))
        #expect(profile.hosts[0].memoryBytes > 1 << 28 && profile.backwardFactor > 0)
        let planning = TowerPlanning(try Made.tower(), histories, profile)
        let plan = try planning.plan(budget: 64 << 20, epochs: 2, seed: 4)
        #expect(plan.layers.count == 4 && plan.batch == 32 && plan.secondsAStep > 0)
        let learned = try Made.ranks(2).pretrain(
            Made.tower(), plan, histories, epochs: 2, rate: 0.01, seed: 4, budget: plan.bytes.max() ?? 0)
        #expect(learned.ranks.map(\.bytes) == plan.bytes)
    }

    @Test func aBudgetThatIsTooSmallIsRefusedWithWhatWouldDo() throws {
        let profile = try Made.ranks(2).profile(width: 16, heads: 4, events: 32)
        let planning = TowerPlanning(try Made.tower(), histories, profile)
        let error = #expect(throws: ParallelPlanningError.self) {
            try planning.plan(budget: 100_000, epochs: 1, seed: 4)
        }
        guard case .doesNotFit(100_000, let needed, 32)? = error else { return #expect(error == nil) }
        let plan = try planning.plan(budget: needed, epochs: 1, seed: 4)
        #expect(plan.bytes.max() == needed)
    }
}
