public import Arithmetic
internal import Glibc

/// What the label party computes from the opened output Z of the source layer, in the clear and alone: one prediction a
/// row.
///
/// A value, and only ever the label party's: nothing of it is sent but the derivative by Z, and that encrypted where a
/// job is protected. Computes in Float32 through `Tensors`; predictions are made from its outputs in double precision,
/// so that scores near 0 and 1 stay apart.
public struct TopModel: Sendable {
    /// What is saved and restored.
    public typealias Parameters = ModelParameters

    /// The largest magnitude of a derivative by Z: what it may be at 20 fraction bits, where |dZ| < 4.
    public static let gradientBound = 4 - 0x1p-20

    /// A logarithm of a count is taken as this where it is larger, so that every prediction is finite.
    private static let largestLogRate = 80.0

    /// What it computes.
    public let architecture: Architecture
    private var learner: Learner

    /// A model with first parameters.
    ///
    /// - Parameters:
    ///   - initializer: of the weights of layers; a regression takes none.
    ///   - outputBias: the first bias of each output, such as the logarithm of the mean count; nil for zeros.
    /// - Throws: ``ModelsError/noModel(problems:)``; what the initializer's stream throws.
    public init(
        _ architecture: Architecture, optimiser: LocalOptimiser, outputBias: [Double]? = nil,
        from initializer: Initializer
    ) throws {
        try architecture.checkProblems()
        let bias = outputBias ?? Array(repeating: 0, count: architecture.outputs)
        precondition(bias.count == architecture.outputs, "one bias for each output")
        try self.init(
            architecture, parameters: architecture.firstParameters(from: initializer, outputBias: bias),
            optimiser: optimiser)
    }

    /// A model as it was: it predicts and goes on learning bit for bit as the one whose ``parameters`` these are.
    ///
    /// - Throws: ``ModelsError/parameters(problem:)`` for names, shapes or state that do not fit the architecture and
    ///   the optimiser, and for what is not finite; ``ModelsError/noModel(problems:)``.
    public init(
        _ architecture: Architecture, parameters: Parameters, optimiser: LocalOptimiser
    ) throws(ModelsError) {
        try architecture.checkProblems()
        self.architecture = architecture
        learner = try Learner(parameters, of: TopGraph(architecture, rows: 1).evaluating, optimiser: optimiser)
    }

    /// Every parameter with its optimiser's state.
    public var parameters: Parameters { learner.parameters }
    /// How it is optimised. Rate, momentum and decay may change between steps; another rule traps, as this one has its state.
    public var optimiser: LocalOptimiser {
        get { learner.optimiser }
        set { learner.pace(newValue) }
    }

    /// What one batch gives: the loss before the step, and what the source layer descends along.
    public struct Step: Equatable, Sendable {
        /// Mean over the rows of the batch.
        public let loss: Double
        /// dZ, rows x width: the derivative of the *sum* of the rows' losses, not divided by their number; clipped to
        /// ±``TopModel/gradientBound``.
        public let gradient: Matrix<Double>
        /// The derivative of the same sum by what another computed and stands in a tower's place, rows x columns; neither divided nor
        /// clipped. nil where nothing does.
        public var byBeside: Matrix<Double>?
    }

    /// Learns from one batch: computes loss and dZ at the present parameters, then moves these along the mean loss.
    ///
    /// The losses are cross-entropies for `binary` and `classes`, half the squared residual for `number`, and
    /// `exp(x) - t x` of the logarithm x of the expected count for `count`.
    ///
    /// - Parameters:
    ///   - z: the opened Z, rows x width.
    ///   - own: the tower's inputs, or what stands in its place: rows x ``Architecture/ownColumns``; nil where there is neither.
    ///   - targets: one for each row: 0 or 1, a class's number, a standardised number, or a count. Traps on a class
    ///     that is none.
    ///   - weights: what each row's loss is multiplied by; nil where all count 1. The mean is over the number of rows
    ///     all the same.
    ///   - scale: What dZ is divided by before it is clipped; what this model moves along is not.
    /// - Throws: ``ModelsError/diverged``; the model is then as it was.
    public mutating func descend(
        z: Matrix<Double>, own: Matrix<Double>? = nil, targets: [Double], weights: [Double]? = nil,
        dividingBy scale: Double = 1
    ) throws(ModelsError) -> Step {
        let architecture = architecture
        var (inputs, labels) = inputs(z, own, targets)
        let results: [[Float]]
        if let weights {
            precondition(weights.count == z.rows, "one weight for each row")
            inputs.append(Matrix(rows: z.rows, columns: 1, elements: weights))
            results = try learner.learn(inputs, labels: labels, purpose: .learningWeighted) {
                TopGraph(architecture, rows: $0).learningWeighted
            }
        } else {
            results = try learner.learn(inputs, labels: labels) { TopGraph(architecture, rows: $0).learning }
        }
        var step = Step(
            loss: Double(results[0][0]) / Double(z.rows), gradient: derivative(results[1], dividingBy: scale))
        if let beside = architecture.beside {
            step.byBeside = Matrix(rows: z.rows, columns: beside, elements: results[2].map { Double($0) })
        }
        return step
    }

    /// What ``Step/gradient`` would be of a step without weights, at the present parameters; nothing learns.
    ///
    /// - Throws: ``ModelsError/diverged``.
    public func derivative(
        z: Matrix<Double>, own: Matrix<Double>? = nil, targets: [Double]
    ) throws(ModelsError) -> Matrix<Double> {
        let architecture = architecture
        let (inputs, labels) = inputs(z, own, targets)
        let results = try learner.results(.differentiating, inputs, labels: labels) {
            TopGraph(architecture, rows: $0).differentiating
        }
        return derivative(results[0])
    }

    private func derivative(_ elements: [Float], dividingBy scale: Double = 1) -> Matrix<Double> {
        let bound = Self.gradientBound
        return Matrix(
            rows: elements.count / architecture.width, columns: architecture.width,
            elements: elements.map { min(max(Double($0) / scale, -bound), bound) })
    }

    /// For each row the probability of label 1 (`binary`), the number, or the expected count: rows x 1; for `classes`
    /// the probability of each, rows x classes.
    ///
    /// - Parameters:
    ///   - z: rows x width.
    ///   - own: the tower's inputs, or what stands in its place: rows x ``Architecture/ownColumns``; nil where there is neither.
    public func predict(z: Matrix<Double>, own: Matrix<Double>? = nil) -> Matrix<Double> {
        let architecture = architecture
        let outputs = learner.evaluate(inputs(z, own), columns: architecture.outputs) {
            TopGraph(architecture, rows: $0).evaluating
        }
        switch architecture.target {
        case .binary: return outputs.map(Self.sigmoid)
        case .number: return outputs
        case .count: return outputs.map { exp(min($0, Self.largestLogRate)) }
        case .classes:
            let elements = (0..<outputs.rows).flatMap { Self.softmax(outputs.row($0)) }
            return Matrix(rows: outputs.rows, columns: outputs.columns, elements: elements)
        }
    }

    private func inputs(
        _ z: Matrix<Double>, _ own: Matrix<Double>?, _ targets: [Double]
    ) -> (inputs: [Matrix<Double>], labels: [Int32]) {
        precondition(targets.count == z.rows && z.rows > 0, "one target for each row")
        switch architecture.target {
        case .classes: return (inputs(z, own), targets.map { Int32($0) })
        case .binary, .number, .count:
            return (inputs(z, own) + [Matrix(rows: z.rows, columns: 1, elements: targets)], [])
        }
    }

    private func inputs(_ z: Matrix<Double>, _ own: Matrix<Double>?) -> [Matrix<Double>] {
        precondition(z.columns == architecture.width, "Z is as wide as the source layer")
        guard let columns = architecture.ownColumns else {
            precondition(own == nil, "columns of the tower's where there is no tower")
            return [z]
        }
        guard let own, own.rows == z.rows, own.columns == columns else {
            preconditionFailure("the tower's inputs for each row of Z")
        }
        return [z, own]
    }

    private static func sigmoid(_ logit: Double) -> Double {
        let tail = exp(-abs(logit))
        return (logit >= 0 ? 1 : tail) / (1 + tail)
    }

    private static func softmax(_ logits: ArraySlice<Double>) -> [Double] {
        let largest = logits.max() ?? 0
        let exponentials = logits.map { exp($0 - largest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}

extension Architecture {
    fileprivate func checkProblems() throws(ModelsError) {
        let problems = problems
        guard problems.isEmpty else { throw .noModel(problems: problems) }
    }
}
