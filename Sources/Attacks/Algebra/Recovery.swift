public import Arithmetic

/// How good an attack's estimate is, where the truth is known.
public struct Recovery: Sendable, Equatable, Encodable {
    /// The share of the truth's variance that the estimate explains, all columns together: 1 is all, 0 no more than guessing each
    /// column's mean, below 0 worse than that.
    public let r2: Double
    /// The largest difference of an element.
    public let largestError: Double

    /// Compares an estimate with the truth, which is not constant.
    public init(of truth: Matrix<Double>, by estimate: Matrix<Double>) {
        precondition(truth.rows == estimate.rows && truth.columns == estimate.columns, "matrices differ in shape")
        var (left, all, largest) = (0.0, 0.0, 0.0)
        for column in 0..<truth.columns {
            let mean = (0..<truth.rows).reduce(0) { $0 + truth[$1, column] } / Double(truth.rows)
            for row in 0..<truth.rows {
                let difference = truth[row, column] - estimate[row, column]
                left += difference * difference
                all += (truth[row, column] - mean) * (truth[row, column] - mean)
                largest = max(largest, abs(difference))
            }
        }
        r2 = 1 - left / all
        largestError = largest
    }
}
