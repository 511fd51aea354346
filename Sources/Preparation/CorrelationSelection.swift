public import Arithmetic

/// Which of all parties' columns stay, by their correlations: a rule that gives the same whenever it is given the same.
///
/// Columns come in the job's order. One is preferred to another if its information value is higher, or as high and it comes earlier.
///
/// 1. Columns are looked at from the most preferred one on. One whose correlation with a column that stays is above the limit, in
///    magnitude, goes.
/// 2. While the largest variance inflation of what stays is above its limit, that column goes. Where several are the largest, their
///    tolerances less than ``margin`` apart, it is the least preferred of them: so rounding decides nothing.
public struct CorrelationSelection: Sendable {
    /// What becomes of a column.
    public enum Fate: Hashable, Sendable {
        case stays
        /// Goes for its correlation with this one, which stayed in the first step: the most preferred of several.
        case alike(Int)
        /// Goes for its variance inflation.
        case inflated
    }

    /// What is said of one column.
    public struct Decision: Hashable, Sendable {
        /// What becomes of it.
        public var fate: Fate
        /// Its tolerance among all columns.
        public var tolerance: Double
        /// The same at the end: of one that stays among those that stay; of one that goes for its inflation among those that were in until
        /// then; of one that is like another as at first.
        public var lastTolerance: Double
    }

    /// Tolerances that differ by less count as equal.
    public static let margin = 1e-5

    /// Of each column.
    public let decisions: [Decision]

    /// Decides about columns.
    ///
    /// - Parameters:
    ///   - correlations: Of all columns: symmetric.
    ///   - informationValues: Of each column; all alike where nobody asks for them.
    ///   - maximumCorrelation: 0 to 1; `nil` leaves the first step out.
    ///   - maximumInflation: 1 or more; `nil` leaves the second step out.
    public init(
        _ correlations: Matrix<Double>, informationValues: [Double], maximumCorrelation: Double?,
        maximumInflation: Double?
    ) {
        precondition(informationValues.count == correlations.rows, "a value for each column")
        let order = informationValues.indices.sorted {
            (-informationValues[$0], $0) < (-informationValues[$1], $1)
        }
        var inflation = VarianceInflation(correlations)
        var decisions = inflation.tolerances.map { Decision(fate: .stays, tolerance: $0, lastTolerance: $0) }
        if let maximumCorrelation {
            var kept: [Int] = []
            for column in order {
                if let rival = kept.first(where: { abs(correlations[column, $0]) > maximumCorrelation }) {
                    decisions[column].fate = .alike(rival)
                    inflation.remove(column)
                } else {
                    kept.append(column)
                }
            }
        }
        if let maximumInflation {
            while let least = inflation.tolerances.min(), least * maximumInflation < 1 {
                let largest = Set(
                    zip(inflation.columns, inflation.tolerances).filter { $0.1 < least + Self.margin }.map(\.0))
                guard let column = order.last(where: largest.contains),
                    let place = inflation.columns.firstIndex(of: column)
                else { break }
                decisions[column].fate = .inflated
                decisions[column].lastTolerance = inflation.tolerances[place]
                inflation.remove(column)
            }
        }
        for (column, tolerance) in zip(inflation.columns, inflation.tolerances) {
            decisions[column].lastTolerance = tolerance
        }
        self.decisions = decisions
    }
}
