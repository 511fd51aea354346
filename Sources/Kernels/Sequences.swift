import Glibc

/// What the time since the event before says: `y = x + log(1 + gap / unit) w + b` of each row.
///
/// A row's bits do not depend on `rows`. Pointers are to row 0.
public struct TimeGap: Sendable {
    /// Elements of a row.
    public let columns: Int
    /// The time that counts as 1.
    public let unit: Float

    /// - Parameters:
    ///   - columns: above 0.
    ///   - unit: above 0, in the unit of the gaps.
    public init(columns: Int, unit: Float = 1) {
        precondition(columns > 0 && unit > 0, "rows have columns, and the unit of time is above 0")
        (self.columns, self.unit) = (columns, unit)
    }

    /// - Parameters:
    ///   - x: rows x columns.
    ///   - gaps: one for each row, at least 0.
    ///   - weights: w, columns.
    ///   - bias: b, columns.
    ///   - y: rows x columns; may be x.
    public func forward(
        _ x: InputSlice, gaps: InputSlice, weights: InputSlice, bias: InputSlice, into y: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let target = y + row * columns
            vectorKernels.add(x + row * columns, bias, columns, target)
            vectorKernels.add_scaled(weights, columns, feature(gaps[row]), target)
        }
    }

    /// Adds the gradients of w and b, row after row: ranges one after another give the bits of one. That of x is
    /// `gradient`.
    ///
    /// - Parameters:
    ///   - gradient: rows x columns.
    ///   - weightGradient: columns, added to.
    ///   - biasGradient: columns, added to.
    public func addParameterGradients(
        _ gradient: InputSlice, gaps: InputSlice, weightGradient: OutputSlice, biasGradient: OutputSlice,
        rows: Range<Int>
    ) {
        for row in rows {
            vectorKernels.add_scaled(gradient + row * columns, columns, feature(gaps[row]), weightGradient)
            vectorKernels.add(biasGradient, gradient + row * columns, columns, biasGradient)
        }
    }

    private func feature(_ gap: Float) -> Float {
        precondition(gap >= 0, "events are in the order of time")
        return log1p(gap / unit)
    }
}

/// One row for a whole history.
public enum Pooling {
    /// Adds what `rows` give to the mean of `count` rows. After ranges one after another, from a row of zeros, the
    /// result has the bits that one range gives.
    ///
    /// - Parameters:
    ///   - x: count x columns.
    ///   - mean: columns, added to.
    public static func addToMean(
        _ x: InputSlice, rows: Range<Int>, count: Int, columns: Int, mean: OutputSlice
    ) {
        for row in rows { vectorKernels.add_scaled(x + row * columns, columns, 1 / Float(count), mean) }
    }

    /// The gradient of `rows` of x under the mean: `gradient / count` each.
    ///
    /// - Parameters:
    ///   - gradient: columns.
    ///   - inputGradient: count x columns, overwritten in `rows`.
    public static func meanGradient(
        _ gradient: InputSlice, rows: Range<Int>, count: Int, columns: Int, into inputGradient: OutputSlice
    ) {
        for row in rows { vectorKernels.scale(gradient, columns, 1 / Float(count), inputGradient + row * columns) }
    }

    /// The last of `count` rows.
    public static func last(_ x: InputSlice, count: Int, columns: Int, into y: OutputSlice) {
        y.update(from: x + (count - 1) * columns, count: columns)
    }

    /// The gradient of `rows` of x under the last row: `gradient` there, 0 elsewhere.
    public static func lastGradient(
        _ gradient: InputSlice, rows: Range<Int>, count: Int, columns: Int, into inputGradient: OutputSlice
    ) {
        (inputGradient + rows.lowerBound * columns).update(repeating: 0, count: rows.count * columns)
        guard rows.contains(count - 1) else { return }
        (inputGradient + (count - 1) * columns).update(from: gradient, count: columns)
    }
}
