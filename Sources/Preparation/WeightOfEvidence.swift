internal import Glibc

/// What the bins of a column say of a label of 0 or 1.
///
/// With P events and N other rows in all, `WOE_b = ln((events_b / P) / (others_b / N))`, and the information value is the sum over bins
/// of `(events_b / P - others_b / N) WOE_b`. Where a bin has no event, or nothing but events, one half is added to both of its counts,
/// in both formulas: so FATE does (`adjustment_factor`, 0.5); all other bins stay as they are. A bin without rows says nothing.
///
/// Source: Good, "Probability and the Weighing of Evidence", 1950; Siddiqi, "Credit Risk Scorecards", 2006, chapter 6.
public struct WeightOfEvidence: Hashable, Sendable {
    /// Of each bin.
    public let weights: [Double]
    /// Of the column: 0 where the label does not depend on it.
    public let informationValue: Double

    /// Computes both; `nil` where all rows have one label.
    ///
    /// - Parameter bins: Of each one its rows, and the events among them.
    public init?(_ bins: [(rows: Int, events: Int)]) {
        let events = Double(bins.reduce(0) { $0 + $1.events })
        let others = Double(bins.reduce(0) { $0 + $1.rows - $1.events })
        guard events > 0, others > 0 else { return nil }
        var (weights, value) = ([Double](), 0.0)
        for bin in bins {
            guard bin.rows > 0 else {
                weights.append(0)
                continue
            }
            let added = bin.events == 0 || bin.events == bin.rows ? 0.5 : 0
            let (share, otherShare) = (
                (Double(bin.events) + added) / events, (Double(bin.rows - bin.events) + added) / others
            )
            let weight = log(share / otherShare)
            weights.append(weight)
            value += (share - otherShare) * weight
        }
        (self.weights, informationValue) = (weights, value)
    }
}
