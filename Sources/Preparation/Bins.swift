/// Where columns of numbers are cut into bins. Edges rise; a number that equals one belongs to the bin above it.
package enum Bins {
    /// Edges between bins of about equal numbers of training rows.
    ///
    /// The percentiles at `count` equal steps, but for the first and the last, by numpy's `linear`; equal ones count once, and
    /// those not above the smallest number are left out, because no training row would be below. (KBinsDiscretizer does the
    /// same with `strategy="quantile", quantile_method="linear"`, but it also loses an edge that equals the largest number,
    /// and takes edges up to 1e-8 apart for equal.)
    package static func equalFrequency(_ numbers: [Double], count: Int) -> [Double] {
        let sorted = SortedNumbers(numbers)
        guard let smallest = sorted.values.first else { return [] }
        var edges: [Double] = []
        for index in 1..<count {
            let edge = sorted.quantile(Double(index) / Double(count))
            if edge > edges.last ?? smallest { edges.append(edge) }
        }
        return edges
    }

    /// Before bins are merged: more different numbers than this are cut into so many bins of equal numbers of rows.
    static let mergedAtMost = 1000

    /// Edges between bins that differ in their shares of classes.
    ///
    /// ChiMerge (Kerber, "ChiMerge: Discretization of Numeric Attributes", AAAI 1992) without its threshold: a bin for each
    /// different number; then, as long as there are more than `count`, the two neighbours with the lowest chi-square become
    /// one, the lower ones where several are equal. Terms of classes that neither neighbour has are left out. A bin begins at
    /// its lowest training value.
    ///
    /// - Parameter classes: of each number, counted from 0.
    static func chiMerge(_ numbers: [Double], classes: [Int], count: Int) -> [Double] {
        let present = numbers.indices.filter { !numbers[$0].isNaN }
        var starts = Set(present.lazy.map { numbers[$0] }).sorted()
        if starts.count > mergedAtMost {
            starts = starts.prefix(1) + equalFrequency(numbers, count: mergedAtMost)
        }
        let width = (classes.max() ?? 0) + 1
        var tallies = [[Double]](repeating: [Double](repeating: 0, count: width), count: starts.count)
        for index in present { tallies[starts.firstIndex(above: numbers[index]) - 1][classes[index]] += 1 }
        var merits = zip(tallies, tallies.dropFirst()).map(chiSquare)
        while starts.count > count, let lowest = merits.indices.min(by: { merits[$0] < merits[$1] }) {
            tallies[lowest] = zip(tallies[lowest], tallies[lowest + 1]).map(+)
            tallies.remove(at: lowest + 1)
            starts.remove(at: lowest + 1)
            merits.remove(at: lowest)
            if lowest > 0 { merits[lowest - 1] = chiSquare(tallies[lowest - 1], tallies[lowest]) }
            if lowest < merits.count { merits[lowest] = chiSquare(tallies[lowest], tallies[lowest + 1]) }
        }
        return Array(starts.dropFirst())
    }

    /// How far two tallies of classes are from one distribution.
    private static func chiSquare(_ one: [Double], _ other: [Double]) -> Double {
        let (rows, others) = (one.reduce(0, +), other.reduce(0, +))
        return one.indices.reduce(0) { sum, index in
            let both = one[index] + other[index]
            guard both > 0 else { return sum }
            let (expected, expectedOther) = (rows * both / (rows + others), others * both / (rows + others))
            let (difference, differenceOther) = (one[index] - expected, other[index] - expectedOther)
            return sum + difference * difference / expected + differenceOther * differenceOther / expectedOther
        }
    }
}
