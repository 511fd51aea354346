/// Why there is no plan.
public enum ParallelPlanningError: Error, Hashable, Sendable {
    /// A profile lacks something, or holds what cannot be.
    case profile(String)
    /// There is nothing to be planned.
    case noLayers
    /// No batch can be divided among the ranks by any strategy.
    case notDivisible(batches: [Int], ranks: Int)
    /// Nothing fits.
    case doesNotFit(budgetPerRank: Int, needed: Int, batch: Int)
}

extension ParallelPlanningError: CustomStringConvertible {
    /// For people: what is wrong, and what to do.
    public var description: String {
        switch self {
        case .profile(let problem): "the cluster's profile: \(problem)"
        case .noLayers: "there are no layers to plan"
        case .notDivisible(let batches, let ranks):
            "no batch of \(batches.map(String.init).joined(separator: ", ")) sequences can be divided among "
                + "\(ranks) ranks; "
                + "allow a batch that is a multiple of \(ranks)"
        case .doesNotFit(let budget, let needed, let batch):
            "no plan fits into \(Bytes(budget)) a rank; \(Bytes(needed)) a rank (\(needed) bytes) would do, "
                + "for \(batch) sequences a step: raise the budget, add ranks, or shorten sequences"
        }
    }
}

/// Bytes for people, in decimal units.
struct Bytes: CustomStringConvertible {
    let count: Int

    init(_ count: Int) { self.count = count }

    var description: String {
        var (value, unit) = (Double(count), "bytes")
        for next in ["KB", "MB", "GB", "TB"] where value >= 1000 { (value, unit) = (value / 1000, next) }
        guard unit != "bytes" else { return "\(count) bytes" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
