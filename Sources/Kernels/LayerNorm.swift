/// Layer norm (Ba, Kiros and Hinton, arXiv 1607.06450): each row less its mean, over its deviation, times a gain, plus
/// a bias.
///
/// A row's bits, forward and of its input's gradient, do not depend on `rows`. Pointers are to row 0.
public struct LayerNorm: Sendable {
    /// Elements of a row.
    public let columns: Int
    /// Added to the variance.
    public let epsilon: Float

    /// - Parameters:
    ///   - columns: above 0.
    ///   - epsilon: above 0.
    public init(columns: Int, epsilon: Float = 1e-5) {
        precondition(columns > 0 && epsilon > 0, "a layer norm has columns, and an epsilon above 0")
        (self.columns, self.epsilon) = (columns, epsilon)
    }

    /// Elements of `statistics` for one row: its mean and one over its deviation.
    public static let statisticsPerRow = 2

    /// - Parameters:
    ///   - x: rows x columns.
    ///   - gain: columns.
    ///   - bias: columns.
    ///   - y: rows x columns; may be x.
    ///   - statistics: rows x ``statisticsPerRow``, for the way back.
    public func forward(
        _ x: InputSlice, gain: InputSlice, bias: InputSlice, into y: OutputSlice, statistics: OutputSlice,
        rows: Range<Int>
    ) {
        for row in rows {
            let start = row * columns
            vectorKernels.normalize(
                x + start, gain, bias, columns, epsilon, y + start, statistics + row * Self.statisticsPerRow)
        }
    }

    /// The gradient of x; adds those of gain and bias, row after row, so that ranges one after another give the same
    /// bits as one.
    ///
    /// - Parameters:
    ///   - gradient: rows x columns.
    ///   - x: the input, rows x columns.
    ///   - statistics: as `forward` left them.
    ///   - inputGradient: rows x columns, overwritten; may be gradient or x.
    ///   - gainGradient: columns, added to.
    ///   - biasGradient: columns, added to.
    public func backward(
        _ gradient: InputSlice, x: InputSlice, gain: InputSlice, statistics: InputSlice,
        into inputGradient: OutputSlice, gainGradient: OutputSlice, biasGradient: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let start = row * columns
            vectorKernels.normalize_gradient(
                x + start, gain, gradient + start, statistics + row * Self.statisticsPerRow, columns,
                inputGradient + start, gainGradient, biasGradient)
        }
    }
}
