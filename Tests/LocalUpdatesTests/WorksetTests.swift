import LocalUpdates
import Testing

/// The order in which batches are used again.
@Suite struct WorksetTests {
    /// Of every plan in a range: what the local steps after each round use, batches by their round.
    private func schedules(rounds: Int, _ check: (ReusePlan, [[Int]]) -> Void) {
        for workset in 1...8 {
            for reuse in 1...9 {
                let plan = ReusePlan(workset: workset, reuse: reuse)
                var batches = Workset<Int>(plan)
                check(plan, (0..<rounds).map { batches.insert($0) })
            }
        }
    }

    @Test func noBatchIsUsedAgainWithinTheWorkset() {
        schedules(rounds: 60) { plan, rounds in
            let steps = Array(rounds.joined())
            for (index, batch) in steps.enumerated() {
                #expect(!steps[max(0, index - plan.workset + 1)..<index].contains(batch), "\(plan), step \(index)")
            }
        }
    }

    @Test func noBatchIsUsedMoreThanRTimesNorForLongerThanW() {
        schedules(rounds: 60) { plan, rounds in
            var uses: [Int: Int] = [:]
            for (round, steps) in rounds.enumerated() {
                #expect(steps.count <= plan.stepsPerRound)
                for batch in steps {
                    uses[batch, default: 0] += 1
                    #expect(batch <= round && round - batch < plan.workset, "\(plan): \(batch) after round \(round)")
                }
            }
            #expect(uses.values.allSatisfy { $0 <= plan.reuse - 1 })
        }
    }

    /// From the time the workset is full no step is left out, and every batch is used R times.
    @Test func everyBatchIsUsedRTimes() {
        schedules(rounds: 60) { plan, rounds in
            let full = rounds.dropFirst(2 * plan.workset)
            #expect(full.allSatisfy { $0.count == plan.stepsPerRound }, "\(plan)")
            for batch in 2 * plan.workset..<60 - plan.workset {
                #expect(rounds.joined().count { $0 == batch } == plan.stepsPerRound, "\(plan): batch \(batch)")
            }
        }
    }

    @Test func aWorksetOfOneIsFedBCD() {
        var batches = Workset<Int>(ReusePlan(workset: 1, reuse: 5))
        for round in 0..<10 { #expect(batches.insert(round) == Array(repeating: round, count: 4)) }
    }

    @Test func withoutReuseThereIsNoStep() {
        var batches = Workset<Int>(.none)
        for round in 0..<10 { #expect(batches.insert(round).isEmpty) }
    }

    /// Written down from the rule by hand.
    @Test func anExampleStepByStep() {
        var batches = Workset<Int>(ReusePlan(workset: 3, reuse: 3))
        #expect((0..<6).map { batches.insert($0) } == [[0], [1], [2, 0], [1, 2], [3, 4], [5, 3]])
    }

    @Test func stepsAreCounted() {
        schedules(rounds: 60) { plan, rounds in
            for count in [0, 1, 2, 7, 60] {
                #expect(plan.steps(rounds: count) == rounds.prefix(count).reduce(0) { $0 + $1.count }, "\(plan)")
            }
        }
    }
}
