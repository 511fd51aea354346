import AddressPlanning
import Testing

@Suite struct GreedyPlacementTests {
    /// By lifetime, what lives early leaves gaps of 3 and, above it, of 2 between what lives on; the last buffer fits into both.
    @Test func firstFitTakesTheLowestGapAndBestFitTheSmallest() throws {
        func buffer(_ id: String, _ lower: Int, _ upper: Int, _ size: Int) -> Buffer {
            Buffer(id: id, lower: lower, upper: upper, size: size, alignment: 1)
        }
        let buffers = [
            buffer("floor", 0, 20, 4), buffer("gap of 3", 0, 14, 3), buffer("middle", 8, 20, 4),
            buffer("gap of 2", 4, 14, 2), buffer("top", 11, 20, 4), buffer("late", 15, 17, 2),
        ]
        let problem = try AllocationProblem(buffers)
        #expect(GreedyPlacement(order: .lifetime, fit: .first).offsets(of: problem) == [0, 4, 7, 11, 13, 4])
        #expect(GreedyPlacement(order: .lifetime, fit: .best).offsets(of: problem) == [0, 4, 7, 11, 13, 11])
    }

    /// Between 9 and 128, and 137 and 256, padding is left; what is in it must be aligned as well.
    @Test func paddingIsAGap() throws {
        let problem = try AllocationProblem([
            Buffer(id: "a", lower: 0, upper: 9, size: 9, alignment: 1),
            Buffer(id: "b", lower: 0, upper: 8, size: 9, alignment: 128),
            Buffer(id: "c", lower: 0, upper: 7, size: 9, alignment: 256),
            Buffer(id: "d", lower: 0, upper: 6, size: 60, alignment: 64),
            Buffer(id: "e", lower: 0, upper: 5, size: 60, alignment: 64),
            Buffer(id: "f", lower: 0, upper: 4, size: 60, alignment: 64),
        ])
        #expect(GreedyPlacement(order: .lifetime, fit: .first).offsets(of: problem) == [0, 128, 256, 64, 192, 320])
    }

    @Test(arguments: GreedyPlacement.allCases) func everyOrderGivesValidPlans(placement: GreedyPlacement) throws {
        var random = Numbers(9)
        for count in 1..<40 {
            let problem = try random.problem(count, duration: 20, largest: 100, alignments: [1, 8, 64])
            let offsets = placement.offsets(of: problem)
            let peak = zip(problem.buffers, offsets).map { $0.size + $1 }.max() ?? 0
            let plan = AllocationPlan(offsets: offsets, certificate: .init(peak: peak, lowerBound: 0), steps: 0)
            try plan.check(against: problem)
            #expect(peak >= Oracle.maxLive(problem))
        }
    }
}
