import Foundation
import StaticExecution
import Testing
import Tiers

@Suite struct PlanningTests {
    private let machine = MachineProfile(productRate: 1e11, copyRate: 1e10, writeRate: 2e9, readRate: 2e9)

    /// The closed form against what it stands for: the largest number of tokens that keeps both limits.
    @Test func theShareIsTheLargestThatKeepsBothLimits() {
        var random = Pseudorandom(2)
        for _ in 0..<200 {
            let tokens = 4096
            let share = SwapShare(
                keptBytes: Double.random(in: 0...4e6, using: &random),
                otherBytes: Double.random(in: 1e5...4e7, using: &random),
                layerSeconds: Double.random(in: 0...0.02, using: &random), rate: 1e9,
                layers: Int.random(in: 1...6, using: &random), capacity: Double.random(in: 0...1e8, using: &random))
            let possible = (0...tokens).filter { swapped in
                let bytes = share.keptBytes + share.otherBytes * Double(swapped) / Double(tokens)
                return bytes <= share.rate * share.layerSeconds && bytes * Double(share.layers) <= share.capacity
            }
            if let most = possible.last {
                #expect(Int((share.alpha ?? -1) * Double(tokens)) == most)
            } else {
                #expect(share.alpha == nil)
            }
        }
    }

    private func plan(_ budget: Int, disk: Int = 1 << 40, events: Int = 8192) throws -> StepPlanner.Planned {
        try StepPlanner(budget: budget, machine: machine, diskBytes: disk).plan(
            training: Model(width: 32, heads: 2, layers: 6).graph, extent: .init(events: events))
    }

    @Test func withRoomNothingIsPutAwayOrComputedAgain() throws {
        let planned = try plan(1 << 30)
        #expect(planned.program.policy.alpha == 1 && planned.program.policy.swapped == 0)
        #expect(planned.forecast.stalled == 0 && planned.slots.isEmpty)
    }

    @Test func plansKeepWithinTheirBudgetAndSayWhatWouldDo() throws {
        var last = 0.0
        for megabytes in [64, 40, 24, 16] {
            let planned = try plan(megabytes << 20)
            #expect(planned.program.arenaBytes + planned.forecast.hostBytes <= megabytes << 20)
            #expect(planned.forecast.seconds >= last * 0.99, "less memory is not faster")
            last = planned.forecast.seconds
        }
        let error = #expect(throws: StepPlanningError.self) { try plan(1 << 20) }
        guard case .doesNotFit(_, let least)? = error else { return }
        #expect(least > 1 << 20)
        #expect(try plan(least).program.arenaBytes <= least)
    }

    @Test func withoutADiskNothingGoesThere() throws {
        let planned = try plan(40 << 20, disk: 0)
        #expect(planned.forecast.fileBytes == 0)
    }

    /// Through a real disk and the host's pool: the bits of a step that keeps everything.
    @Test func aPlannedStepGivesThePlainOnesBits() throws {
        let model = Model(width: 32, heads: 2, layers: 5, dropout: 0.1)
        let events = Events(lengths: [1500, 548], seed: 3)
        let extent = StepExtent(events: 2048, histories: 2)
        let plain = Bench(model, try StepProgram(training: model.graph, extent: extent, policy: .plain()))
        let planner = StepPlanner(budget: 9 << 20, machine: machine, diskBytes: 1 << 30)
        let planned = try planner.plan(training: model.graph, extent: extent)
        #expect(planned.tiers.contains(.file), "\(planned.program.policy)")
        let store = try TensorStore(
            slots: planned.slots, hostBytes: planner.budget - planned.program.arenaBytes,
            directory: NSTemporaryDirectory())
        let swapped = Bench(model, planned.program, transfers: store)
        for bench in [plain, swapped] {
            for step in 0..<2 {
                bench.enter(events)
                try bench.executor.forward(seed: 3, step: UInt32(step))
                try bench.executor.backward()
            }
        }
        #expect(plain.gradients == swapped.gradients)
        #expect(store.statistics.fileBytesStored > 0)
    }
}
