/// A Float32 tensor that a graph computes or is given, of a shape that is known when the graph is built.
///
/// Belongs to the graph that made it, and to copies of it.
public struct Value: Hashable, Sendable {
    /// The place of its node in ``Graph/nodes``.
    package let node: Int
    /// The extents.
    public let shape: Shape
}

/// An Int32 tensor that a graph is given: rows of tables, labels, counters.
public struct IndexValue: Hashable, Sendable {
    /// The place of its node in ``Graph/nodes``.
    package let node: Int
    /// The extents.
    public let shape: Shape
}

/// One tensor of a graph, and how it comes about.
package struct Node: Sendable {
    package enum Source: Sendable {
        /// Written by the caller before each run.
        case input(name: String)
        /// Int32, written by the caller before each run.
        case indexInput(name: String)
        /// Written by the caller before the first run and by an optimiser between runs.
        case parameter(name: String)
        /// The same in every run.
        case constant(Tensor)
        /// Computed from `inputs` and `indices`.
        case operation(any Operation)
    }

    package let source: Source
    /// The tensors that an operation reads, in its order; else none.
    package let inputs: [Value]
    /// The index tensors that an operation reads; else none.
    package let indices: [IndexValue]
    /// The extents.
    package let shape: Shape
}

/// A computation of fixed shapes: nodes in an order in which each only needs earlier ones.
///
/// Building it computes nothing and allocates no tensor. Gradients are nodes of the same graph
/// (``gradients(of:withRespectTo:)``), so that whoever runs it, or plans its memory, sees when each tensor is first
/// written and last read. Shapes that do not fit are faults of the program that builds the graph and trap with a
/// message.
public struct Graph: Sendable {
    /// Every node, each after the nodes it needs.
    package private(set) var nodes: [Node] = []

    /// An empty graph.
    public init() {}

    /// A tensor that the caller writes before each run.
    public mutating func input(_ name: String, _ shape: Shape) -> Value { append(.input(name: name), shape) }

    /// Indices that the caller writes before each run.
    public mutating func indexInput(_ name: String, _ shape: Shape) -> IndexValue {
        IndexValue(node: append(.indexInput(name: name), shape).node, shape: shape)
    }

    /// A tensor that is learned: kept from run to run, moved by an optimiser in between.
    public mutating func parameter(_ name: String, _ shape: Shape) -> Value { append(.parameter(name: name), shape) }

    /// A tensor that is part of the graph.
    public mutating func constant(_ tensor: Tensor) -> Value { append(.constant(tensor), tensor.shape) }

    /// All parameters, in the order in which they were made.
    public var parameters: [(name: String, value: Value)] {
        nodes.enumerated().compactMap { index, node in
            guard case .parameter(let name) = node.source else { return nil }
            return (name, Value(node: index, shape: node.shape))
        }
    }

    /// The result of an operation whose shapes the caller has made from those of `inputs` and `indices`.
    package mutating func apply(
        _ operation: some Operation, _ inputs: Value..., indices: [IndexValue] = []
    ) -> Value { apply(operation, inputs, indices: indices) }

    /// The result of an operation whose shapes the caller has made from those of `inputs` and `indices`.
    package mutating func apply(_ operation: some Operation, _ inputs: [Value], indices: [IndexValue] = []) -> Value {
        for value in inputs { check(value.node, value.shape) }
        for value in indices { check(value.node, value.shape) }
        return append(.operation(operation), operation.outputShape, inputs, indices)
    }

    /// Traps on values of other graphs where that shows.
    func check(_ node: Int, _ shape: Shape) {
        precondition(node < nodes.count && nodes[node].shape == shape, "a value belongs to another graph")
    }

    private mutating func append(
        _ source: Node.Source, _ shape: Shape, _ inputs: [Value] = [], _ indices: [IndexValue] = []
    ) -> Value {
        nodes.append(Node(source: source, inputs: inputs, indices: indices, shape: shape))
        return Value(node: nodes.count - 1, shape: shape)
    }
}
