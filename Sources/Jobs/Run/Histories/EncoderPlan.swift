internal import Coordination
internal import Histories
internal import HistoryTower
internal import ParallelPlanning

/// Where an encoder is pre-trained, and how.
enum EncoderPlan {
    /// In this process.
    case here(HistoryPlan)
    /// By the party's ranks together, within a budget of each.
    case ranks(TowerRanks, ParallelPlan, budget: Int)
}

extension EncoderPlan {
    /// For the coordinator: sizes alone.
    func demand(_ name: String, _ log: EventLog, _ shape: HistoryShape, epochs: Int) -> HistoryDemand {
        var demand = HistoryDemand(
            name: name, events: log.events, entities: log.entities, longest: log.lengths.max() ?? 0, budgetBytes: 0,
            arenaBytes: 0, alpha: nil, hostBytes: 0, diskBytes: 0, stateDiskBytes: nil, expectedStall: 0,
            secondsAStep: 0, steps: HistoryTower.steps(shape, lengths: log.lengths, epochs: epochs))
        switch self {
        case .here(let plan):
            (demand.budgetBytes, demand.arenaBytes) = (plan.budgetBytes, plan.arenaBytes)
            demand.alpha = plan.keepsEverything ? nil : plan.alpha
            (demand.hostBytes, demand.diskBytes) = (plan.hostBytes, plan.diskBytes)
            demand.stateDiskBytes = plan.stateDiskBytes > 0 ? plan.stateDiskBytes : nil
            (demand.expectedStall, demand.secondsAStep) = (plan.expectedStall, plan.secondsAStep)
        case .ranks(_, let plan, let budget):
            (demand.budgetBytes, demand.arenaBytes) = (budget, plan.bytes.max() ?? 0)
            (demand.secondsAStep, demand.plan) = (plan.secondsAStep, plan)
        }
        return demand
    }

    /// For a report, after a training.
    ///
    /// - Parameter measured: Of a step, where ranks shared it.
    func note(measured: Double?) -> String {
        func rounded(_ number: Double) -> String { "\((number * 10_000).rounded() / 10_000)" }
        switch self {
        case .here(let plan):
            return "; its arena took \(ByteCount.text(plan.arenaBytes)) of \(ByteCount.text(plan.budgetBytes))"
                + (plan.keepsEverything
                    ? ", with nothing put away or computed again"
                    : ", alpha \(rounded(plan.alpha)), \(plan.swappedLayers) layers put away")
                + (plan.stateDiskBytes > 0
                    ? ", the optimiser's \(ByteCount.text(plan.stateDiskBytes)) on the disk" : "")
        case .ranks(_, let plan, let budget):
            return " at \(plan.bytes.count) ranks (\(plan.words)), of which each took at most "
                + "\(ByteCount.text(plan.bytes.max() ?? 0)) of \(ByteCount.text(budget))"
                + (measured.map { "; a step took \(rounded($0)) s, \(rounded(plan.secondsAStep)) s were planned" } ?? "")
        }
    }
}
