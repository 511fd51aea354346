/// A product of two tensors seen as rows, one of them possibly transposed.
struct MatrixProduct: DifferentiableOperation {
    enum Form: Sendable {
        /// `A B`
        case plain
        /// `A Bᵀ`
        case rightTransposed
        /// `Aᵀ B`
        case leftTransposed
    }

    let form: Form
    let outputShape: Shape
    private let left: Shape
    private let right: Shape

    var name: String { "matmul" }

    init(_ form: Form, _ left: Shape, _ right: Shape) {
        let fits: Bool
        switch form {
        case .plain: (fits, outputShape) = (left.columns == right.rows, left.with(columns: right.columns))
        case .rightTransposed: (fits, outputShape) = (left.columns == right.columns, left.with(columns: right.rows))
        case .leftTransposed: (fits, outputShape) = (left.rows == right.rows, [left.columns, right.columns])
        }
        precondition(fits, "matmul: the inner dimensions of \(left) and \(right) differ")
        (self.form, self.left, self.right) = (form, left, right)
    }

    func run(_ operands: Operands) {
        multiply(
            operands.inputs[0], rows: left.rows, columns: left.columns, transposed: form == .leftTransposed,
            by: operands.inputs[1], rows: right.rows, columns: right.columns, transposed: form == .rightTransposed,
            into: operands.output)
    }

    func backward(_ application: Application, _ gradient: Value, _ graph: inout Graph) -> [Value?] {
        let (left, right) = (application.inputs[0], application.inputs[1])
        func product(_ form: Form, _ left: Value, _ right: Value, as shape: Shape) -> (inout Graph) -> Value {
            // An operand that is no plain matrix comes back as one of the same elements.
            { graph in
                let product = graph.apply(MatrixProduct(form, left.shape, right.shape), left, right)
                return product.shape == shape ? product : graph.reshape(product, to: shape)
            }
        }
        switch form {
        case .plain:
            return application.wanted(
                &graph, product(.rightTransposed, gradient, right, as: left.shape),
                product(.leftTransposed, left, gradient, as: right.shape))
        case .rightTransposed:
            return application.wanted(
                &graph, product(.plain, gradient, right, as: left.shape),
                product(.leftTransposed, gradient, left, as: right.shape))
        case .leftTransposed:
            return application.wanted(
                &graph, product(.rightTransposed, right, gradient, as: left.shape),
                product(.plain, left, gradient, as: right.shape))
        }
    }
}

extension Graph {
    /// `left right`: (..., n) by (n, columns) gives (..., columns).
    public mutating func matmul(_ left: Value, _ right: Value) -> Value {
        apply(MatrixProduct(.plain, left.shape, right.shape), left, right)
    }

    /// `left rightᵀ`: (..., n) by (columns, n) gives (..., columns).
    public mutating func matmul(_ left: Value, transposed right: Value) -> Value {
        apply(MatrixProduct(.rightTransposed, left.shape, right.shape), left, right)
    }

    /// `leftᵀ right`: (..., rows) by (..., columns) gives (rows, columns), summed over all dimensions but the last.
    public mutating func matmul(transposed left: Value, _ right: Value) -> Value {
        apply(MatrixProduct(.leftTransposed, left.shape, right.shape), left, right)
    }
}
