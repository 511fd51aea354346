extension Graph {
    /// Adds the nodes that compute the derivative of `loss` by each of `values`, in reverse mode.
    ///
    /// `values` may be any tensors, not parameters alone: by an input it is what a federation's lower layers descend
    /// along, and by rows gathered from a table it is the row-sparse gradient of the table. Only what lies between them
    /// and the loss is differentiated. Contributions are added in the order of the reversed graph, the same in each
    /// run.
    ///
    /// - Parameter loss: one element.
    /// - Returns: one gradient for each of `values`, of its shape; zeros where the loss does not depend on it. Of first
    ///   order: what a gradient was computed with is not differentiated again, which traps.
    public mutating func gradients(of loss: Value, withRespectTo values: [Value]) -> [Value] {
        precondition(loss.shape.count == 1, "a loss is one element, not \(loss.shape)")
        check(loss.node, loss.shape)
        let depends = dependents(on: values, upTo: loss.node)
        var gradients: [Int: Value] = [:]
        if depends[loss.node] { gradients[loss.node] = constant(Tensor(loss.shape, repeating: 1)) }
        for index in (0...loss.node).reversed() where depends[index] {
            let node = nodes[index]
            guard let gradient = gradients[index], case .operation(let operation) = node.source else { continue }
            let isWanted = node.inputs.map { depends[$0.node] }
            // A wanted value may itself be the result of an operation whose inputs nobody asked for.
            guard isWanted.contains(true) else { continue }
            guard let operation = operation as? any DifferentiableOperation else {
                preconditionFailure("\(operation.name) is not differentiated")
            }
            let application = Application(
                inputs: node.inputs, indices: node.indices, output: Value(node: index, shape: node.shape),
                isWanted: isWanted)
            let contributions = operation.backward(application, gradient, &self)
            for (input, contribution) in zip(node.inputs, contributions) where depends[input.node] {
                guard let contribution else { continue }
                precondition(contribution.shape == input.shape, "\(operation.name): a gradient has its input's shape")
                gradients[input.node] = gradients[input.node].map { add($0, contribution) } ?? contribution
            }
        }
        return values.map { gradients[$0.node] ?? zeros($0.shape) }
    }

    /// For each node up to the last: whether it is, or is computed from, one of `values`.
    private func dependents(on values: [Value], upTo last: Int) -> [Bool] {
        var depends = Array(repeating: false, count: max(last + 1, nodes.count))
        for value in values {
            check(value.node, value.shape)
            depends[value.node] = true
        }
        for index in 0...last where nodes[index].inputs.contains(where: { depends[$0.node] }) { depends[index] = true }
        return depends
    }

    private mutating func zeros(_ shape: Shape) -> Value {
        broadcast(constant(Tensor(.scalar, repeating: 0)), to: shape)
    }
}
