internal import Arithmetic

/// Parameters under training: their optimiser, and the programs they are run in. A value but for the programs, which
/// keep nothing.
struct Learner: Sendable {
    private(set) var optimiser: LocalOptimiser
    private(set) var parameters: ModelParameters
    private let programs = Programs()

    /// - Parameter program: any of the model's programs.
    /// - Throws: ``ModelsError/noModel(problems:)``, ``ModelsError/parameters(problem:)``.
    init(_ parameters: ModelParameters, of program: Program, optimiser: LocalOptimiser) throws(ModelsError) {
        guard optimiser.problems.isEmpty else { throw .noModel(problems: optimiser.problems) }
        try parameters.check(against: program.graph.parameters, optimiser)
        (self.parameters, self.optimiser) = (parameters, optimiser)
    }

    /// Goes on under another rate or decay; the rule stays, as it has its state here.
    mutating func pace(_ next: LocalOptimiser) {
        precondition(next.problems.isEmpty && next.kind == optimiser.kind, "the same rule, and a possible one")
        optimiser = next
    }

    /// The first result of a program at the present parameters: one row for each row of the inputs.
    func evaluate(_ inputs: [Matrix<Double>], columns: Int, make: (Int) -> Program) -> Matrix<Double> {
        programs.evaluate(parameters, inputs, columns: columns, make: make)
    }

    /// Runs a program at the present parameters, and moves nothing.
    ///
    /// - Throws: ``ModelsError/diverged`` where an input or a result is not finite.
    func results(
        _ purpose: Programs.Purpose, _ inputs: [Matrix<Double>], labels: [Int32] = [], make: (Int) -> Program
    ) throws(ModelsError) -> [[Float]] {
        try run(purpose, inputs, labels: labels, make: make).results
    }

    /// Runs a program at the present parameters, then moves them along its gradients.
    ///
    /// - Parameter purpose: what the program is for; it learns.
    /// - Returns: the program's results before the step, the loss first.
    /// - Throws: ``ModelsError/diverged`` where an input, a result or a parameter is not finite; nothing has moved
    ///   then.
    mutating func learn(
        _ inputs: [Matrix<Double>], labels: [Int32] = [], purpose: Programs.Purpose = .learning,
        make: (Int) -> Program
    ) throws(ModelsError) -> [[Float]] {
        let (results, gradients) = try run(purpose, inputs, labels: labels, make: make)
        var next = parameters
        try next.descend(gradients, by: optimiser)
        parameters = next
        return results
    }

    private func run(
        _ purpose: Programs.Purpose, _ inputs: [Matrix<Double>], labels: [Int32], make: (Int) -> Program
    ) throws(ModelsError) -> (results: [[Float]], gradients: [[Float]]) {
        // A ReLU makes 0 of what is no number: inputs are looked at before they pass one.
        guard inputs.allSatisfy({ $0.elements.allSatisfy { Float($0).isFinite } }) else { throw .diverged }
        let (results, gradients) = programs.run(purpose, parameters, inputs, labels: labels, make: make)
        guard results.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw .diverged }
        return (results, gradients)
    }
}

extension Matrix<Double> {
    /// Some neighbouring rows.
    func rows(_ range: Range<Int>) -> Matrix {
        range == 0..<rows
            ? self
            : Matrix(
                rows: range.count, columns: columns,
                elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
    }
}
