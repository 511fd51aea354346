/// A model as a training step sees it: tensors of rows, and the nodes that compute them in this order.
///
/// Built once for a model, without sizes of batches: those come with ``StepExtent``, for which a step is then laid out.
/// All but attention and selection work on each row by itself, which is what lets a step drop rows and compute them
/// again (MEMO, arXiv 2407.12117).
public struct StepGraph: Hashable, Sendable {
    /// What the rows of a tensor are.
    public enum Space: String, Hashable, Sendable, Codable {
        /// Events, one history after another.
        case events
        /// Rows that were selected among the events.
        case readouts
    }

    /// Rows of numbers.
    public struct Tensor: Hashable, Sendable {
        /// What it is called in messages.
        public let name: String
        /// What its rows are.
        public let space: Space
        /// Numbers of a row.
        public let columns: Int
        /// Whether it is given from outside; else a node computes it.
        public let isInput: Bool
        /// Whether something that is learned lies before it, here or outside, so that its gradient is wanted.
        public let isLearned: Bool
    }

    /// Where a tensor stands among ``tensors``.
    public typealias TensorID = Int

    /// Numbers that are learned: a slice of one vector.
    public struct Parameter: Hashable, Sendable {
        /// What it is called where models are saved.
        public let name: String
        /// Rows and columns; a vector has one row.
        public let rows: Int
        /// See `rows`.
        public let columns: Int
        /// Where it begins in the vector of all parameters.
        public let offset: Int
        /// Its first values.
        public let start: Start
        /// Which part of a larger one it is, where ranks share a model.
        public let share: Share

        /// Numbers of it.
        public var count: Int { rows * columns }

        /// Which part of a model's parameter each of the ranks has that share it.
        public enum Share: Hashable, Sendable {
            /// All of it.
            case whole
            /// As many rows as any other rank, in the ranks' order.
            case rows
            /// As many columns of each of so many blocks, such as queries, keys and values.
            case columns(blocks: Int)
        }

        /// First values of a parameter.
        public enum Start: Hashable, Sendable {
            /// All zero, or all one.
            case zero, one
            /// Normal with this deviation.
            case normal(deviation: Float)
        }
    }

    /// Whole numbers that are given from outside, one for each row.
    public struct IndexInput: Hashable, Sendable {
        /// What it is called in messages.
        public let name: String
        /// What its rows are.
        public let space: Space
    }

    /// All tensors.
    public private(set) var tensors: [Tensor] = []
    /// All that is learned.
    public private(set) var parameters: [Parameter] = []
    /// All indices.
    public private(set) var indices: [IndexInput] = []
    /// What is computed, in this order.
    public private(set) var nodes: [Node] = []
    /// Tensors that are read from outside, and whose gradients come from there.
    public private(set) var outputs: [TensorID] = []

    /// An empty graph.
    public init() {}

    /// Numbers of all parameters.
    public var parameterCount: Int { parameters.last.map { $0.offset + $0.count } ?? 0 }

    /// Adds numbers that are given from outside, such as those of events.
    ///
    /// - Parameter isLearned: Whether they come of something that is learned outside, which wants their gradient.
    public mutating func input(
        _ name: String, in space: Space = .events, columns: Int, isLearned: Bool = false
    ) -> TensorID {
        add(Tensor(name: name, space: space, columns: columns, isInput: true, isLearned: isLearned))
    }

    /// Adds indices that are given from outside, one a row.
    public mutating func index(_ name: String, in space: Space = .events) -> Int {
        indices.append(IndexInput(name: name, space: space))
        return indices.count - 1
    }

    /// Adds numbers that are learned.
    public mutating func parameter(
        _ name: String, rows: Int = 1, columns: Int, start: Parameter.Start, share: Parameter.Share = .whole
    ) -> Int {
        precondition(rows > 0 && columns > 0, "a parameter has numbers")
        // A cache line each.
        let offset = (parameterCount + 15) / 16 * 16
        parameters.append(
            .init(name: name, rows: rows, columns: columns, offset: offset, start: start, share: share))
        return parameters.count - 1
    }

    /// Says that a tensor is read from outside.
    public mutating func output(_ tensor: TensorID) { outputs.append(tensor) }

    /// Adds a node with a result of so many columns.
    ///
    /// - Parameter kept: Columns of a second result that only the way back reads; 0 for none.
    mutating func node(
        _ operation: Node.Operation, _ name: String, reads: [TensorID], parameters: [Int] = [], index: Int? = nil,
        space: Space, columns: Int, kept: Int = 0
    ) -> TensorID {
        let isLearned = !parameters.isEmpty || reads.contains { tensors[$0].isLearned }
        let result = add(Tensor(name: name, space: space, columns: columns, isInput: false, isLearned: isLearned))
        var statistics: TensorID?
        if kept > 0 {
            statistics = add(
                Tensor(name: name + " statistics", space: space, columns: kept, isInput: false, isLearned: false))
        }
        nodes.append(
            Node(
                operation: operation, reads: reads, parameters: parameters, index: index, result: result,
                statistics: statistics))
        return result
    }

    private mutating func add(_ tensor: Tensor) -> TensorID {
        precondition(tensor.columns > 0, "rows have columns")
        tensors.append(tensor)
        return tensors.count - 1
    }
}
