/// Rows of a table by index.
struct Gather: DifferentiableOperation {
    let outputShape: Shape
    private let table: Shape

    var name: String { "gather" }

    init(_ table: Shape, _ indices: Shape) {
        precondition(table.dimensions.count == 2, "gather: a table is a matrix, not \(table)")
        (self.table, outputShape) = (table, Shape(indices.dimensions + [table.columns]))
    }

    func run(_ operands: Operands) {
        gatherRows(operands.inputs[0], operands.indices[0], columns: table.columns, into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(
            &graph, { $0.apply(ScatterAdd(gradient.shape, to: table), gradient, indices: application.indices) })
    }
}

/// A table of zeros to whose rows others are added by index, in the order of the indices.
struct ScatterAdd: DifferentiableOperation {
    let outputShape: Shape

    var name: String { "scatterAdd" }

    init(_ rows: Shape, to table: Shape) {
        precondition(
            table.dimensions.count == 2 && rows.columns == table.columns, "scatterAdd: \(rows) are no rows of \(table)")
        outputShape = table
    }

    func run(_ operands: Operands) {
        scatterRows(operands.inputs[0], operands.indices[0], columns: outputShape.columns, into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        application.wanted(
            &graph,
            { $0.apply(Gather(gradient.shape, application.indices[0].shape), gradient, indices: application.indices) })
    }
}

extension Graph {
    /// Row `indices[i]` of the table (rows, columns) for each i: an embedding, (indices..., columns).
    ///
    /// The gradient of the table is as large as the table. For a large one, ask for the gradient of the gathered rows
    /// instead and move the table's rows by ``RowSparseOptimiser``.
    ///
    /// - Parameter indices: each in `0 ..< rows`; running the graph traps on others.
    public mutating func gather(_ table: Value, _ indices: IndexValue) -> Value {
        apply(Gather(table.shape, indices.shape), table, indices: [indices])
    }

    /// A table of zeros with `rows` rows, to which row i of (..., columns) is added at `indices[i]`.
    ///
    /// - Parameter indices: each in `0 ..< rows`; running the graph traps on others.
    public mutating func scatterAdd(_ values: Value, _ indices: IndexValue, rows: Int) -> Value {
        precondition(values.shape.rows == indices.shape.count, "scatterAdd: one index for each row of \(values.shape)")
        let table: Shape = [rows, values.shape.columns]
        return apply(ScatterAdd(values.shape, to: table), values, indices: [indices])
    }
}
