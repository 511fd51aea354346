import HistoryTower
import ParallelPlanning
import ParallelTraining
import Ranks
import Testing

@Suite struct RefusalTests {
    @Test(arguments: [
        (["t1d1 t1d1 t1d1"], "strategies for 3 layers"), (["t1d1 t1d1 t1d1 t1d1"], "every rank of 0..<2"),
        (["t1d2 t1d2 t1d2 t1d1"], "layer 3 is spread over 1 x 1 ranks"),
    ]) func plansForOthersAreRefused(stages: [String], words: String) throws {
        let tower = try Lesson.tower()
        let plan = ParallelPlan(stages)
        _ = try ThreadRanks.run(2) { ranks in
            let error = #expect(throws: ParallelTrainingError.self) {
                try ParallelPretraining(tower, plan, ranks: ranks)
            }
            #expect("\(error!)".contains(words), "\(error!)")
        }
    }

    @Test func headsAreNotCut() throws {
        let tower = try Lesson.tower()
        _ = try ThreadRanks.run(8) { ranks in
            let error = #expect(throws: ParallelTrainingError.self) {
                try ParallelPretraining(tower, ParallelPlan(["t8d1 t8d1 t8d1 t8d1"]), ranks: ranks)
            }
            #expect("\(error!)".contains("8 ranks cannot share the 4 heads of layer 0"))
        }
    }

    struct Enough: Error, Equatable {}

    @Test func whoStopsAtOneRankStopsAll() throws {
        let tower = try Lesson.tower()
        #expect(throws: Enough()) {
            try ThreadRanks.run(2) { ranks in
                _ = try ParallelPretraining(tower, ParallelPlan(["t1d1 t1d1", "t1d1 t1d1"]), ranks: ranks).run(
                    Lesson.histories, epochs: 3, rate: 0.003, seed: 1, budget: 64 << 20
                ) { done, _, _ in if done == 2 && ranks.rank == 1 { throw Enough() } }
            }
        }
    }

    /// Every rank finds that gradients are not finite any more, not only those that have them.
    @Test func whatDivergesDivergesEverywhere() throws {
        let tower = try Lesson.tower()
        var histories = Lesson.histories
        histories.numbers[0][5] = .infinity
        let errors = try ThreadRanks.run(4) { [histories] ranks -> HistoryTowerError? in
            do {
                _ = try ParallelPretraining(
                    tower, ParallelPlan(["t1d2 t1d2s", "t2d1 t1d2"], microBatches: 2), ranks: ranks
                ).run(histories, epochs: 1, rate: 0.003, seed: 1, budget: 64 << 20)
                return nil
            } catch let error as HistoryTowerError { return error }
        }
        #expect(errors.allSatisfy { $0 == .diverged })
    }

    @Test func historiesOfOneEventTeachNothing() throws {
        let tower = try Lesson.tower()
        _ = try ThreadRanks.run(2) { ranks in
            #expect(throws: HistoryTowerError.nothingToLearn) {
                try ParallelPretraining(tower, ParallelPlan(["t1d2 t1d2 t1d2 t1d2"]), ranks: ranks).run(
                    Chain.histories([1, 1], seed: 1), epochs: 1, rate: 0.003, seed: 1, budget: 64 << 20)
            }
        }
    }
}
