public import Coordination
internal import ParallelPlanning
public import Specification

/// What a job takes of every party's machine, and how towers over histories are laid out in memory there: what `colonnade plan` prints.
/// Each party has worked out its own part, from its own events and on its own machine.
public struct JobPlan: Encodable, Hashable, Sendable {
    /// In the job's order of parties.
    public let parties: [PartyPlan]

    /// One party's.
    public struct PartyPlan: Encodable, Hashable, Sendable {
        /// Whose it is.
        public let party: Party
        /// The most memory that its process will have had.
        public let peakMemoryBytes: Int
        /// What the job writes to its disk and leaves there.
        public let diskBytes: Int
        /// How long encoders learn before the job's own training; 0 where there are none.
        public let historySeconds: Double
        /// How each encoder learns; `nil` where the party has no tower over histories.
        public let histories: [HistoryDemand]?
    }

    /// - Parameter demands: Of every party.
    public init(_ job: Job, _ demands: [Party: PartyDemand]) {
        parties = job.parties.compactMap { demands[$0] }.map { demand in
            PartyPlan(
                party: demand.party, peakMemoryBytes: demand.peakMemoryBytes, diskBytes: demand.diskBytes,
                historySeconds: demand.histories?.reduce(0) { $0 + $1.seconds } ?? 0, histories: demand.histories)
        }
    }

    /// A part of a step's time that is worth a warning.
    private static let stall = 0.05

    /// What a person should hear before the job is run, sentence by sentence.
    public var warnings: [String] {
        parties.flatMap { plan in
            (plan.histories ?? []).filter { $0.expectedStall > Self.stall }.map { history in
                "the tower of \(plan.party), history '\(history.name)', will wait for its disk "
                    + "\(percent(history.expectedStall)) of the time; a budget above \(Report.size(history.budgetBytes)) would spare it some"
            }
        }
    }

    /// For a person: a line for each party, and some for each of its histories.
    public var text: String {
        parties.map { plan in
            let head =
                "\(plan.party): peak memory about \(Report.size(plan.peakMemoryBytes)), on disk about \(Report.size(plan.diskBytes))"
                + (plan.histories == nil ? "" : ", learning from histories about \(Report.time(plan.historySeconds))")
            return ([head] + (plan.histories ?? []).flatMap(lines)).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private func lines(_ history: HistoryDemand) -> [String] {
        let head =
            "  history \(history.name): \(history.events) events of \(history.entities) entities, \(history.longest) at most"
        let steps =
            "    \(history.steps) steps of \(step(history.secondsAStep)): \(Report.time(history.seconds))"
        guard let plan = history.plan else { return [head, "    " + memory(history), steps] }
        let table = PlanTable(
            plan, budgetPerRank: history.budgetBytes, measuredSeconds: history.measuredSecondsAStep)
        return [head, "    \(plan.bytes.count) ranks share the training", steps]
            + table.text.split(separator: "\n").map { "      " + $0 }
    }

    /// Each plan of a party's ranks as a picture (SVG), with the name of its file.
    public var drawings: [(name: String, svg: String)] {
        parties.flatMap { party in
            (party.histories ?? []).compactMap { history in
                history.plan.map {
                    (
                        "\(party.party)-\(history.name).svg",
                        PlanDrawing(
                            $0, budgetPerRank: history.budgetBytes, measuredSeconds: history.measuredSecondsAStep
                        ).svg
                    )
                }
            }
        }
    }

    /// Steps are short.
    private func step(_ seconds: Double) -> String {
        seconds < 1 ? "\((seconds * 10_000).rounded() / 10) ms" : Report.time(seconds)
    }

    private func memory(_ history: HistoryDemand) -> String {
        let isWaiting = history.alpha != nil || history.stateDiskBytes != nil
        let putAway =
            (history.alpha.map {
                "alpha \(($0 * 100).rounded() / 100); put away: \(Report.size(history.hostBytes)) in memory, "
                    + "\(Report.size(history.diskBytes)) on disk"
            } ?? "nothing is put away")
            + (history.stateDiskBytes.map { "; the optimiser's \(Report.size($0)) on disk" } ?? "")
            + (isWaiting ? "; waiting takes \(percent(history.expectedStall)) of a step" : "")
        return "arena \(Report.size(history.arenaBytes)) of \(Report.size(history.budgetBytes)); \(putAway)"
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
