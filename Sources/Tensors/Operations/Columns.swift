/// Tensors of equally many rows side by side.
struct Concatenation: DifferentiableOperation {
    private let widths: [Int]
    let outputShape: Shape

    var name: String { "concatenate" }

    init(_ shapes: [Shape]) {
        precondition(!shapes.isEmpty, "concatenate: nothing to put side by side")
        let leading = shapes[0].dimensions.dropLast()
        precondition(
            shapes.allSatisfy { !$0.dimensions.isEmpty && $0.dimensions.dropLast() == leading },
            "concatenate: \(shapes) differ in more than their columns")
        widths = shapes.map(\.columns)
        outputShape = shapes[0].with(columns: widths.reduce(0, +))
    }

    func run(_ operands: Operands) {
        var column = 0
        for (width, input) in zip(widths, operands.inputs) {
            copyColumns(
                input, 0, of: width, into: operands.output, column, of: outputShape.columns, width: width)
            column += width
        }
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        var column = 0
        return zip(widths, application.isWanted).map { width, wanted in
            defer { column += width }
            return wanted ? graph.slice(gradient, columns: column..<column + width) : nil
        }
    }
}

/// Some neighbouring columns.
struct Slice: DifferentiableOperation {
    private let range: Range<Int>
    private let input: Shape
    let outputShape: Shape

    var name: String { "slice" }

    init(_ input: Shape, _ range: Range<Int>) {
        precondition(
            !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= input.columns,
            "slice: \(range) are no columns of \(input)")
        (self.range, self.input, outputShape) = (range, input, input.with(columns: range.count))
    }

    func run(_ operands: Operands) {
        copyColumns(
            operands.inputs[0], range.lowerBound, of: input.columns, into: operands.output, 0, of: range.count,
            width: range.count)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(&graph, { $0.apply(Padding(range, of: input), gradient) })
    }
}

/// Columns at their place between columns of zeros.
struct Padding: DifferentiableOperation {
    private let range: Range<Int>
    let outputShape: Shape

    var name: String { "pad" }

    init(_ range: Range<Int>, of output: Shape) { (self.range, outputShape) = (range, output) }

    func run(_ operands: Operands) {
        operands.output.update(repeating: 0)
        copyColumns(
            operands.inputs[0], 0, of: range.count, into: operands.output, range.lowerBound, of: outputShape.columns,
            width: range.count)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(&graph, { $0.slice(gradient, columns: range) })
    }
}

/// The same elements under another shape.
struct Reshaping: DifferentiableOperation {
    private let input: Shape
    let outputShape: Shape

    var name: String { "reshape" }
    var overwritableInputs: [Int] { [0] }
    var isView: Bool { true }

    init(_ input: Shape, to output: Shape) {
        precondition(input.count == output.count, "reshape: \(input) and \(output) differ in their number of elements")
        (self.input, outputShape) = (input, output)
    }

    func run(_ operands: Operands) { map(operands.inputs[0], into: operands.output) { $0 } }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(&graph, { $0.reshape(gradient, to: input) })
    }
}

extension Graph {
    /// Tensors that differ at most in their columns, side by side: (..., a), (..., b) gives (..., a + b).
    public mutating func concatenate(_ values: [Value]) -> Value { apply(Concatenation(values.map(\.shape)), values) }

    /// Neighbouring columns of each row.
    public mutating func slice(_ value: Value, columns: Range<Int>) -> Value {
        apply(Slice(value.shape, columns), value)
    }

    /// The same elements in row-major order under another shape of as many.
    public mutating func reshape(_ value: Value, to shape: Shape) -> Value {
        apply(Reshaping(value.shape, to: shape), value)
    }
}
