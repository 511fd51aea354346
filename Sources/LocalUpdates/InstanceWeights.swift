public import Arithmetic
internal import Glibc

extension ReusePlan {
    /// How much each row counts in a local step: the cosine between what its statistics are now and what they were when they were
    /// exchanged; 0 where they have turned beyond the plan's angle, or by more than 90 degrees.
    ///
    /// Rows of a single number have no direction, so they all count 1, as do all under a plan of 180 degrees.
    ///
    /// - Parameters:
    ///   - now: the statistics as this step has them, rows x width: of a feature party its activations, of the label party the
    ///     derivatives by Z.
    ///   - exchanged: the same as they were exchanged.
    /// - Returns: one weight a row, 0 to 1.
    public func weights(now: Matrix<Double>, exchanged: Matrix<Double>) -> [Double] {
        precondition(now.rows == exchanged.rows && now.columns == exchanged.columns, "statistics of the same rows")
        guard weighs(width: now.columns) else { return Array(repeating: 1, count: now.rows) }
        let smallest = max(0, cos(Double(maxAngle) * .pi / 180))
        return (0..<now.rows).map { row in
            let cosine = cosine(now.row(row), exchanged.row(row))
            return cosine >= smallest ? cosine : 0
        }
    }

    /// Whether rows of so many numbers are told apart at all.
    public func weighs(width: Int) -> Bool { maxAngle < 180 && width > 1 }
}

/// 0 where either is all but zero: it has no direction then.
private func cosine(_ left: ArraySlice<Double>, _ right: ArraySlice<Double>) -> Double {
    var (product, leftSquares, rightSquares) = (0.0, 0.0, 0.0)
    for (left, right) in zip(left, right) {
        product += left * right
        leftSquares += left * left
        rightSquares += right * right
    }
    let norms = max(leftSquares.squareRoot(), 1e-12) * max(rightSquares.squareRoot(), 1e-12)
    return min(max(product / norms, -1), 1)
}
