/// What the receiver operating characteristic of scores says, counted in integers.
///
/// The area is the Mann-Whitney statistic: exact up to the one division at the end, whatever the order of the rows.
struct ROC {
    /// Share of pairs of a positive and a negative in which the positive scores higher, ties counting half.
    let area: Double
    /// The largest difference between true and false positive rate over all thresholds, in magnitude.
    let distance: Double

    /// - Throws: ``EvaluationError/oneClass``.
    init(_ scores: [Double], _ labels: [Double]) throws(EvaluationError) {
        let positives = labels.count { $0 == 1 }
        let negatives = labels.count - positives
        guard positives > 0 && negatives > 0 else { throw .oneClass }

        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var positivesBelow = 0
        var negativesBelow = 0
        var twiceWon = 0
        var farthest = 0
        var start = 0
        while start < order.count {
            // Rows of equal score stand on one threshold together.
            var tiedPositives = 0
            var end = start
            while end < order.count && scores[order[end]] == scores[order[start]] {
                if labels[order[end]] == 1 { tiedPositives += 1 }
                end += 1
            }
            let tiedNegatives = end - start - tiedPositives
            twiceWon += tiedPositives * (2 * negativesBelow + tiedNegatives)
            positivesBelow += tiedPositives
            negativesBelow += tiedNegatives
            farthest = max(farthest, abs(positivesBelow * negatives - negativesBelow * positives))
            start = end
        }
        area = Double(twiceWon) / Double(2 * positives * negatives)
        distance = Double(farthest) / Double(positives * negatives)
    }
}
