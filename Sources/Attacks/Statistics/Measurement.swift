/// What an attack measured.
package struct Measurement: Sendable, Equatable {
    /// What the value is. The raw values stand in reports.
    package enum Statistic: String, Sendable, Encodable {
        /// The area under the ROC curve of scores for labels; one half says nothing.
        case auc
        /// The same with what was seen, less that of the attacker's own features alone.
        case aucAdvantage = "auc-advantage"
        /// The share of a column's variance that is explained with what was seen, less that by the attacker's own features alone.
        case r2Advantage = "r2-advantage"
        /// The share of a column's variance that is explained.
        case r2
        /// Of an estimate and the truth.
        case correlation
        /// How many values came again, or came too close to each other.
        case repeats
    }

    package let statistic: Statistic
    package let value: Double
    package let standardError: Double
    /// Rows, visits of rows, rounds or values that it was measured on.
    package let count: Int
    /// Of how many readings or columns this is the worst.
    package let tests: Int

    package init(_ statistic: Statistic, _ value: Double, standardError: Double, count: Int, tests: Int = 1) {
        (self.statistic, self.value, self.standardError) = (statistic, value, standardError)
        (self.count, self.tests) = (count, tests)
    }

    /// How far it lies from what says nothing: to either side, or above it for what an attacker can only gain.
    package var deviation: Double {
        switch statistic {
        case .auc: abs(value - 0.5)
        case .correlation: abs(value)
        case .aucAdvantage, .r2Advantage, .r2, .repeats: value
        }
    }

    /// The mean of independent draws.
    package static func mean(_ statistic: Statistic, _ draws: [Double], count: Int) -> Measurement {
        Measurement(statistic, draws.mean, standardError: draws.standardErrorOfMean, count: count)
    }

    /// The one that deviates most, for all of them together.
    package static func worst(of all: [Measurement]) -> Measurement? {
        guard let worst = all.max(by: { $0.deviation < $1.deviation }) else { return nil }
        return Measurement(
            worst.statistic, worst.value, standardError: worst.standardError, count: worst.count,
            tests: all.reduce(0) { $0 + $1.tests })
    }
}

extension [Double] {
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }

    /// Of the mean of these, as independent draws.
    var standardErrorOfMean: Double {
        guard count > 1 else { return 0 }
        let center = mean
        let squares = reduce(0) { $0 + ($1 - center) * ($1 - center) }
        return (squares / Double(count - 1) / Double(count)).squareRoot()
    }
}
