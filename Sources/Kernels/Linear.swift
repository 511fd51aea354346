/// `Y = X W + b` of each row, X of rows x inputs, W of inputs x outputs, by sgemm of OpenBLAS on the calling thread.
///
/// **Bits.** OpenBLAS picks other kernels for other sizes, and a row's place in a call decides which of them computes
/// it: called with other row blocks, it gives other last bits. So every call has ``rowBlock`` rows, and row r is row `r
/// mod rowBlock` of it; what is missing from a block is zero, in scratch.
/// ``forward(_:weights:bias:into:rows:scratch:)`` and ``inputGradient(_:weights:into:rows:scratch:)`` thus give a row
/// the same bits whatever `rows` it is computed in, and ranges that begin and end at multiples of ``rowBlock`` cost
/// nothing extra; any other range costs as much as the blocks it touches. Pointers are to row 0, or in slices that hold
/// some rows only, to any row that is a multiple of ``rowBlock``, from which `rows` then count.
public struct Linear: Sendable {
    /// Columns of X.
    public let inputs: Int
    /// Columns of Y.
    public let outputs: Int

    /// Rows of each call of sgemm.
    public static let rowBlock = 128

    /// - Parameters:
    ///   - inputs: columns of X, above 0.
    ///   - outputs: columns of Y, above 0.
    public init(inputs: Int, outputs: Int) {
        precondition(inputs > 0 && outputs > 0, "a linear layer has inputs and outputs")
        (self.inputs, self.outputs) = (inputs, outputs)
    }

    /// Elements of scratch that each function needs.
    public static func scratchCount(inputs: Int, outputs: Int) -> Int { rowBlock * (inputs + outputs) }

    /// `Y = X W + b` for `rows`.
    ///
    /// - Parameters:
    ///   - x: rows x inputs.
    ///   - weights: inputs x outputs.
    ///   - bias: outputs, or nil for none.
    ///   - y: rows x outputs; those of `rows` are overwritten.
    ///   - scratch: ``scratchCount(inputs:outputs:)`` elements.
    public func forward(
        _ x: InputSlice, weights: InputSlice, bias: InputSlice?, into y: OutputSlice, rows: Range<Int>,
        scratch: OutputSlice
    ) {
        let right = Matrix(elements: weights, stride: outputs)
        multiplyRows(x, width: inputs, right, into: y, width: outputs, rows: rows, scratch: scratch)
        guard let bias else { return }
        for row in rows { vectorKernels.add(y + row * outputs, bias, outputs, y + row * outputs) }
    }

    /// The gradient of X for `rows`: `G Wᵀ`.
    ///
    /// - Parameters:
    ///   - gradient: G, rows x outputs, the gradient of Y.
    ///   - weights: inputs x outputs.
    ///   - inputGradient: rows x inputs; those of `rows` are overwritten.
    ///   - scratch: ``scratchCount(inputs:outputs:)`` elements.
    public func inputGradient(
        _ gradient: InputSlice, weights: InputSlice, into inputGradient: OutputSlice, rows: Range<Int>,
        scratch: OutputSlice
    ) {
        let right = Matrix(elements: weights, stride: outputs, isTransposed: true)
        multiplyRows(
            gradient, width: outputs, right, into: inputGradient, width: inputs, rows: rows, scratch: scratch)
    }

    /// Adds the gradients of W and b that `rows` give: `Xᵀ G`, and the sum of G's rows.
    ///
    /// Rows are added in blocks, from the first on: ranges one after another give the same bits as one range if they
    /// meet at multiples of ``rowBlock``.
    ///
    /// - Parameters:
    ///   - x: rows x inputs.
    ///   - gradient: G, rows x outputs.
    ///   - weightGradient: inputs x outputs, added to.
    ///   - biasGradient: outputs, added to; nil where there is no bias.
    ///   - scratch: ``scratchCount(inputs:outputs:)`` elements.
    public func addParameterGradients(
        _ x: InputSlice, _ gradient: InputSlice, weightGradient: OutputSlice, biasGradient: OutputSlice?,
        rows: Range<Int>, scratch: OutputSlice
    ) {
        for part in BlockParts(rows: rows, block: Self.rowBlock) {
            let left = staged(x, width: inputs, part, scratch)
            let right = staged(gradient, width: outputs, part, scratch + Self.rowBlock * inputs)
            multiply(
                Matrix(elements: left, stride: inputs, isTransposed: true), Matrix(elements: right, stride: outputs),
                rows: inputs, columns: outputs, inner: Self.rowBlock, into: weightGradient, stride: outputs,
                adding: true)
        }
        guard let biasGradient else { return }
        for row in rows { vectorKernels.add(biasGradient, gradient + row * outputs, outputs, biasGradient) }
    }

    /// `output = input right` for `rows`, in calls of one size.
    private func multiplyRows(
        _ input: InputSlice, width inner: Int, _ right: Matrix, into output: OutputSlice, width columns: Int,
        rows: Range<Int>, scratch: OutputSlice
    ) {
        for part in BlockParts(rows: rows, block: Self.rowBlock) {
            let left = staged(input, width: inner, part, scratch)
            let result = part.isWhole ? output + part.rows.lowerBound * columns : scratch + Self.rowBlock * inner
            multiply(
                Matrix(elements: left, stride: inner), right, rows: Self.rowBlock, columns: columns, inner: inner,
                into: result, stride: columns)
            if !part.isWhole {
                (output + part.rows.lowerBound * columns).update(
                    from: result + part.place * columns, count: part.rows.count * columns)
            }
        }
    }

    /// The block of a part: in place if it is whole, else copied to scratch between zeros.
    private func staged(_ input: InputSlice, width: Int, _ part: BlockParts.Part, _ scratch: OutputSlice) -> InputSlice
    {
        let first = input + part.rows.lowerBound * width
        if part.isWhole { return first }
        scratch.update(repeating: 0, count: Self.rowBlock * width)
        (scratch + part.place * width).update(from: first, count: part.rows.count * width)
        return InputSlice(scratch)
    }
}

/// What a range of rows has of each block of a fixed size that it touches.
private struct BlockParts: Sequence, IteratorProtocol {
    struct Part {
        let rows: Range<Int>
        /// Where in its block the first of these rows lies.
        let place: Int
        let isWhole: Bool
    }

    private var rest: Range<Int>
    private let block: Int

    init(rows: Range<Int>, block: Int) {
        precondition(rows.lowerBound >= 0, "rows count from 0")
        (rest, self.block) = (rows, block)
    }

    mutating func next() -> Part? {
        guard !rest.isEmpty else { return nil }
        let place = rest.lowerBound % block
        let rows = rest.lowerBound..<Swift.min(rest.upperBound, rest.lowerBound - place + block)
        rest = rows.upperBound..<rest.upperBound
        return Part(rows: rows, place: place, isWhole: rows.count == block)
    }
}
