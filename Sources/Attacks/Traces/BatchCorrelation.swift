/// What lengths and times of frames say about batches: the rank correlation (Spearman 1904) with a number of each batch that should
/// be secret, for instance the share of its labels that are positive.
package enum BatchCorrelation {
    /// - Returns: `nil` for fewer than three rounds. 0 where one of the two never changes.
    package static func measure(_ traces: [Double], with secrets: [Double]) -> Measurement? {
        precondition(traces.count == secrets.count, "a secret for each round")
        guard traces.count > 2 else { return nil }
        let (left, right) = (ranks(traces), ranks(secrets))
        let center = Double(traces.count - 1) / 2
        var (both, one, other) = (0.0, 0.0, 0.0)
        for place in left.indices {
            let (x, y) = (left[place] - center, right[place] - center)
            both += x * y
            one += x * x
            other += y * y
        }
        let value = one > 0 && other > 0 ? both / (one * other).squareRoot() : 0
        return Measurement(
            .correlation, value, standardError: 1 / Double(traces.count - 1).squareRoot(), count: traces.count)
    }

    /// From 0; equal numbers share the mean of their ranks.
    private static func ranks(_ numbers: [Double]) -> [Double] {
        let order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
        var ranks = [Double](repeating: 0, count: numbers.count)
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, numbers[order[end]] == numbers[order[start]] { end += 1 }
            for place in order[start..<end] { ranks[place] = Double(start + end - 1) / 2 }
            start = end
        }
        return ranks
    }
}
