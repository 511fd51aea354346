internal import Glibc
internal import OutOfCore
internal import StaticExecution
internal import Tiers

/// How a tower's training is laid out: its steps, and where what moves its parameters and large tables lie.
struct TrainingPlan: Sendable {
    let planned: StepPlanner.Planned
    let layers: TowerLayers
    /// Bytes beside the arena: parameters, gradients, what is on its way between memory and the disk, and the optimiser's state where
    /// it is not on the disk.
    let stateBytes: Int
    /// The optimiser's state on the disk; 0 where it is in memory.
    let stateDiskBytes: Int
    /// What a step is expected to wait for it, in seconds. Pages of tables do not count: how many a step lacks, events say.
    let stateStall: Double
    /// Of large fields.
    let tables: TablePlan

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

    /// The optimiser's state stays in memory if the budget has room for it, and goes to the disk if not. Large fields' tables have pages for
    /// two steps in memory if there is room, or else some, and all that arena and state leave.
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
        let free = terms.scratch.map(Self.freeBytes) ?? 0
        let paged = TablePlan.diskBytes(graph.large)
        let shares: [TablePlan.Share] =
            graph.large.isEmpty ? [.least] : terms.scratch != nil && paged < free ? [.working, .least] : [.whole]
        let disk = shares == [.whole] ? free : free - paged
        var least = Int.max
        for share in shares {
            let rows = TablePlan.leastBytes(graph.large, events: extent.events, share)
            for isOnDisk in disk > state ? [false, true] : [false] {
                let beside = isOnDisk ? memory : memory + state
                let planner = StepPlanner(
                    budget: max(1, terms.budget - beside - rows), machine: profile,
                    diskBytes: isOnDisk ? disk - state : disk)
                do throws(StepPlanningError) {
                    planned = try planner.plan(
                        training: graph.graph, extent: extent, parameters: .outside, attended: attended)
                } catch {
                    switch error {
                    case .doesNotFit(_, let needed): least = min(least, needed + beside + rows)
                    }
                    continue
                }
                (stateBytes, stateDiskBytes) = (beside, isOnDisk ? state : 0)
                tables = TablePlan(
                    graph.large, events: extent.events, share,
                    budget: terms.budget - beside - planned.program.arenaBytes - Self.hostBytes(planned))
                stateStall =
                    isOnDisk
                    ? Self.stall(layers, state, terms.staleness, profile, computing: planned.forecast.seconds) : 0
                return
            }
        }
        throw .budget(terms.budget, least: least)
    }

    /// What is put away in memory, each slot rounded up to a cache line.
    private static func hostBytes(_ planned: StepPlanner.Planned) -> Int {
        planned.slots.reduce(0) { $0 + ($1.tier == .host ? ($1.bytes + 63) / 64 * 64 : 0) }
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
