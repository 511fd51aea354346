/// What becomes of the losses of single rows or elements.
public enum LossReduction: Sendable {
    /// Their sum: the order of protocols on shares, where the batch size enters with the rate.
    case sum
    /// Their mean.
    case mean
    /// Their sum, each times its own weight: one for each loss, in the losses' shape.
    case weightedSum(Value)
}

/// The cross-entropy of the softmax of each row with a label.
struct SoftmaxCrossEntropy: DifferentiableOperation {
    private let logits: Shape
    let outputShape: Shape

    var name: String { "softmaxCrossEntropy" }

    init(_ logits: Shape, labels: Shape) {
        precondition(
            logits.rows == labels.count, "softmaxCrossEntropy: one label for each row of \(logits), not \(labels)")
        (self.logits, outputShape) = (logits, labels)
    }

    func run(_ operands: Operands) {
        crossEntropyRows(operands.inputs[0], operands.indices[0], columns: logits.columns, into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(
            &graph,
            {
                $0.apply(
                    SoftmaxCrossEntropyGradient(outputShape: logits), gradient, application.inputs[0],
                    indices: application.indices)
            })
    }
}

/// From the gradient of each row's loss, the logits and the labels.
struct SoftmaxCrossEntropyGradient: Operation {
    let outputShape: Shape

    var name: String { "the gradient of softmaxCrossEntropy" }
    var overwritableInputs: [Int] { [1] }

    func run(_ operands: Operands) {
        crossEntropyRowsGradient(
            operands.inputs[0], operands.inputs[1], operands.indices[0], columns: outputShape.columns,
            into: operands.output)
    }
}

/// A loss of each prediction with its target, by the logit or logarithm that a model gives.
struct ElementLoss: DifferentiableOperation {
    enum Function: String, Sendable {
        case binaryCrossEntropy, poissonLoss
    }

    let function: Function
    let outputShape: Shape

    var name: String { function.rawValue }
    var overwritableInputs: [Int] { [0, 1] }

    init(_ function: Function, _ predictions: Shape, _ targets: Shape) {
        precondition(predictions == targets, "\(function.rawValue): \(predictions) and \(targets) differ")
        (self.function, outputShape) = (function, predictions)
    }

    func run(_ operands: Operands) {
        switch function {
        case .binaryCrossEntropy: zip(operands.inputs[0], operands.inputs[1], into: operands.output, logisticLoss)
        case .poissonLoss: zip(operands.inputs[0], operands.inputs[1], into: operands.output, poissonLoss)
        }
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        let (prediction, target) = (application.inputs[0], application.inputs[1])
        return application.wanted(
            &graph,
            { graph in
                let expected = function == .poissonLoss ? graph.exp(prediction) : graph.sigmoid(prediction)
                let residual = graph.subtract(expected, target)
                return graph.multiply(gradient, residual)
            },
            { graph in
                let product = graph.multiply(gradient, prediction)
                return graph.scale(product, by: -1)
            })
    }
}

extension Graph {
    /// `log Σ exp(x) - x[label]` of each row x of the logits (rows, classes), summed or averaged over rows.
    ///
    /// - Parameter labels: one for each row, in `0 ..< classes`; running the graph traps on others.
    public mutating func softmaxCrossEntropy(
        _ logits: Value, labels: IndexValue, reduction: LossReduction = .mean
    ) -> Value {
        let losses = apply(SoftmaxCrossEntropy(logits.shape, labels: labels.shape), logits, indices: [labels])
        return reduce(losses, reduction)
    }

    /// `log(1 + exp(x)) - t x` of each logit x and target t (0, 1, or a probability), summed or averaged.
    public mutating func binaryCrossEntropy(
        _ logits: Value, targets: Value, reduction: LossReduction = .mean
    ) -> Value {
        let losses = apply(ElementLoss(.binaryCrossEntropy, logits.shape, targets.shape), logits, targets)
        return reduce(losses, reduction)
    }

    /// `(prediction - target)²`, summed or averaged.
    public mutating func squaredError(
        _ predictions: Value, targets: Value, reduction: LossReduction = .mean
    ) -> Value {
        let residuals = subtract(predictions, targets)
        return reduce(square(residuals), reduction)
    }

    /// `exp(x) - t x` of each logarithm x of an expected count and each count t, summed or averaged: the negative
    /// log-likelihood of Poisson's distribution without the term `log t!`, which no parameter moves.
    public mutating func poissonLoss(
        logRates: Value, counts: Value, reduction: LossReduction = .mean
    ) -> Value {
        let losses = apply(ElementLoss(.poissonLoss, logRates.shape, counts.shape), logRates, counts)
        return reduce(losses, reduction)
    }

    private mutating func reduce(_ losses: Value, _ reduction: LossReduction) -> Value {
        switch reduction {
        case .sum: sum(losses)
        case .mean: mean(losses)
        case .weightedSum(let weights): sum(multiply(losses, weights))
        }
    }
}
