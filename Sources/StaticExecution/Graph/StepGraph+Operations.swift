internal import Kernels

extension StepGraph {
    /// `table[index]` of each row.
    public mutating func embedding(
        _ name: String, index: Int, rows: Int, columns: Int, deviation: Float = 0.02
    ) -> TensorID {
        let table = parameter(name, rows: rows, columns: columns, start: .normal(deviation: deviation))
        return node(
            .embedding, name, reads: [], parameters: [table], index: index, space: indices[index].space,
            columns: columns)
    }

    /// `x W + b`.
    ///
    /// - Parameter deviation: Of the first weights; nil: one over the root of three times as many as there are inputs, which is GPT-2's
    ///   0.02 at its width.
    /// - Parameter share: The part of a larger product that this is.
    public mutating func linear(
        _ name: String, _ x: TensorID, columns: Int, deviation: Float? = nil, share: Parameter.Share = .whole
    ) -> TensorID {
        let deviation = deviation ?? 1 / Float(3 * tensors[x].columns).squareRoot()
        let weights = parameter(
            name + " weights", rows: tensors[x].columns, columns: columns, start: .normal(deviation: deviation),
            share: share)
        let bias = parameter(name + " bias", columns: columns, start: .zero, share: share)
        return node(
            .linear, name, reads: [x], parameters: [weights, bias], space: tensors[x].space, columns: columns)
    }

    /// `x + log(1 + gap / unit) w + b`.
    ///
    /// - Parameters:
    ///   - gaps: one column, at least 0.
    ///   - unit: the time that counts as 1.
    public mutating func timeGap(_ name: String, _ x: TensorID, gaps: TensorID, unit: Float) -> TensorID {
        precondition(tensors[gaps].columns == 1 && !tensors[gaps].isLearned, "gaps are given, one a row")
        let columns = tensors[x].columns
        let weights = parameter(name + " weights", columns: columns, start: .normal(deviation: 0.02))
        let bias = parameter(name + " bias", columns: columns, start: .zero)
        return node(
            .timeGap(unit: unit), name, reads: [x, gaps], parameters: [weights, bias], space: tensors[x].space,
            columns: columns)
    }

    /// `left + right`.
    public mutating func sum(_ name: String, _ left: TensorID, _ right: TensorID) -> TensorID {
        precondition(
            tensors[left].columns == tensors[right].columns && tensors[left].space == tensors[right].space,
            "tensors of one shape")
        return node(
            .sum, name, reads: [left, right], space: tensors[left].space, columns: tensors[left].columns)
    }

    /// Layer norm with a gain and a bias.
    public mutating func layerNorm(_ name: String, _ x: TensorID) -> TensorID {
        precondition(tensors[x].isLearned, "norms are of what is learned")
        let columns = tensors[x].columns
        let gain = parameter(name + " gain", columns: columns, start: .one)
        let bias = parameter(name + " bias", columns: columns, start: .zero)
        return node(
            .layerNorm, name, reads: [x], parameters: [gain, bias], space: tensors[x].space, columns: columns,
            kept: LayerNorm.statisticsPerRow)
    }

    /// GELU by tanh.
    public mutating func gelu(_ name: String, _ x: TensorID) -> TensorID {
        node(.gelu, name, reads: [x], space: tensors[x].space, columns: tensors[x].columns)
    }

    /// Zeros at random; nothing at a rate of 0.
    ///
    /// - Parameter place: Tells the dropouts of a model apart; nil: how many nodes come before.
    public mutating func dropout(_ name: String, _ x: TensorID, rate: Float, place: UInt32? = nil) -> TensorID {
        guard rate > 0 else { return x }
        return node(
            .dropout(rate: rate, place: place ?? UInt32(nodes.count)), name, reads: [x], space: tensors[x].space,
            columns: tensors[x].columns)
    }

    /// Causal attention over each history.
    ///
    /// - Parameter x: queries, keys and values of a row beside each other.
    public mutating func attention(_ name: String, _ x: TensorID, heads: Int) -> TensorID {
        let width = tensors[x].columns / 3
        precondition(tensors[x].columns == 3 * width && width % heads == 0, "queries, keys and values of some heads")
        precondition(tensors[x].space == .events, "events attend to events")
        return node(.attention(heads: heads), name, reads: [x], space: .events, columns: width, kept: heads)
    }

    /// Rows of a tensor of events, one for each readout.
    public mutating func selection(_ name: String, _ x: TensorID, index: Int) -> TensorID {
        precondition(tensors[x].space == .events && indices[index].space == .readouts, "readouts select among events")
        return node(
            .selection, name, reads: [x], index: index, space: .readouts, columns: tensors[x].columns)
    }

    /// The rows' losses: cross-entropies of logits against labels.
    @discardableResult
    public mutating func crossEntropy(_ name: String, _ logits: TensorID, labels: Int) -> TensorID {
        precondition(tensors[logits].space == indices[labels].space, "a label a row")
        return node(
            .crossEntropy, name, reads: [logits], index: labels, space: tensors[logits].space, columns: 1, kept: 1)
    }
}
