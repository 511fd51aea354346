internal import Coordination
internal import Pages

extension PartyReport.ColumnCorrelation {
    /// Its variance inflation among all columns.
    var inflationText: String { inflation?.rounded(to: 2) ?? "infinite" }

    /// The same at the end.
    var lastInflationText: String { lastInflation?.rounded(to: 2) ?? "infinite" }

    /// Why it was left out.
    var reasonText: String {
        switch reason {
        case nil: ""
        case .inflation: "inflation \(lastInflationText)"
        case .correlation:
            alike.map { "correlation \(correlation?.rounded(to: 2) ?? "") with \($0)" }
                ?? "correlation with another party's column"
        }
    }
}
