internal import Glibc

/// Counts the leading bits of values that should be uniform, and says how likely it is that uniform ones fall as they did.
///
/// For each number of leading bits up to ``width``, and each text of as many bits, the count of values that begin with it is
/// binomial. Its tail is bounded, not approximated, so few values do: P(count is as far off) <= exp(-n KL(count / n || q))
/// (Hoeffding, J. American Statistical Association 58, 1963, theorem 1).
package struct LeadingBits {
    /// How many bits of each value are looked at.
    package static let width = 8
    /// Texts that are tried, each for too many and too few.
    package static let tests = (1...width).reduce(0) { $0 + 2 << $1 }

    private var counts = [Int](repeating: 0, count: 1 << width)
    package private(set) var total = 0

    package init() {}

    /// - Parameter bits: The first ``width`` bits of a value.
    package mutating func add(_ bits: UInt8) {
        counts[Int(bits)] += 1
        total += 1
    }

    /// What is least likely.
    package struct Outlier {
        /// So many leading bits ...
        package let bits: Int
        /// ... that are these ...
        package let value: Int
        /// ... have so many values.
        package let count: Int
        /// The logarithm (base 2) of a bound on the chance of this or anything less likely, for this text alone.
        package let log2: Double
    }

    package var outlier: Outlier? {
        guard total > 0 else { return nil }
        var worst: Outlier?
        for bits in 1...Self.width {
            let chance = 1 / Double(1 << bits)
            for value in 0..<1 << bits {
                let span = 1 << (Self.width - bits)
                let count = counts[value * span..<(value + 1) * span].reduce(0, +)
                let log2 = Self.tail(count, of: total, chance: chance)
                if log2 < worst?.log2 ?? 0 { worst = Outlier(bits: bits, value: value, count: count, log2: log2) }
            }
        }
        return worst
    }

    /// The logarithm (base 2) of the bound for one count.
    package static func tail(_ count: Int, of total: Int, chance: Double) -> Double {
        let share = Double(count) / Double(total)
        let above = share > 0 ? share * log2(share / chance) : 0
        let below = share < 1 ? (1 - share) * log2((1 - share) / (1 - chance)) : 0
        return -Double(total) * max(0, above + below)
    }
}
