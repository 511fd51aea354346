import Testing
import Tiers

@Suite struct MoveSchedulerTests {
    @Test func aCaseByHand() throws {
        // a and b fill memory; c comes while a computes for the last time, in b's place.
        let trace = AccessTrace(
            tensors: [.init(name: "a", bytes: 2), .init(name: "b", bytes: 2), .init(name: "c", bytes: 2)],
            operations: [
                .init(name: "0", uses: [0, 1], modifies: [1], seconds: 3), .init(name: "1", uses: [0], seconds: 5),
                .init(name: "2", uses: [2], seconds: 1),
            ])
        let plan = try MoveScheduler(capacity: 4, bandwidth: 1).plan(trace)
        #expect(
            plan.tasks == [
                .init(.load, 0, before: 0, neededBy: 0), .init(.load, 1, before: 0, neededBy: 0),
                .init(.writeBack, 1, before: 1), .init(.drop, 1, before: 1), .init(.load, 2, before: 1, neededBy: 2),
            ])
        #expect(plan.stall == 4 && plan.residentBytes == [4, 4, 4] && plan.peak == 4 && plan.loads == 3)
        #expect(plan.residentAtEnd == [0, 2])
        #expect(try MoveScheduler(capacity: 4, bandwidth: 1).plan(trace, hoisting: false).stall == 6)
        // The next step begins with what is there.
        let second = try MoveScheduler(capacity: 4, bandwidth: 1).plan(trace, resident: plan.residentAtEnd)
        #expect(second.loads == 2 && second.stall == 2)
    }

    @Test func aSmallTensorPassesALargeOneThatHasNoRoomYet() throws {
        // 1 fits only once 0 is gone, and 2 any time.
        let trace = AccessTrace(
            tensors: [.init(name: "0", bytes: 6), .init(name: "1", bytes: 8), .init(name: "2", bytes: 2)],
            operations: [
                .init(name: "0", uses: [0], seconds: 10), .init(name: "1", uses: [1], seconds: 1),
                .init(name: "2", uses: [2], seconds: 1),
            ])
        let plan = try MoveScheduler(capacity: 10, bandwidth: 1).plan(trace)
        #expect(plan.tasks.first { $0.tensor == 2 }?.before == 0 && plan.stall == 14)
    }

    @Test func aLargeTensorDoesNotPassOneThatIsNeededEarlier() throws {
        // 2 has room during the first operation, where 1 has none; but then 1 would wait for it.
        let trace = AccessTrace(
            tensors: [.init(name: "0", bytes: 8), .init(name: "1", bytes: 8), .init(name: "2", bytes: 7)],
            operations: [
                .init(name: "0", uses: [0], seconds: 1), .init(name: "1", uses: [1], seconds: 20),
                .init(name: "2", uses: [2], seconds: 1),
            ])
        let plan = try MoveScheduler(capacity: 15, bandwidth: 1).plan(trace)
        #expect(plan.tasks.filter { $0.kind == .load }.map(\.before) == [0, 1, 1] && plan.stall == 16)
    }

    @Test func whatIsGivenUpForNothingIsKept() throws {
        // For 2, the small 0 has to go, as it is used last; but then 1 has to go, too, and 0 would have had room.
        let trace = AccessTrace(
            tensors: [.init(name: "0", bytes: 1), .init(name: "1", bytes: 3), .init(name: "2", bytes: 3)],
            operations: [
                .init(name: "0", uses: [1], modifies: [0], seconds: 1), .init(name: "1", uses: [2], seconds: 1),
                .init(name: "2", uses: [1], seconds: 1), .init(name: "3", uses: [0], seconds: 1),
            ])
        let plan = try MoveScheduler(capacity: 4, bandwidth: 1).plan(trace)
        #expect(plan.loads == 4 && plan.residentBytes == [4, 4, 4, 4])
        #expect(plan.tasks.first { $0.kind == .writeBack } == .init(.writeBack, 0, before: 4))
    }

    @Test(arguments: 0..<10) func noRuleLoadsFewer(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(seed))
        for _ in 0..<6 {
            let trace = MoveOracles.trace(
                &generator, tensors: 6, operations: 12, most: 2, sizes: 1...1, modifies: false)
            let capacity = Int.random(in: 2...4, using: &generator)
            let plan = try MoveScheduler(capacity: capacity, bandwidth: 1).plan(trace)
            #expect(plan.loads == MoveOracles.leastLoads(trace, capacity: capacity))
            #expect(plan.loads == MoveOracles.beladyLoads(trace, capacity: capacity))
        }
    }

    @Test(arguments: 0..<6) func longTracesLoadAsBeladyDoes(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(100 + seed))
        let trace = MoveOracles.trace(
            &generator, tensors: 30, operations: 200, most: 4, sizes: 7...7, modifies: true)
        let capacity = Int.random(in: 4...20, using: &generator)
        let plan = try MoveScheduler(capacity: 7 * capacity + 3, bandwidth: 2).plan(trace)
        #expect(plan.loads == MoveOracles.beladyLoads(trace, capacity: capacity))
    }

    /// Every use finds its tensor, nothing that was changed is lost, memory never holds more, and loading early never costs time.
    @Test(arguments: 0..<20) func plansHold(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(200 + seed))
        for _ in 0..<8 {
            let trace = MoveOracles.trace(
                &generator, tensors: 10, operations: 25, most: 3, sizes: 1...9, modifies: Bool.random(using: &generator)
            )
            let largest = trace.operations.indices.map(trace.bytes(ofOperation:)).max() ?? 0
            let capacity = largest + Int.random(in: 0...12, using: &generator)
            let resident = Set(
                trace.tensors.indices.filter { _ in Bool.random(using: &generator) }.reduce(into: [Int]()) {
                    let bytes = ($0 + [$1]).reduce(0) { $0 + trace.tensors[$1].bytes }
                    if bytes <= capacity { $0.append($1) }
                })
            let scheduler = MoveScheduler(capacity: capacity, bandwidth: 1)
            let late = try scheduler.plan(trace, resident: resident, hoisting: false)
            let early = try scheduler.plan(trace, resident: resident)
            for plan in [late, early] {
                #expect(MoveOracles.problems(plan, trace, capacity: capacity, resident: resident).isEmpty)
                #expect(plan.stall == Double(MoveOracles.ticksWaited(plan.tasks, trace)))
                #expect(plan.peak <= capacity)
            }
            #expect(early.stall <= late.stall && early.loads == late.loads)
        }
    }

    /// Between the least wait of all beginnings, and that of those in the order of need.
    @Test(arguments: 0..<10) func noBeginningsInOrderWaitLess(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(300 + seed))
        for _ in 0..<6 {
            let trace = MoveOracles.trace(
                &generator, tensors: 4, operations: 6, most: 2, sizes: 1...6, modifies: false)
            let largest = trace.operations.indices.map(trace.bytes(ofOperation:)).max() ?? 0
            let scheduler = MoveScheduler(capacity: largest + 4, bandwidth: 1)
            let plan = try scheduler.plan(trace)
            let least = MoveOracles.leastWaits(
                try scheduler.plan(trace, hoisting: false), trace, capacity: largest + 4)
            #expect(Int(plan.stall) <= least.inOrder && Int(plan.stall) >= least.any)
        }
    }

    @Test func whatDoesNotFitIsNamed() {
        let trace = AccessTrace(
            tensors: [.init(name: "a", bytes: 3), .init(name: "b", bytes: 3)],
            operations: [.init(name: "0", uses: [0], seconds: 1), .init(name: "1", uses: [0, 1], seconds: 1)])
        #expect(throws: TierError.operation(1, needed: 6, capacity: 5)) {
            _ = try MoveScheduler(capacity: 5, bandwidth: 1).plan(trace)
        }
    }

    @Test func aStepWithoutOperationsNeedsNothing() throws {
        let plan = try MoveScheduler(capacity: 0, bandwidth: 1).plan(AccessTrace())
        #expect(plan.tasks.isEmpty && plan.stall == 0 && plan.peak == 0)
    }

    @Test func theTracerSaysWhatIsUsedWhen() {
        var tracer = AccessTracer()
        let weights = tracer.tensor("weights", bytes: 400)
        let state = tracer.tensor("state", bytes: 800)
        tracer.operation("forward", uses: [weights], seconds: 2)
        let answer = tracer.measure("backward", uses: [weights]) { 42 }
        tracer.operation("update", uses: [weights], modifies: [state], seconds: 1)
        let trace = tracer.trace
        #expect(answer == 42 && trace.operations[1].seconds > 0 && trace.seconds >= 3)
        #expect(trace.firstUse(of: weights) == 0 && trace.lastUse(of: weights) == 2)
        #expect(trace.firstUse(of: state) == 2 && trace.bytes(ofOperation: 2) == 1200)
        #expect(trace.operations[2].uses == [weights, state] && trace.firstUse(of: 7) == nil)
    }
}
