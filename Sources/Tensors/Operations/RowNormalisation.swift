/// Softmax of each row.
struct Softmax: DifferentiableOperation {
    let outputShape: Shape

    var name: String { "softmax" }
    var overwritableInputs: [Int] { [0] }

    func run(_ operands: Operands) {
        softmaxRows(operands.inputs[0], columns: outputShape.columns, into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(
            &graph, { $0.apply(SoftmaxGradient(outputShape: outputShape), gradient, application.output) })
    }
}

/// From the gradient of a softmax and the softmax.
struct SoftmaxGradient: Operation {
    let outputShape: Shape

    var name: String { "the gradient of softmax" }
    var overwritableInputs: [Int] { [0, 1] }

    func run(_ operands: Operands) {
        softmaxRowsGradient(
            operands.inputs[0], operands.inputs[1], columns: outputShape.columns, into: operands.output)
    }
}

/// Each row at mean 0 and variance 1.
struct RowNormalisation: DifferentiableOperation {
    let epsilon: Float
    let outputShape: Shape

    var name: String { "normalizeRows" }
    var overwritableInputs: [Int] { [0] }

    func run(_ operands: Operands) {
        normalizeRows(operands.inputs[0], columns: outputShape.columns, epsilon: epsilon, into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(
            &graph,
            {
                $0.apply(
                    RowNormalisationGradient(epsilon: epsilon, outputShape: outputShape), gradient,
                    application.inputs[0])
            })
    }
}

/// From the gradient of normalized rows and the rows as they were; means and deviations are computed again, which costs
/// two passes over a row and saves a tensor.
struct RowNormalisationGradient: Operation {
    let epsilon: Float
    let outputShape: Shape

    var name: String { "the gradient of normalizeRows" }
    var overwritableInputs: [Int] { [0, 1] }

    func run(_ operands: Operands) {
        normalizeRowsGradient(
            operands.inputs[0], operands.inputs[1], columns: outputShape.columns, epsilon: epsilon,
            into: operands.output)
    }
}

extension Graph {
    /// `exp(x) / Σ exp(x)` in each row; no logit is too large, the largest of each row is subtracted first.
    public mutating func softmax(_ value: Value) -> Value { apply(Softmax(outputShape: value.shape), value) }

    /// `(x - mean) / √(variance + epsilon)` in each row; the variance is over the number of columns, not one less.
    ///
    /// - Parameter epsilon: above 0.
    public mutating func normalizeRows(_ value: Value, epsilon: Float = 1e-5) -> Value {
        precondition(epsilon > 0, "normalizeRows: epsilon is above 0")
        return apply(RowNormalisation(epsilon: epsilon, outputShape: value.shape), value)
    }

    /// Layer normalization (Ba, Kiros and Hinton, arXiv 1607.06450): normalized rows times `gain` plus `bias`, one row
    /// each.
    public mutating func layerNorm(_ value: Value, gain: Value, bias: Value, epsilon: Float = 1e-5) -> Value {
        let normalized = normalizeRows(value, epsilon: epsilon)
        return addRow(multiplyRow(normalized, gain), bias)
    }
}
