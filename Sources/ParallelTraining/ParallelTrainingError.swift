/// Why ranks cannot train a tower together.
public enum ParallelTrainingError: Error, Hashable, CustomStringConvertible {
    /// The plan is not one for this tower and these ranks.
    case plan(problems: [String])
    /// A rank's part does not fit into its budget, both in bytes.
    case budget(rank: Int, budget: Int, least: Int)

    public var description: String {
        switch self {
        case .plan(let problems): "the plan does not fit: " + problems.joined(separator: "; ")
        case .budget(let rank, let budget, let least):
            "rank \(rank) needs \(least) bytes for its part of the tower, and has \(budget): give it more, or plan for less memory"
        }
    }
}
