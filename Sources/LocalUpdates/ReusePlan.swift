/// How often statistics of exchanged batches are used again between rounds: public, a part of the job, the same at every party.
///
/// One rule with three well-known cases: `workset: 1, reuse: 1` is training without local updates; `workset: 1, maxAngle: 180` is
/// FedBCD (Liu et al., IEEE TSP 2022), which uses the last batch again and again; a larger workset with a smaller angle is CELU-VFL
/// (Fu et al., PVLDB 15(10), 2022).
public struct ReusePlan: Hashable, Sendable {
    /// W: of so many batches at most are statistics kept, each for as many rounds.
    public let workset: Int
    /// R: how often a batch is used in all, its exchange included.
    public let reuse: Int
    /// In degrees: rows whose statistics have turned further than this have no weight; 180 weighs all rows alike.
    public let maxAngle: Int

    /// Members as given; traps on a workset or reuse below 1 and on angles beyond 0 to 180.
    public init(workset: Int, reuse: Int, maxAngle: Int = 180) {
        precondition(workset >= 1 && reuse >= 1 && (0...180).contains(maxAngle), "W and R from 1, an angle to 180")
        (self.workset, self.reuse, self.maxAngle) = (workset, reuse, maxAngle)
    }

    /// No local updates.
    public static let none = ReusePlan(workset: 1, reuse: 1)

    /// Local steps for which there is room after each round.
    public var stepsPerRound: Int { reuse - 1 }

    /// Local steps that so many rounds have: fewer than there is room for in the first rounds, where the workset fills.
    public func steps(rounds: Int) -> Int {
        var workset = Workset<Void>(self)
        // From the time the workset is full, every round has all of its steps.
        let filling = min(rounds, 2 * self.workset)
        return (0..<filling).reduce(0) { count, _ in count + workset.insert(()).count }
            + (rounds - filling) * stepsPerRound
    }
}
