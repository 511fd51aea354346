import HistoryTower
import ParallelPlanning
import ParallelTraining
import Ranks
import Testing

/// What ranks keep.
@Suite struct MemoryTests {
    private func measured(_ stages: [String], _ microBatches: Int = 1) throws -> [TrainingMeasurement] {
        try Lesson.train(ParallelPlan(stages, microBatches: microBatches), epochs: 1)[0].outcome.measured
    }

    @Test func everyKindSavesWhatItIsFor() throws {
        let alone = try measured(["t1d1 t1d1 t1d1 t1d1"])[0]
        let data = try measured(["t1d2 t1d2 t1d2 t1d2"])[0]
        let sharded = try measured(["t1d2s t1d2s t1d2s t1d2s"])[0]
        let tensor = try measured(["t2d1 t2d1 t2d1 t2d1"])[0]
        let again = try measured(["t1d1r t1d1r t1d1r t1d1r"])[0]
        let parameters = try Lesson.tower().parameterCount
        #expect(alone.stateBytes == 16 * parameters && alone.gatheredBytes == 0 && alone.messageBytes == 0)
        #expect(data.stateBytes == alone.stateBytes && data.arenaBytes < alone.arenaBytes * 2 / 3)
        // A shard of every segment, and the largest layer whole.
        #expect(abs(sharded.stateBytes - alone.stateBytes / 2) < 1024 && sharded.gatheredBytes < alone.stateBytes / 4)
        #expect(tensor.stateBytes < alone.stateBytes * 6 / 10 && tensor.arenaBytes < alone.arenaBytes)
        #expect(again.arenaBytes < alone.arenaBytes / 2 && again.stateBytes == alone.stateBytes)
    }

    /// Stage s of P keeps P - s micro-batches, and its own layers' parameters.
    @Test func pipelinesKeepWhatIsUnderWay() throws {
        let ranks = try measured(["t1d1", "t1d1", "t1d1", "t1d1"], 6)
        let one = try measured(["t1d1", "t1d1", "t1d1", "t1d1"], 1)
        #expect(ranks.map(\.stage) == [0, 1, 2, 3] && ranks.map(\.rank) == [0, 1, 2, 3])
        #expect(ranks[1].stateBytes == ranks[2].stateBytes)
        #expect(ranks[1].arenaBytes * 2 == ranks[2].arenaBytes * 3)
        #expect(ranks[1].arenaBytes < one[1].arenaBytes)
        let all = try 16 * Lesson.tower().parameterCount
        #expect(abs(ranks.reduce(0) { $0 + $1.stateBytes } - all) < 4096)
    }

    @Test func aBudgetThatIsTooSmallIsRefusedEverywhereWithOneThatWouldDo() throws {
        let plan = ParallelPlan(["t1d2s t1d2s", "t1d2 t1d2r"], microBatches: 2)
        let tower = try Lesson.tower()
        let errors = try ThreadRanks.run(4) { ranks -> ParallelTrainingError? in
            do {
                _ = try ParallelPretraining(tower, plan, ranks: ranks).run(
                    Lesson.histories, epochs: 1, rate: 0.01, seed: 1, budget: ranks.rank == 2 ? 1000 : 64 << 20)
                return nil
            } catch let error as ParallelTrainingError { return error }
        }
        guard case .budget(rank: 2, budget: 1000, let least)? = errors[0] else {
            Issue.record("\(errors)")
            return
        }
        #expect(errors.allSatisfy { $0 == errors[0] } && "\(errors[0]!)".contains("rank 2 needs \(least) bytes"))
        let measured = try ThreadRanks.run(4) { ranks in
            try ParallelPretraining(tower, plan, ranks: ranks).run(
                Lesson.histories, epochs: 1, rate: 0.01, seed: 1, budget: ranks.rank == 2 ? least : 64 << 20
            ).measured
        }
        #expect(measured[3][2].bytes == least && measured[0] == measured[3])
        let worked = try ParallelPretraining.bytes(tower, plan, Lesson.histories, epochs: 1, seed: 1)
        #expect(worked == measured[0].map(\.bytes))
    }
}
