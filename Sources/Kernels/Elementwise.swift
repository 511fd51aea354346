import CKernels

/// GELU in its tanh form (Hendrycks and Gimpel, arXiv 1606.08415): `x / 2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
///
/// An element's bits do not depend on `rows`. Pointers are to row 0.
public enum Gelu {
    /// - Parameters:
    ///   - x: rows x columns.
    ///   - y: rows x columns; may be x.
    public static func forward(_ x: InputSlice, into y: OutputSlice, rows: Range<Int>, columns: Int) {
        let start = rows.lowerBound * columns
        vectorKernels.gelu(x + start, rows.count * columns, y + start)
    }

    /// The gradient of x.
    ///
    /// - Parameters:
    ///   - gradient: rows x columns.
    ///   - x: the input.
    ///   - inputGradient: rows x columns, overwritten; may be gradient or x.
    public static func backward(
        _ gradient: InputSlice, x: InputSlice, into inputGradient: OutputSlice, rows: Range<Int>, columns: Int
    ) {
        let start = rows.lowerBound * columns
        vectorKernels.gelu_gradient(x + start, gradient + start, rows.count * columns, inputGradient + start)
    }
}

/// The sum of two branches. Each gets the gradient of the sum as it is: whoever has two gradients for one tensor adds
/// them by the same function. An element's bits do not depend on `rows`. Pointers are to row 0.
public enum Residual {
    /// `y = left + right`.
    ///
    /// - Parameters:
    ///   - left: rows x columns.
    ///   - right: rows x columns.
    ///   - y: rows x columns; may be left or right.
    public static func forward(
        _ left: InputSlice, _ right: InputSlice, into y: OutputSlice, rows: Range<Int>, columns: Int
    ) {
        let start = rows.lowerBound * columns
        vectorKernels.add(left + start, right + start, rows.count * columns, y + start)
    }

    /// Adds the gradient of the sum to what the tensor of one branch has already got.
    ///
    /// - Parameters:
    ///   - gradient: rows x columns.
    ///   - branchGradient: rows x columns, added to.
    public static func backward(
        _ gradient: InputSlice, addingTo branchGradient: OutputSlice, rows: Range<Int>, columns: Int
    ) {
        forward(branchGradient, gradient, into: branchGradient, rows: rows, columns: columns)
    }
}

/// Sets elements to zero at random and scales the others by `1 / (1 - rate)` (Srivastava et al., JMLR 15, 2014).
///
/// Whether an element is kept is a function of seed, step, layer and its index alone (Philox 4x32-10, Salmon et al., SC
/// 2011): a row that is computed again, and the way back, see the same mask, with every instruction set. The generator
/// is not for secrets.
public struct Dropout: Sendable {
    /// What the masks of a whole training are drawn from.
    public let seed: UInt64
    /// Tells the dropouts of a model apart.
    public let layer: UInt32
    /// The probability of zero.
    public let rate: Float

    /// - Parameters:
    ///   - rate: in `0 ..< 1`.
    public init(seed: UInt64, layer: UInt32, rate: Float) {
        precondition((0..<1).contains(rate), "a rate in 0 ..< 1")
        (self.seed, self.layer, self.rate) = (seed, layer, rate)
    }

    /// `y = x mask / (1 - rate)`. Pointers are to row `firstRow`.
    ///
    /// - Parameters:
    ///   - x: rows x columns.
    ///   - y: rows x columns; may be x.
    ///   - rows: rows of the whole tensor, from `firstRow` on.
    ///   - firstRow: the row of the whole tensor that the slices begin with.
    ///   - step: another for each batch.
    public func forward(
        _ x: InputSlice, into y: OutputSlice, rows: Range<Int>, firstRow: Int = 0, columns: Int, step: UInt32
    ) {
        precondition(rows.lowerBound >= firstRow && firstRow >= 0, "rows are from firstRow on")
        var mask = ck_dropout(
            seed: seed, step: step, layer: layer, threshold: UInt32(Double(rate) * 0x1p32), factor: 1 / (1 - rate))
        let start = (rows.lowerBound - firstRow) * columns
        vectorKernels.drop_out(
            x + start, rows.count * columns, UInt64(rows.lowerBound * columns), &mask, y + start)
    }

    /// The gradient of x: the same function of the gradient of y.
    public func backward(
        _ gradient: InputSlice, into inputGradient: OutputSlice, rows: Range<Int>, firstRow: Int = 0, columns: Int,
        step: UInt32
    ) {
        forward(gradient, into: inputGradient, rows: rows, firstRow: firstRow, columns: columns, step: step)
    }
}
