/// Where a number would likely be found with other rows of the same kind: a confidence interval of ``level``.
public struct Interval: Hashable, Sendable {
    /// How often intervals made so hold the true number.
    public static let level = 0.95
    /// The standard normal distribution's quantile at 0.975.
    static let deviations = 1.959963984540054

    public var low: Double
    public var high: Double
    /// Always ``Interval/level``.
    public var level: Double { Self.level }

    /// An interval with its ends as they are.
    public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

    /// Of a share: `hits` of `rows` independent rows, both whole or not. Wilson's score interval (Wilson 1927): it stays
    /// between 0 and 1, and is of use at both ends.
    ///
    /// - Precondition: `rows` is above 0, and `hits` from 0 to `rows`.
    public static func wilson(hits: Double, of rows: Double) -> Interval {
        precondition(rows > 0 && (0...rows).contains(hits), "\(hits) of \(rows) rows")
        let (share, z) = (hits / rows, deviations)
        let shrink = 1 + z * z / rows
        let center = (share + z * z / (2 * rows)) / shrink
        let half = z / shrink * (share * (1 - share) / rows + z * z / (4 * rows * rows)).squareRoot()
        // Exactly 0 and 1 at the ends, where rounding would leave a hair.
        return Interval(
            low: hits == 0 ? 0 : max(0, center - half), high: hits == rows ? 1 : min(1, center + half))
    }

    /// Of a mean over independent rows: normal, by the terms' own variance.
    ///
    /// - Returns: `nil` of a single term.
    public static func mean(of terms: [Double]) -> Interval? {
        guard terms.count > 1 else { return nil }
        let count = Double(terms.count)
        let center = terms.reduce(0, +) / count
        let variance = terms.reduce(0) { $0 + ($1 - center) * ($1 - center) } / (count - 1)
        return around(center, variance: variance / count)
    }

    static func around(_ center: Double, variance: Double) -> Interval {
        let half = deviations * max(variance, 0).squareRoot()
        return Interval(low: center - half, high: center + half)
    }
}
