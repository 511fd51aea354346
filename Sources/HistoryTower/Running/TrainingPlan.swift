internal import Glibc
internal import OutOfCore
internal import StaticExecution
internal import Tiers

/// How a tower's training is laid out: its steps, and where what moves its parameters lies.
struct TrainingPlan: Sendable {
    let planned: StepPlanner.Planned
    let layers: TowerLayers
    /// Bytes beside the arena: parameters, gradients, what is on its way between memory and the disk, and the optimiser's state where
    /// it is not on the disk.
    let stateBytes: Int
    /// The optimiser's state on the disk; 0 where it is in memory.
    let stateDiskBytes: Int
    /// What a step is expected to wait for it, in seconds.
    let stateStall: Double

    /// What a training is told.
    struct Terms: Sendable {
        /// Bytes for everything.
        var budget: Int
        /// A folder for what is put away on the disk; nil: nothing is.
        var scratch: String?
        var staleness = Staleness.synchronous
        /// Bytes a second that the disk moves at most, for tests.
        var rate: Double?

        var place: StatePlace { scratch.map { .disk(folder: $0, rate: rate) } ?? .memory }
    }

    /// The optimiser's state stays in memory if the budget has room for it, and goes to the disk if not.
    ///
    /// - Parameters:
    ///   - machine: nil: it is measured.
    ///   - attended: pairs of events of a step of which one sees the other.
    /// - Throws: ``HistoryTowerError/budget(_:least:)``, and where the folder cannot be written to.
    init(
        _ graph: TowerGraph, extent: StepExtent, _ terms: Terms, attended: Double?, machine: MachineProfile? = nil
    ) throws(HistoryTowerError) {
        let profile: MachineProfile
        do throws(TierError) {
            if let machine {
                profile = machine
            } else {
                profile = try .measured(directory: terms.scratch, rate: terms.rate)
            }
        } catch {
            throw .storage(error.description)
        }
        layers = TowerLayers(graph.graph)
        let (memory, state) = LearningParameters.plan(layers, staleness: terms.staleness)
        let disk = terms.scratch.map(Self.freeBytes) ?? 0
        var least = Int.max
        for isOnDisk in disk > state ? [false, true] : [false] {
            let beside = isOnDisk ? memory : memory + state
            let planner = StepPlanner(
                budget: max(1, terms.budget - beside), machine: profile, diskBytes: isOnDisk ? disk - state : disk)
            do throws(StepPlanningError) {
                planned = try planner.plan(
                    training: graph.graph, extent: extent, parameters: .outside, attended: attended)
                (stateBytes, stateDiskBytes) = (beside, isOnDisk ? state : 0)
                stateStall =
                    isOnDisk
                    ? Self.stall(layers, state, terms.staleness, profile, computing: planned.forecast.seconds) : 0
                return
            } catch {
                switch error {
                case .doesNotFit(_, let needed): least = min(least, needed + beside)
                }
            }
        }
        throw .budget(terms.budget, least: least)
    }

    /// Updates in order: the first layer's is waited for, and of the others what takes longer than the way there. Updates that may be late
    /// are not waited for while the disk keeps up, and never where any number may be missing.
    private static func stall(
        _ layers: TowerLayers, _ state: Int, _ staleness: Staleness, _ machine: MachineProfile, computing: Double
    ) -> Double {
        let moving = Double(state) / machine.readRate + Double(state) / machine.writeRate
        let first = moving * Double(layers.parts.first?.count ?? 0) / Double(max(1, layers.count))
        return switch staleness {
        case .free: 0
        case .bounded: max(0, moving - computing)
        case .synchronous: first + max(0, moving - first - computing / 3)
        }
    }

    /// What of a folder's disk may be taken: half of what is free.
    private static func freeBytes(_ folder: String) -> Int {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return 0 }
        return Int(status.f_bavail) * Int(status.f_frsize) / 2
    }
}
