internal import Tensors

/// The parameters of a model in the clear, with the state of what moves them: to be saved, and to go on from.
///
/// As they are decoded they may be anything: a model checks them against its own.
public struct ModelParameters: Codable, Hashable, Sendable {
    /// One tensor that is learned.
    public struct Entry: Codable, Hashable, Sendable {
        /// What it is, such as `top.1.weights`.
        public let name: String
        /// Its extents.
        public let shape: [Int]
        /// Its elements, row-major.
        public fileprivate(set) var values: [Float]
        /// The optimiser's first number for each value: a velocity, a sum of squares or a mean. Empty before the first
        /// step.
        fileprivate var first: [Float] = []
        /// Its second number for each value: a mean square. Empty before the first step, and where the rule has none.
        fileprivate var second: [Float] = []

        /// A tensor that no step has moved.
        public init(name: String, shape: [Int], values: [Float]) {
            (self.name, self.shape, self.values) = (name, shape, values)
        }
    }

    /// In the model's order.
    public private(set) var entries: [Entry]
    /// How many steps were taken.
    public private(set) var steps = 0

    /// Tensors that no step has moved.
    public init(entries: [Entry]) { self.entries = entries }

    /// The same values, forgetting how they moved: enough to predict with.
    public var atRest: ModelParameters {
        ModelParameters(entries: entries.map { Entry(name: $0.name, shape: $0.shape, values: $0.values) })
    }

    /// What the parameters of a graph are checked against.
    ///
    /// - Throws: ``ModelsError/parameters(problem:)`` with the first that differs.
    func check(against expected: [(name: String, value: Value)], _ optimiser: LocalOptimiser?) throws(ModelsError) {
        guard entries.map(\.name) == expected.map(\.name) else {
            throw .parameters(
                problem: "\(entries.map(\.name)) instead of \(expected.map(\.name))")
        }
        let slots = steps == 0 ? 0 : optimiser.map { type(of: $0.rule).slotCount } ?? 0
        for (entry, (name, value)) in zip(entries, expected) {
            guard entry.shape == value.shape.dimensions, entry.values.count == value.shape.count else {
                throw .parameters(
                    problem: "\(name) has \(entry.values.count) values of shape \(entry.shape), not \(value.shape)")
            }
            let count = value.shape.count
            guard steps >= 0, entry.first.count == (slots > 0 ? count : 0),
                entry.second.count == (slots > 1 ? count : 0)
            else { throw .parameters(problem: "\(name) was moved by another optimiser") }
        }
        guard isFinite else { throw .parameters(problem: "a value is not finite") }
    }

    /// One step of every tensor.
    ///
    /// - Parameter gradients: of the mean loss, one for each entry and as large.
    /// - Throws: ``ModelsError/diverged`` where a value is not finite any more.
    mutating func descend(_ gradients: [[Float]], by optimiser: LocalOptimiser) throws(ModelsError) {
        precondition(gradients.count == entries.count, "one gradient for each tensor")
        steps += 1
        let rule = optimiser.rule
        let kept = Float(1 - optimiser.rate * optimiser.decay)
        for index in entries.indices {
            if kept < 1, entries[index].decays { entries[index].shrink(by: kept) }
            entries[index].move(gradients[index], rule, step: steps)
        }
        guard isFinite else { throw .diverged }
    }

    private var isFinite: Bool {
        entries.allSatisfy { entry in
            [entry.values, entry.first, entry.second].allSatisfy { $0.allSatisfy(\.isFinite) }
        }
    }
}

extension ModelParameters.Entry {
    /// Biases do not: their size says nothing of how much a model bends.
    fileprivate var decays: Bool { name.hasSuffix("weights") }

    fileprivate mutating func shrink(by factor: Float) { for index in values.indices { values[index] *= factor } }

    fileprivate mutating func move<Rule: Optimiser>(_ gradient: [Float], _ rule: Rule, step: Int) {
        var state =
            step == 1
            ? OptimiserState(rule, count: values.count)
            : OptimiserState(rule, steps: step - 1, first: first, second: second)
        // Only the state holds them now, so that it moves them where they are.
        (first, second) = ([], [])
        values.withUnsafeMutableBufferPointer { values in
            gradient.withUnsafeBufferPointer { state.update(values, gradient: $0) }
        }
        (first, second) = (state.first, state.second)
    }
}
