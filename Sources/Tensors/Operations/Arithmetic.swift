/// Sum, difference or product of two tensors of one shape, element by element.
struct Elementwise: DifferentiableOperation {
    enum Function: String, Sendable {
        case add, subtract, multiply
    }

    let function: Function
    let outputShape: Shape

    var name: String { function.rawValue }
    var overwritableInputs: [Int] { [0, 1] }

    init(_ function: Function, _ left: Shape, _ right: Shape) {
        precondition(left == right, "\(function.rawValue): \(left) and \(right) differ")
        (self.function, outputShape) = (function, left)
    }

    func run(_ operands: Operands) {
        let (left, right) = (operands.inputs[0], operands.inputs[1])
        switch function {
        case .add: zip(left, right, into: operands.output) { $0 + $1 }
        case .subtract: zip(left, right, into: operands.output) { $0 - $1 }
        case .multiply: zip(left, right, into: operands.output) { $0 * $1 }
        }
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        let (left, right) = (application.inputs[0], application.inputs[1])
        switch function {
        case .add: return application.wanted(&graph, { _ in gradient }, { _ in gradient })
        case .subtract: return application.wanted(&graph, { _ in gradient }, { $0.scale(gradient, by: -1) })
        case .multiply:
            return application.wanted(&graph, { $0.multiply(gradient, right) }, { $0.multiply(gradient, left) })
        }
    }
}

/// Sum or product of every row of a tensor with one row.
struct RowWise: DifferentiableOperation {
    enum Function: String, Sendable {
        case addRow, multiplyRow
    }

    let function: Function
    let outputShape: Shape

    var name: String { function.rawValue }
    var overwritableInputs: [Int] { [0] }

    init(_ function: Function, _ rows: Shape, _ row: Shape) {
        precondition(
            row.rows == 1 && row.columns == rows.columns, "\(function.rawValue): \(row) is not one row of \(rows)")
        (self.function, outputShape) = (function, rows)
    }

    func run(_ operands: Operands) {
        let (rows, row) = (operands.inputs[0], operands.inputs[1])
        switch function {
        case .addRow: zipRows(rows, row, into: operands.output) { $0 + $1 }
        case .multiplyRow: zipRows(rows, row, into: operands.output) { $0 * $1 }
        }
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        let (rows, row) = (application.inputs[0], application.inputs[1])
        switch function {
        case .addRow: return application.wanted(&graph, { _ in gradient }, { $0.reduce(gradient, to: row.shape) })
        case .multiplyRow:
            return application.wanted(
                &graph, { $0.multiplyRow(gradient, row) },
                { graph in graph.reduce(graph.multiply(gradient, rows), to: row.shape) })
        }
    }
}

/// Every element times one number.
struct Scaling: DifferentiableOperation {
    let factor: Float
    let outputShape: Shape

    var name: String { "scale" }
    var overwritableInputs: [Int] { [0] }

    func run(_ operands: Operands) {
        let factor = factor
        map(operands.inputs[0], into: operands.output) { factor * $0 }
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(&graph, { $0.scale(gradient, by: factor) })
    }
}

extension Graph {
    /// `left + right`, of one shape.
    public mutating func add(_ left: Value, _ right: Value) -> Value {
        apply(Elementwise(.add, left.shape, right.shape), left, right)
    }

    /// `left - right`, of one shape.
    public mutating func subtract(_ left: Value, _ right: Value) -> Value {
        apply(Elementwise(.subtract, left.shape, right.shape), left, right)
    }

    /// `left * right` element by element, of one shape.
    public mutating func multiply(_ left: Value, _ right: Value) -> Value {
        apply(Elementwise(.multiply, left.shape, right.shape), left, right)
    }

    /// Every row of (..., columns) plus one row of (columns): a bias.
    public mutating func addRow(_ rows: Value, _ row: Value) -> Value {
        apply(RowWise(.addRow, rows.shape, row.shape), rows, row)
    }

    /// Every row of (..., columns) times one row of (columns), element by element: a gain.
    public mutating func multiplyRow(_ rows: Value, _ row: Value) -> Value {
        apply(RowWise(.multiplyRow, rows.shape, row.shape), rows, row)
    }

    /// Every element times `factor`.
    public mutating func scale(_ value: Value, by factor: Float) -> Value {
        apply(Scaling(factor: factor, outputShape: value.shape), value)
    }
}
