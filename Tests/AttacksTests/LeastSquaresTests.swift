import Arithmetic
import Attacks
import Testing

@Suite struct LeastSquaresTests {
    /// Reproducible numbers in -1..<1.
    private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Double> {
        var state = seed
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 11) / Double(1 << 52) - 1
            })
    }

    private func largest(_ matrix: Matrix<Double>) -> Double { matrix.elements.map(abs).max() ?? 0 }

    @Test(arguments: [(1, 1), (5, 5), (30, 7), (200, 40)]) func exactEquationsAreSolved(rows: Int, columns: Int) {
        let (coefficients, unknowns) = (random(rows, columns, seed: 1), random(columns, 3, seed: 2))
        let solved = LeastSquares(coefficients, coefficients * unknowns)
        #expect(solved.rank == columns)
        #expect(largest(solved.solution - unknowns) < 1e-9)
    }

    /// The residual is orthogonal to every column: no other solution fits better.
    @Test func nothingFitsBetter() {
        let (coefficients, right) = (random(40, 6, seed: 3), random(40, 2, seed: 4))
        let solved = LeastSquares(coefficients, right)
        let residual = right - coefficients * solved.solution
        #expect(largest(residual) > 0.1)
        #expect(largest(coefficients.transposed() * residual) < 1e-12)
    }

    /// Fewer equations than unknowns, or repeated ones: the solution has no part that the equations say nothing of.
    @Test(arguments: [(4, 9), (40, 9)]) func theSmallestOfAllSolutions(rows: Int, columns: Int) {
        let few = random(4, columns, seed: 5)
        let coefficients = random(rows, 4, seed: 6) * few
        let right = coefficients * random(columns, 1, seed: 7)
        let solved = LeastSquares(coefficients, right)
        #expect(solved.rank == 4)
        #expect(largest(coefficients * solved.solution - right) < 1e-10)
        // It is a combination of the four rows that all equations are made of.
        let combination = LeastSquares(few.transposed(), solved.solution).solution
        #expect(largest(few.transposed() * combination - solved.solution) < 1e-10)
    }

    @Test func zeroEquations() {
        let solved = LeastSquares(Matrix(rows: 3, columns: 2, repeating: 0), random(3, 1, seed: 8))
        #expect(solved.rank == 0)
        #expect(solved.solution.elements == [0, 0])
    }

    @Test func recoveryComparesWithGuessingTheMean() {
        let truth = Matrix(rows: 4, columns: 1, elements: [1.0, 2, 3, 4])
        #expect(Recovery(of: truth, by: truth).r2 == 1 && Recovery(of: truth, by: truth).largestError == 0)
        let mean = Recovery(of: truth, by: Matrix(rows: 4, columns: 1, repeating: 2.5))
        #expect(mean.r2 == 0 && mean.largestError == 1.5)
        #expect(Recovery(of: truth, by: truth.map { -$0 }).r2 < 0)
    }
}
