/// Whether what was predicted with some probability then happens as often: by bins of equally many rows.
///
/// Bins are those of scikit-learn's `calibration_curve(strategy="quantile")`: their edges are the quantiles of the
/// probabilities, a probability at an edge is in the lower bin, and bins that ties leave empty are left out.
public struct Calibration: Hashable, Sendable {
    public struct Bin: Hashable, Sendable {
        /// How many rows, or their weights.
        public var rows: Double
        /// What was predicted for them, in the mean.
        public var predicted: Double
        /// Share of them that are positive.
        public var observed: Double
    }

    /// From the lowest probabilities up.
    public let bins: [Bin]

    /// - Parameters:
    ///   - labels: 0 or 1.
    ///   - count: How many bins at most, at least 2.
    ///   - weights: What each row counts in its bin, 0 or more; the bins' edges are those of the rows.
    /// - Throws: ``EvaluationError``.
    public init(
        _ probabilities: [Double], against labels: [Double], bins count: Int = 10,
        weights: [Double]? = nil
    ) throws(EvaluationError) {
        try requireRows(probabilities, labels, weights)
        try requireLabels(labels)
        try requireProbabilities(probabilities)
        let quantiles = Quantiles(of: probabilities, bins: count)
        // Sums first, shares at the end.
        var sums = [Bin](repeating: Bin(rows: 0, predicted: 0, observed: 0), count: count)
        for row in probabilities.indices {
            let (bin, weight) = (quantiles.bin(of: probabilities[row]), weights?[row] ?? 1)
            sums[bin].rows += weight
            sums[bin].predicted += weight * probabilities[row]
            sums[bin].observed += weight * labels[row]
        }
        bins = sums.filter { $0.rows > 0 }.map {
            Bin(rows: $0.rows, predicted: $0.predicted / $0.rows, observed: $0.observed / $0.rows)
        }
    }

    /// Expected calibration error: how far apart the two are, in the mean over the rows.
    public var expectedError: Double {
        let all = bins.reduce(0) { $0 + $1.rows }
        return bins.reduce(0) { $0 + $1.rows / all * abs($1.predicted - $1.observed) }
    }
}
