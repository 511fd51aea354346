/// A problem as the mixed-integer program of MEMO (arXiv 2407.12117), in the LP format of CPLEX, which CBC,
/// GLPK, HiGHS and Gurobi read: a second opinion on small problems.
///
///     min M
///     A_i + S_i <= M                              for every buffer
///     A_i + S_i <= A_j + z_ij C                   for every pair that lives at once
///     A_j + S_j <= A_i + (1 - z_ij) C
///     L <= M <= C
///
/// C is the capacity, or where there is none the sum of all sizes. Without the cut by L, the most that lives at once,
/// solvers find no proof beyond some ten buffers: the relaxation has every A at 0.
public struct IntegerProgram: Sendable {
    /// The bytes of 1 in the program. In the least that divides all sizes, numbers are small against the tolerances of
    /// solvers.
    public let unit: Int
    /// The file. Buffers are numbered as in the problem: buffer 3's offset is A3.
    public let text: String

    /// - Parameter isCut: Whether the program says what the lower bound on M is.
    public init(_ problem: AllocationProblem, isCut: Bool = true) {
        let unit = problem.unit
        let buffers = problem.buffers
        let total = buffers.reduce(0) { $0 + $1.size.aligned(to: $1.alignment) } / unit
        let capacity = problem.capacity.map { $0 / unit } ?? total
        let bound = isCut ? Timeline(buffers).lowerBound(of: problem) / unit : 0
        var (constraints, bounds, binaries): ([String], [String], [String]) = ([], [], [])
        var multiples: [String] = []
        for (index, buffer) in buffers.enumerated() {
            let (size, alignment) = (buffer.size / unit, buffer.alignment / unit)
            constraints.append("A\(index) - M <= \(-size)")
            if alignment > 1 {
                constraints.append("A\(index) - \(alignment) k\(index) = 0")
                multiples.append("k\(index)")
            }
            bounds.append("0 <= A\(index) <= \(capacity)")
            for other in buffers.indices.dropFirst(index + 1)
            where buffer.lower < buffers[other].upper && buffers[other].lower < buffer.upper {
                let choice = "z\(index)_\(other)"
                let (above, below) = ("A\(index)", "A\(other)")
                constraints.append("\(above) - \(below) - \(capacity) \(choice) <= \(-size)")
                constraints.append(
                    "\(below) - \(above) + \(capacity) \(choice) <= \(capacity - buffers[other].size / unit)")
                binaries.append(choice)
            }
        }
        bounds.append("\(bound) <= M <= \(capacity)")
        self.unit = unit
        text = """
            \\ Offsets in units of \(unit) bytes.
            Minimize
             peak: M
            Subject To
            \(constraints.enumerated().map { " c\($0): \($1)" }.joined(separator: "\n"))
            Bounds
            \(bounds.map { " \($0)" }.joined(separator: "\n"))
            \(Self.section("Generals", multiples))\(Self.section("Binaries", binaries))End

            """
    }

    private static func section(_ name: String, _ variables: [String]) -> String {
        variables.isEmpty ? "" : "\(name)\n\(variables.map { " \($0)" }.joined(separator: "\n"))\n"
    }
}
