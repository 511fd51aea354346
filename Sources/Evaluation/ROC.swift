/// What the receiver operating characteristic of scores says.
///
/// The area is the Mann-Whitney statistic. Without weights, or with whole ones, all sums are whole numbers: exact up to the
/// one division at the end, whatever the order of the rows, while products of the classes' weights are below 2^52.
struct ROC {
    /// Share of pairs of a positive and a negative in which the positive scores higher, ties counting half.
    let area: Double
    /// The largest difference between true and false positive rate over all thresholds, in magnitude.
    let distance: Double

    /// - Throws: ``EvaluationError/oneClass``.
    init(_ scores: [Double], _ labels: [Double], _ weights: [Double]? = nil) throws(EvaluationError) {
        let sorted = try ScoreLevels(scores, labels, weights)
        var (positivesBelow, negativesBelow, twiceWon, farthest) = (0.0, 0.0, 0.0, 0.0)
        for level in sorted.levels.reversed() {
            twiceWon += level.positives * (2 * negativesBelow + level.negatives)
            positivesBelow += level.positives
            negativesBelow += level.negatives
            farthest = max(farthest, abs(positivesBelow * sorted.negatives - negativesBelow * sorted.positives))
        }
        area = twiceWon / (2 * sorted.positives * sorted.negatives)
        distance = farthest / (sorted.positives * sorted.negatives)
    }
}
