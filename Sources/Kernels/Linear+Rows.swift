extension Linear {
    /// `Y = X W + b` of a few rows, one after the other: the sum over inputs of each times its row of W.
    ///
    /// For a row or some a good deal faster than ``forward(_:weights:bias:into:rows:scratch:)``, which pays for whole blocks. A row's bits
    /// do not depend on `rows`, but are other than those of that function in the last places. Pointers are to row 0.
    ///
    /// - Parameters:
    ///   - x: rows x inputs.
    ///   - weights: inputs x outputs.
    ///   - bias: outputs, or nil for none.
    ///   - y: rows x outputs; those of `rows` are overwritten.
    public func forwardRowByRow(
        _ x: InputSlice, weights: InputSlice, bias: InputSlice?, into y: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let (source, target) = (x + row * inputs, y + row * outputs)
            if let bias {
                target.update(from: bias, count: outputs)
            } else {
                target.update(repeating: 0, count: outputs)
            }
            for input in 0..<inputs {
                vectorKernels.add_scaled(weights + input * outputs, outputs, source[input], target)
            }
        }
    }
}
