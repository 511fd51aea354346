import ParallelPlanning
import Testing

@Suite struct StrategyTreeTests {
    /// The numbers of Galvatron's paper.
    @Test func leavesAreCounted() {
        for (ranks, all, pruned) in [(1, 1, 1), (2, 3, 3), (4, 9, 7), (8, 21, 11)] {
            #expect(StrategyTree.leaves(ranks: ranks, pruned: false).count == all)
            #expect(StrategyTree.leaves(ranks: ranks).count == pruned)
            #expect(Set(StrategyTree.leaves(ranks: ranks, pruned: false)).count == all)
        }
        let stages = StrategyTree.pipelines(ranks: 8)
        #expect(stages == [1, 2, 4, 8])
        func count(_ recomputing: Bool, _ pruned: Bool) -> Int {
            stages.reduce(0) {
                $0 + StrategyTree.leaves(ranks: 8 / $1, recomputing: recomputing, pruned: pruned).count
            }
        }
        #expect(count(false, false) == 34)
        #expect(count(false, true) == 22)
        #expect(count(true, false) == 68)
        #expect(count(true, true) == 44)
    }

    @Test func prunedLeavesAreDifferentStrategies() {
        for ranks in [1, 2, 3, 4, 6, 8, 12, 16] {
            let strategies = StrategyTree.strategies(ranks: ranks)
            #expect(Set(strategies).count == strategies.count)
            #expect(strategies.count == StrategyTree.leaves(ranks: ranks, recomputing: true).count)
            #expect(strategies.allSatisfy { $0.ranks == ranks })
        }
        let mixed = StrategyTree.leaves(ranks: 4, pruned: false).filter { $0.strategy == nil }
        #expect(mixed.count == 2)
        #expect(StrategyTree.strategies(ranks: 6, recomputing: false).map(\.label).contains("T3 D2 sharded"))
    }

    @Test func groupsDivideTheRanks() {
        let near = LayerStrategy(tensor: 2, data: 4)
        #expect(near.tensorGroups == [[0, 1], [2, 3], [4, 5], [6, 7]])
        #expect(near.dataGroups == [[0, 2, 4, 6], [1, 3, 5, 7]])
        let far = LayerStrategy(tensor: 2, data: 4, consecutive: false)
        #expect(far.tensorGroups == [[0, 4], [1, 5], [2, 6], [3, 7]])
        #expect(far.dataGroups == [[0, 1, 2, 3], [4, 5, 6, 7]])
        for strategy in StrategyTree.strategies(ranks: 12) {
            #expect(Set(strategy.tensorGroups.flatMap(\.self)) == Set(0..<12))
            #expect(Set(strategy.dataGroups.flatMap(\.self)) == Set(0..<12))
        }
    }

    @Test func whatMakesNoDifferenceIsOneStrategy() {
        #expect(
            LayerStrategy(tensor: 4, data: 1, sharded: true, consecutive: false) == LayerStrategy(tensor: 4, data: 1))
        #expect(LayerStrategy(tensor: 1, data: 1).label == "alone")
        #expect(
            LayerStrategy(tensor: 2, data: 4, sharded: true, recomputes: true, consecutive: false).label
                == "D4 T2 sharded recomputed")
    }
}
