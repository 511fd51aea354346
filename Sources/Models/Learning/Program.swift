internal import Arithmetic
internal import Synchronization
internal import Tensors

/// A graph for a number of rows, with what is written before each run and read after it.
struct Program {
    let graph: Graph
    /// Written before each run, in this order.
    let inputs: [Value]
    /// Class labels, written before each run.
    let labels: IndexValue?
    /// Read after each run.
    let results: [Value]
    /// Of the mean loss by each parameter of the graph, in the graph's order; empty where nothing is learned.
    let gradients: [Value]

    /// Computes what nothing is learned from.
    init(_ graph: Graph, inputs: [Value], labels: IndexValue? = nil, results: [Value]) {
        (self.graph, self.inputs, self.labels, self.results, gradients) = (graph, inputs, labels, results, [])
    }

    /// Learns from a loss that is summed over rows.
    ///
    /// - Parameter derivatives: by what else the loss is differentiated; they follow it in the results.
    init(
        _ graph: Graph, inputs: [Value], labels: IndexValue? = nil, learningFrom loss: Value, rows: Int,
        derivatives: [Value] = []
    ) {
        var graph = graph
        let parameters = graph.parameters.map(\.value)
        let sums = graph.gradients(of: loss, withRespectTo: derivatives + parameters)
        gradients = sums.dropFirst(derivatives.count).map { graph.scale($0, by: 1 / Float(rows)) }
        results = [loss] + sums.prefix(derivatives.count)
        (self.graph, self.inputs, self.labels) = (graph, inputs, labels)
    }
}

/// Programs that are ready to run, by what they are for and how many rows they take: batches of a job differ by one
/// row, so that a handful does.
///
/// Nothing of a run stays behind that another would read: copies of a model share one.
final class Programs: Sendable {
    /// What a program is for.
    enum Purpose { case learning, learningWeighted, differentiating, evaluating }

    private struct Key: Hashable {
        let purpose: Purpose
        let rows: Int
    }

    fileprivate struct Running {
        let program: Program
        let interpreter: Interpreter
        let parameters: [Value]

        init(_ program: Program) {
            self.program = program
            interpreter = Interpreter(program.graph, computing: program.results + program.gradients)
            parameters = program.graph.parameters.map(\.value)
        }
    }

    /// More than a job's batches need; beyond it all are made anew.
    private static let limit = 8
    /// Rows that are evaluated at once.
    private static let block = 1024
    private let running = Mutex<[Key: Running]>([:])

    /// Runs a program, which `make` gives for so many rows at the first time.
    ///
    /// - Parameter inputs: of equally many rows.
    /// - Returns: its results and gradients, row-major.
    func run(
        _ purpose: Purpose, _ parameters: ModelParameters, _ inputs: [Matrix<Double>], labels: [Int32] = [],
        make: (Int) -> Program
    ) -> (results: [[Float]], gradients: [[Float]]) {
        let key = Key(purpose: purpose, rows: inputs[0].rows)
        return running.withLock { all in
            if all[key] == nil {
                if all.count == Self.limit { all = [:] }
                all[key] = Running(make(key.rows))
            }
            guard let running = all[key] else { preconditionFailure("it was just made") }
            return running.run(parameters, inputs, labels)
        }
    }

    /// The first result of a program, one row for each row of the inputs, in blocks: memory does not grow with the
    /// rows.
    func evaluate(
        _ parameters: ModelParameters, _ inputs: [Matrix<Double>], columns: Int, make: (Int) -> Program
    ) -> Matrix<Double> {
        let rows = inputs[0].rows
        var elements: [Double] = []
        elements.reserveCapacity(rows * columns)
        for start in stride(from: 0, to: rows, by: Self.block) {
            let block = inputs.map { $0.rows(start..<min(start + Self.block, rows)) }
            elements += run(.evaluating, parameters, block, make: make).results[0].lazy.map { Double($0) }
        }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }
}

extension Programs.Running {
    fileprivate func run(
        _ parameters: ModelParameters, _ inputs: [Matrix<Double>], _ labels: [Int32]
    ) -> (results: [[Float]], gradients: [[Float]]) {
        for (value, entry) in zip(self.parameters, parameters.entries) {
            interpreter.withMutableElements(of: value) { _ = $0.update(fromContentsOf: entry.values) }
        }
        precondition(inputs.count == program.inputs.count, "as many matrices as the program has inputs")
        for (value, matrix) in zip(program.inputs, inputs) {
            interpreter.write(Tensor(value.shape, matrix.elements.map { Float($0) }), to: value)
        }
        if let value = program.labels { interpreter.write(IndexTensor(value.shape, labels), to: value) }
        interpreter.run()
        func read(_ values: [Value]) -> [[Float]] { values.map { interpreter.tensor($0).elements } }
        return (read(program.results), read(program.gradients))
    }
}
