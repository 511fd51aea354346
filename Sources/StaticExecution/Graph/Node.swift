/// One computation of a step.
public struct Node: Hashable, Sendable {
    /// What is computed, from ``reads`` and ``parameters`` in this order.
    public enum Operation: Hashable, Sendable {
        /// The rows of a table (parameter) that an index names.
        case embedding
        /// `x W + b`, of a weight and a bias; without a bias `x W`.
        case linear
        /// `x + log(1 + gap / unit) w + b` of x and gaps.
        case timeGap(unit: Float)
        /// The sum of two tensors.
        case sum
        /// Layer norm, of a gain and a bias; keeps mean and deviation.
        case layerNorm
        /// GELU by tanh.
        case gelu
        /// Zeros at random; `place` tells the dropouts of a model apart.
        case dropout(rate: Float, place: UInt32)
        /// The same numbers, which each rank uses for its part of what follows: gradients are summed over the ranks.
        case copyToRanks
        /// The sum over the ranks of what each has made with its part, and a bias, added once.
        case sumOverRanks
        /// Causal attention over each history, of rows that hold queries, keys and values; keeps log-sum-exps.
        case attention(heads: Int)
        /// Rows of a tensor of events that an index names, one for each readout.
        case selection
        /// The cross-entropy of logits against labels (index); keeps log-sum-exps. Its results are the rows' losses.
        case crossEntropy
    }

    /// What is computed.
    public let operation: Operation
    /// Tensors that enter it.
    public let reads: [StepGraph.TensorID]
    /// Parameters that enter it.
    public let parameters: [Int]
    /// Indices that enter it.
    public let index: Int?
    /// The tensor that it computes.
    public let result: StepGraph.TensorID
    /// What it keeps for the way back beside that.
    public let statistics: StepGraph.TensorID?

    /// Whether a row of the result follows from the same row of what is read.
    public var isRowwise: Bool {
        switch operation {
        case .attention, .selection: false
        default: true
        }
    }

    /// Whether nothing follows from it but the loss.
    public var isLoss: Bool { operation == .crossEntropy }

    /// Whether the ranks that share a model wait for each other in it.
    var isShared: Bool { operation == .copyToRanks || operation == .sumOverRanks }

    /// Tensors of the way there that the way back reads.
    var needs: [StepGraph.TensorID] {
        switch operation {
        case .embedding, .sum, .dropout, .selection, .copyToRanks, .sumOverRanks: []
        case .timeGap: [reads[1]]
        case .linear, .gelu: [reads[0]]
        case .layerNorm, .crossEntropy: [reads[0]] + [statistics].compactMap(\.self)
        case .attention: [reads[0], result] + [statistics].compactMap(\.self)
        }
    }

    /// Everything that it computes.
    var results: [StepGraph.TensorID] { [result] + [statistics].compactMap(\.self) }
}
