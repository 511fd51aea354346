import HistoryTower
import ParallelPlanning
import ParallelTraining
import Ranks
import Testing

/// Ranks learn what one rank learns.
@Suite struct EqualityTests {
    struct Case: CustomStringConvertible, Sendable {
        let stages: [String]
        let microBatches: Int

        init(_ stages: [String], _ microBatches: Int = 1) {
            (self.stages, self.microBatches) = (stages, microBatches)
        }

        var plan: ParallelPlan { ParallelPlan(stages, microBatches: microBatches) }
        var description: String { "\(stages), \(microBatches) micro-batches" }
    }

    /// One rank, by pre-training's own path.
    private static let alone = Result {
        var tower = try Lesson.tower()
        var losses: [Double] = []
        _ = try tower.pretrain(
            Lesson.histories, epochs: Lesson.epochs, rate: Lesson.rate, seed: Lesson.seed, budget: 64 << 20,
            scratch: nil
        ) { _, _, loss in losses.append(loss) }
        return (tower: tower, losses: losses)
    }

    private static let codes = Result { try codes(of: alone.get().tower) }

    private static func codes(of tower: HistoryTower) throws -> [Double] {
        let rows = (0..<Lesson.histories.entities).map { Readout(entity: $0, events: 3, gap: 0) }
        return try tower.encode(Lesson.histories, rows, budget: 64 << 20).elements
    }

    @Test(arguments: [
        // Two ranks: data, sharded, tensor, pipeline, and all of them.
        Case(["t1d2 t1d2 t1d2 t1d2"]),
        Case(["t1d2s t1d2s t1d2s t1d2s"]),
        Case(["t2d1 t2d1 t2d1 t2d1"]),
        Case(["t1d1 t1d1", "t1d1 t1d1"], 4),
        Case(["t2d1r t1d2s t2d1 t1d2sr"], 2),
        // Four.
        Case(["t2d2 t2d2 t2d2 t2d2"]),
        Case(["t2d2n t2d2sn t2d2 t1d4s"], 2),
        Case(["t1d2s t2d1", "t2d1r t1d2"], 3),
        Case(["t1d1", "t1d1", "t1d1", "t1d1"], 6),
        // Eight.
        Case(["t2d4s t4d2n t1d8 t2d4sn"], 2),
        Case(["t1d2", "t2d1", "t1d2s", "t2d1r"], 5),
    ]) func ranksLearnWhatOneLearns(example: Case) throws {
        let alone = try Self.alone.get()
        let (losses, outcome) = try Lesson.train(example.plan)[0]
        #expect(losses.count >= 50 && losses.count == alone.losses.count && outcome.steps == losses.count)
        // Gradients that are cut, others that are not; and losses that fall.
        #expect(outcome.lengths.contains { $0 > 1 } && outcome.lengths.contains { $0 < 1 })
        #expect(alone.losses[0] > 1.1 * alone.losses[losses.count - 1])
        for (loss, right) in zip(losses, alone.losses) {
            #expect(abs(loss - right) <= 1e-6 * right, "\(example): \(loss) instead of \(right)")
        }
        let tower = try #require(outcome.tower)
        for (code, right) in zip(try Self.codes(of: tower), try Self.codes.get()) {
            #expect(abs(code - right) <= 1e-4, "\(example)")
        }
    }

    @Test func oneRankLearnsTheSameBits() throws {
        let alone = try Self.alone.get()
        let (losses, outcome) = try Lesson.train(ParallelPlan(["t1d1 t1d1 t1d1 t1d1"]))[0]
        #expect(losses == alone.losses)
        #expect(outcome.tower == alone.tower)
    }

    /// More ranks and micro-batches than histories: some have nothing to do.
    @Test(arguments: [["t1d4s t2d2 t4d1 t1d4"], ["t1d2 t1d2s", "t2d1 t1d2"]]) func someRanksHaveNoHistory(
        stages: [String]
    ) throws {
        let histories = Chain.histories([30, 20], seed: 8)
        var tower = try Lesson.tower()
        let first = tower
        var right: [Double] = []
        _ = try tower.pretrain(histories, epochs: 3, rate: 0.003, seed: 1, budget: 64 << 20, scratch: nil) {
            _, _, loss in right.append(loss)
        }
        let losses = try ThreadRanks.run(4) { ranks in
            var losses: [Double] = []
            _ = try ParallelPretraining(first, ParallelPlan(stages, microBatches: 3), ranks: ranks).run(
                histories, epochs: 3, rate: 0.003, seed: 1, budget: 64 << 20
            ) { _, _, loss in losses.append(loss) }
            return losses
        }
        for losses in losses {
            #expect(losses.count == right.count)
            for (loss, right) in zip(losses, right) { #expect(abs(loss - right) <= 1e-6 * right) }
        }
    }

    /// The order of exchanges needs no room on the way.
    @Test(arguments: [
        Case(["t1d1", "t1d1", "t1d1", "t1d1"], 6), Case(["t1d2s t2d1", "t2d1 t1d2"], 3),
        Case(["t2d2n t1d4 t2d2 t1d4s"], 2),
    ]) func sendsMayWaitForTheirReceives(example: Case) throws {
        let buffered = try Lesson.train(example.plan, epochs: 3)[0]
        let waiting = try Lesson.train(example.plan, epochs: 3) { WaitingSends($0) }[0]
        #expect(buffered.losses == waiting.losses)
    }
}
