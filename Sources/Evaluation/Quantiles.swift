/// The inner edges of bins with equally many rows: the quantiles of some numbers, between two of them in proportion.
///
/// Positions among the sorted numbers are fractions of whole numbers, so that no rounding moves a row across an edge; where
/// scikit-learn's position is a rounding beside a whole number, its edge is too.
struct Quantiles {
    /// `bins` - 1, ascending; equal ones where numbers are.
    let edges: [Double]

    /// - Parameter numbers: At least one.
    init(of numbers: [Double], bins: Int) {
        precondition(bins >= 2 && !numbers.isEmpty, "\(bins) bins of \(numbers.count) numbers")
        let sorted = numbers.sorted()
        edges = (1..<bins).map { bin in
            let (place, rest) = (bin * (sorted.count - 1)).quotientAndRemainder(dividingBy: bins)
            guard rest > 0 else { return sorted[place] }
            return sorted[place] + (sorted[place + 1] - sorted[place]) * (Double(rest) / Double(bins))
        }
    }

    /// Which bin a number is in, 0 and up: a number at an edge is in the lower one.
    func bin(of number: Double) -> Int {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The number below which a share of some sorted numbers lies.
    static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let position = share * Double(sorted.count - 1)
        let place = min(Int(position), sorted.count - 1)
        guard place + 1 < sorted.count else { return sorted[place] }
        return sorted[place] + (sorted[place + 1] - sorted[place]) * (position - Double(place))
    }
}
