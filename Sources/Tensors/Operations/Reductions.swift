/// Sums over the leading dimensions: the result has as many elements as one row of it, or one.
struct Reduction: DifferentiableOperation {
    let inputShape: Shape
    let outputShape: Shape

    var name: String { "sum" }

    init(_ input: Shape, to output: Shape) {
        precondition(
            output.count == 1 || output.count == input.columns,
            "sum: \(output) is neither one element nor a row of \(input)")
        (inputShape, outputShape) = (input, output)
    }

    func run(_ operands: Operands) { sumRows(operands.inputs[0], into: operands.output) }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(&graph, { $0.broadcast(gradient, to: inputShape) })
    }
}

/// Repeats one element, or one row, over a larger shape.
struct Broadcast: DifferentiableOperation {
    let inputShape: Shape
    let outputShape: Shape

    var name: String { "broadcast" }

    init(_ input: Shape, to output: Shape) {
        precondition(
            input.count == 1 || input.count == output.columns,
            "broadcast: \(input) is neither one element nor a row of \(output)")
        (inputShape, outputShape) = (input, output)
    }

    func run(_ operands: Operands) { repeatRows(operands.inputs[0], into: operands.output) }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(&graph, { $0.reduce(gradient, to: inputShape) })
    }
}

extension Graph {
    /// The sum of all elements, a scalar.
    public mutating func sum(_ value: Value) -> Value { reduce(value, to: .scalar) }

    /// The mean of all elements, a scalar.
    public mutating func mean(_ value: Value) -> Value { scale(sum(value), by: 1 / Float(value.shape.count)) }

    /// The sum of all rows: (..., columns) gives (columns).
    public mutating func columnSums(_ value: Value) -> Value { reduce(value, to: [value.shape.columns]) }

    /// One element, or one row of (columns), repeated: gives (..., columns).
    public mutating func broadcast(_ value: Value, to shape: Shape) -> Value {
        apply(Broadcast(value.shape, to: shape), value)
    }

    mutating func reduce(_ value: Value, to shape: Shape) -> Value { apply(Reduction(value.shape, to: shape), value) }
}
