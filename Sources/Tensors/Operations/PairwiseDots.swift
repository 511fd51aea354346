/// All dot products between the fields of a row.
struct PairwiseDots: DifferentiableOperation {
    private let input: Shape
    let outputShape: Shape

    var name: String { "pairwiseDots" }

    init(_ input: Shape) {
        precondition(
            input.dimensions.count == 3 && input.dimensions[1] > 1,
            "pairwiseDots: batch x fields x dimension with at least two fields, not \(input)")
        let fields = input.dimensions[1]
        (self.input, outputShape) = (input, [input.dimensions[0], fields * (fields - 1) / 2])
    }

    func run(_ operands: Operands) {
        pairwiseDots(
            operands.inputs[0], fields: input.dimensions[1], dimension: input.columns, into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(
            &graph, { $0.apply(PairwiseDotsGradient(outputShape: input), gradient, application.inputs[0]) })
    }
}

/// From the gradient of the dot products and the fields.
struct PairwiseDotsGradient: Operation {
    let outputShape: Shape

    var name: String { "the gradient of pairwiseDots" }

    func run(_ operands: Operands) {
        pairwiseDotsGradient(
            operands.inputs[0], operands.inputs[1], fields: outputShape.dimensions[1], dimension: outputShape.columns,
            into: operands.output)
    }
}

extension Graph {
    /// The dot product of every two fields of each sample: (batch, fields, dimension) gives
    /// (batch, fields (fields - 1) / 2).
    ///
    /// In the order (1, 0), (2, 0), (2, 1), (3, 0), ...: the lower triangle row by row, as DLRM takes it (Naumov et
    /// al., arXiv 1906.00091).
    public mutating func pairwiseDots(_ value: Value) -> Value { apply(PairwiseDots(value.shape), value) }
}
