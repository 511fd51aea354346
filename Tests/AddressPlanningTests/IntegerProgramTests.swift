import AddressPlanning
import Foundation
import Testing

@Suite struct IntegerProgramTests {
    @Test func theProgramIsThePapers() throws {
        let problem = try AllocationProblem([
            Buffer(id: "x", lower: 0, upper: 2, size: 6, alignment: 2),
            Buffer(id: "y", lower: 1, upper: 3, size: 4, alignment: 4),
            Buffer(id: "z", lower: 2, upper: 3, size: 2, alignment: 2),
        ])
        let program = IntegerProgram(problem)
        #expect(program.unit == 2)
        // In units: sizes 3, 2 and 1; y lies at multiples of 2; x and y, and y and z, live at once. C = 3 + 2 + 1.
        #expect(
            program.text == """
                \\ Offsets in units of 2 bytes.
                Minimize
                 peak: M
                Subject To
                 c0: A0 - M <= -3
                 c1: A0 - A1 - 6 z0_1 <= -3
                 c2: A1 - A0 + 6 z0_1 <= 4
                 c3: A1 - M <= -2
                 c4: A1 - 2 k1 = 0
                 c5: A1 - A2 - 6 z1_2 <= -2
                 c6: A2 - A1 + 6 z1_2 <= 5
                 c7: A2 - M <= -1
                Bounds
                 0 <= A0 <= 6
                 0 <= A1 <= 6
                 0 <= A2 <= 6
                 5 <= M <= 6
                Generals
                 k1
                Binaries
                 z0_1
                 z1_2
                End

                """)
        #expect(IntegerProgram(problem, isCut: false).text.contains(" 0 <= M <= 6\n"))
        #expect(IntegerProgram(problem.with(capacity: 10)).text.contains(" 5 <= M <= 5\n"))
    }

    /// Branch and bound, the published program, and brute force where it is quick.
    @Suite(.enabled(if: CBC.program != nil, "needs the program cbc: apt-get install coinor-cbc"))
    struct Solved {
        private static let isLong = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] != nil

        @Test(arguments: [[1], [1, 4]]) func smallProblemsHaveOneAnswer(alignments: [Int]) throws {
            var random = Numbers(31)
            for count in 3...8 {
                let problem = try random.problem(count, duration: 8, longest: 5, alignments: alignments)
                let peak = try AddressPlanner().plan(problem).certificate.peak
                #expect(try CBC.leastPeak(IntegerProgram(problem), seconds: 60) == peak, "\(problem)")
                // Without the cut, proofs of larger ones take CBC long.
                if count <= 6 {
                    #expect(try CBC.leastPeak(IntegerProgram(problem, isCut: false), seconds: 60) == peak, "\(problem)")
                }
                #expect(Oracle.leastPeak(problem) == peak, "\(problem)")
            }
        }

        @Test(arguments: isLong ? Array(9...25) : [10, 15, 20, 25])
        func largerProblemsHaveOneAnswer(count: Int) throws {
            var random = Numbers(UInt64(count))
            let problem = try random.problem(count, duration: count, longest: 6, largest: 50)
            let plan = try AddressPlanner().plan(problem)
            try #require(plan.certificate.proven)
            #expect(try CBC.leastPeak(IntegerProgram(problem), seconds: 120) == plan.certificate.peak)
        }
    }
}
