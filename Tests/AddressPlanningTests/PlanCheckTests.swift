import AddressPlanning
import Testing

@Suite struct PlanCheckTests {
    private let buffers = [
        Buffer(id: "a", lower: 0, upper: 2, size: 4, alignment: 2),
        Buffer(id: "b", lower: 1, upper: 3, size: 4, alignment: 2),
        Buffer(id: "c", lower: 2, upper: 4, size: 4, alignment: 2),
    ]

    private func fault(_ offsets: [Int], peak: Int, bound: Int = 0, capacity: Int? = nil) throws -> PlanFault? {
        let problem = try AllocationProblem(buffers, capacity: capacity)
        do {
            try AllocationPlan(offsets: offsets, certificate: .init(peak: peak, lowerBound: bound), steps: 0)
                .check(against: problem)
            return nil
        } catch { return error }
    }

    @Test func whatEndsMakesRoom() throws {
        #expect(try fault([0, 4, 0], peak: 8, bound: 8) == nil)
        #expect(try fault([4, 0, 4], peak: 8, bound: 8, capacity: 8) == nil)
    }

    @Test func faultsAreNamed() throws {
        #expect(try fault([0, 4], peak: 8) == .countsDiffer(offsets: 2, buffers: 3))
        #expect(try fault([0, 3, 0], peak: 7) == .misplaced(buffer: "b", offset: 3, alignment: 2))
        #expect(try fault([0, 4, -2], peak: 8) == .misplaced(buffer: "c", offset: -2, alignment: 2))
        #expect(try fault([0, 2, 6], peak: 10) == .overlap("a", "b"))
        #expect(try fault([4, 2, 6], peak: 10) == .overlap("a", "b"))
        #expect(try fault([0, 4, 6], peak: 10) == .overlap("b", "c"))
        #expect(try fault([0, 0, 4], peak: 8) == .overlap("a", "b"))
        #expect(
            try fault([0, 4, 0], peak: 8, capacity: 7) == .beyondCapacity(buffer: "b", end: 8, capacity: 7))
        #expect(try fault([0, 4, 0], peak: 9) == .wrongPeak(stated: 9, actual: 8))
        #expect(try fault([0, 4, 0], peak: 8, bound: 9) == .wrongLowerBound(stated: 9, peak: 8))
        #expect("\(PlanFault.overlap("a", "b"))" == "buffers a and b live at once and share bytes")
    }
}
