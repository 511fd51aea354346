/// The variance of an area under the ROC curve, without assumptions about how scores are distributed: DeLong, DeLong and
/// Clarke-Pearson (1988), in the time of a sort as Sun and Xu (2014, algorithm 2) have it.
struct DeLong {
    let area: Double
    let variance: Double

    /// - Returns: `nil` where a class has fewer than two rows.
    init?(_ scores: [Double], _ labels: [Double]) {
        let positives = scores.indices.filter { labels[$0] == 1 }
        let negatives = scores.indices.filter { labels[$0] != 1 }
        guard positives.count > 1, negatives.count > 1 else { return nil }
        let (m, n) = (Double(positives.count), Double(negatives.count))
        let among = Self.midranks(scores)
        let amongPositives = Self.midranks(positives.map { scores[$0] })
        let amongNegatives = Self.midranks(negatives.map { scores[$0] })
        // For each positive the share of negatives below it, for each negative that of positives above; a tie is half.
        let won = positives.indices.map { (among[positives[$0]] - amongPositives[$0]) / n }
        let lost = negatives.indices.map { 1 - (among[negatives[$0]] - amongNegatives[$0]) / m }
        let area = won.reduce(0, +) / m
        func variance(_ terms: [Double]) -> Double {
            terms.reduce(0) { $0 + ($1 - area) * ($1 - area) } / Double(terms.count - 1)
        }
        self.area = area
        self.variance = variance(won) / m + variance(lost) / n
    }

    /// The place of each number among all, from 1; equal ones share the mean of theirs.
    private static func midranks(_ numbers: [Double]) -> [Double] {
        let order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
        var ranks = [Double](repeating: 0, count: numbers.count)
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, numbers[order[end]] == numbers[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }
}
