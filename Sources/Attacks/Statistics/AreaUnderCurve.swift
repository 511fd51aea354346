/// How well scores tell positives from negatives: the share of pairs in which the positive scores higher, ties counting half.
/// Not folded: below one half means that the scores point the wrong way.
package struct AreaUnderCurve: Sendable, Equatable {
    package let area: Double
    /// The larger of two: that of scores which have nothing to do with the classes (Mann and Whitney 1947), and the one estimated
    /// from sums of influences over clusters, whose scores may hang together (Obuchowski 1997).
    package let standardError: Double

    /// - Parameter clusters: Of each score, for instance its batch.
    /// - Returns: `nil` where one of the classes is empty.
    package init?(_ scores: [Double], positives: [Bool], clusters: [Int]) {
        precondition(scores.count == positives.count && scores.count == clusters.count, "a class for each score")
        let (ones, zeros) = (positives.count { $0 }, positives.count { !$0 })
        guard ones > 0, zeros > 0 else { return nil }
        // Of each score, the share of the other class that lies below it, ties counting half.
        var below = [Double](repeating: 0, count: scores.count)
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (start, onesBelow, zerosBelow, won) = (0, 0, 0, 0.0)
        while start < order.count {
            var (end, tiedOnes) = (start, 0)
            while end < order.count, scores[order[end]] == scores[order[start]] {
                if positives[order[end]] { tiedOnes += 1 }
                end += 1
            }
            let tiedZeros = end - start - tiedOnes
            let shareOfZeros = (Double(zerosBelow) + Double(tiedZeros) / 2) / Double(zeros)
            let shareOfOnes = (Double(onesBelow) + Double(tiedOnes) / 2) / Double(ones)
            for place in order[start..<end] { below[place] = positives[place] ? shareOfZeros : shareOfOnes }
            won += Double(tiedOnes) * shareOfZeros
            (start, onesBelow, zerosBelow) = (end, onesBelow + tiedOnes, zerosBelow + tiedZeros)
        }
        area = won / Double(ones)

        var sums: [Int: Double] = [:]
        for place in scores.indices {
            let influence =
                positives[place] ? (below[place] - area) / Double(ones) : (1 - below[place] - area) / Double(zeros)
            sums[clusters[place], default: 0] += influence
        }
        // In one order, so that the sum is the same in every run.
        let clustered = sums.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
        let unrelated = (Double(ones + zeros + 1) / (12 * Double(ones) * Double(zeros))).squareRoot()
        standardError = max(unrelated, clustered)
    }
}
