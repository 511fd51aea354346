import AddressPlanning
import StaticExecution
import Testing

@Suite struct PolicyTests {
    private struct Outcome: Equatable {
        var loss: Double
        var gradients: [Float]
    }

    private func step(_ model: Model, _ events: Events, _ policy: StepPolicy, extent: StepExtent) throws -> Outcome {
        let program = try StepProgram(training: model.graph, extent: extent, policy: policy)
        try program.plan.plan.check(against: program.problem.flat)
        let bench = Bench(model, program, transfers: LateTransfers(program))
        var outcome = Outcome(loss: 0, gradients: [])
        // The second time with what the first has left in the arena.
        for round in 0..<2 {
            bench.enter(events)
            try bench.executor.forward(seed: 11, step: 3)
            let loss = try bench.executor.backward(factor: 1 / 512)
            let now = Outcome(loss: loss, gradients: bench.gradients)
            #expect(round == 0 || now == outcome, "\(policy)")
            outcome = now
        }
        #expect(bench.touched == program.arenaBytes, "\(policy): planned and touched")
        return outcome
    }

    /// Whatever is computed again or put away, loss and gradients have the same bits.
    @Test func bitsDoNotDependOnThePolicy() throws {
        let model = Model(width: 32, heads: 2, layers: 4, dropout: 0.2)
        let events = Events(lengths: [700, 45, 279], seed: 9)
        let extent = StepExtent(events: 1024, histories: 3)
        let plain = try step(model, events, .plain(), extent: extent)
        #expect(plain.loss.isFinite && plain.gradients.contains { $0 != 0 })
        for chunk in [128, 384] {
            for alpha in [0, 0.25, 0.5, 1] {
                for (swapped, hoists, ring) in [
                    (0, false, 2), (1, true, 2), (3, true, 3), (3, false, 2), (4, true, 100),
                ] {
                    let policy = StepPolicy(
                        chunk: chunk, alpha: alpha, swapped: swapped, hoists: hoists, ring: ring)
                    #expect(try step(model, events, policy, extent: extent) == plain, "\(policy)")
                }
            }
        }
    }

    @Test func aSmallerStepThanPlannedIsTheSame() throws {
        let model = Model(width: 32, heads: 2, layers: 2, dropout: 0.1)
        let events = Events(lengths: [200, 45], seed: 9)
        let policy = StepPolicy(chunk: 128, alpha: 0.5, swapped: 1)
        let exact = try step(model, events, policy, extent: .init(events: 245, histories: 2))
        let program = try StepProgram(training: model.graph, extent: .init(events: 2000, histories: 7), policy: policy)
        let bench = Bench(model, program, transfers: LateTransfers(program))
        bench.enter(events)
        try bench.executor.forward(seed: 11, step: 3)
        #expect(try bench.executor.backward(factor: 1 / 512) == exact.loss)
        #expect(bench.gradients == exact.gradients)
    }

    @Test func memoryShrinksAsTensorsAreComputedAgainAndPutAway() throws {
        let model = Model(width: 32, heads: 2, layers: 6)
        let extent = StepExtent(events: 8192)
        func bytes(_ policy: StepPolicy) throws -> Int {
            try StepProgram(training: model.graph, extent: extent, policy: policy).arenaBytes
        }
        let plain = try bytes(.plain(chunk: 512))
        let recomputed = try bytes(.recomputing(chunk: 512))
        let swapped = try bytes(.init(chunk: 512, alpha: 0.5, swapped: 5))
        #expect(swapped < recomputed && recomputed < plain, "\(swapped), \(recomputed), \(plain)")
    }
}
