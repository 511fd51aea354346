internal import Glibc

/// How far from chance a statistic may lie by chance.
package enum Significance {
    /// Of one test, two-sided, in standard errors.
    package static let standardErrors = 3.5

    /// The same, so that a whole run of tests keeps the error probability of one (Bonferroni).
    package static func standardErrors(tests: Int) -> Double {
        let tail = upperTail(standardErrors) / Double(max(1, tests))
        var (low, high) = (0.0, 40.0)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if upperTail(middle) > tail { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// Of the normal distribution.
    private static func upperTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }
}
