internal import AddressPlanning
public import Tiers

/// Which tensors of a step stay, are put away, or computed again, so that it keeps within a budget and takes the least
/// time.
public struct StepPlanner: Sendable {
    /// Bytes for arena and host pool together.
    public var budget: Int
    /// The machine.
    public var machine: MachineProfile
    /// Bytes on the disk that may be taken; 0 where nothing is put away there.
    public var diskBytes: Int
    /// The share of a step up to which it may wait for the disk, if there is another choice.
    public var largestStall: Double

    /// Describes what there is.
    public init(budget: Int, machine: MachineProfile, diskBytes: Int, largestStall: Double = 0.05) {
        precondition(budget > 0 && diskBytes >= 0, "bytes to plan with")
        (self.budget, self.machine) = (budget, machine)
        (self.diskBytes, self.largestStall) = (diskBytes, largestStall)
    }

    /// A step that was planned.
    public struct Planned: Sendable {
        /// What runs.
        public let program: StepProgram
        /// Where each of its slots lies.
        public let tiers: [TensorStore.Tier]
        /// What it will take.
        public let forecast: StepForecast

        /// Slots as a store takes them.
        public var slots: [TensorStore.Slot] {
            zip(program.slots, tiers).map { .init(name: $0.name, bytes: $0.bytes, tier: $1) }
        }
    }

    private static let planner = AddressPlanner(limits: .init(steps: 20_000))

    /// Plans a step that learns.
    ///
    /// Tried are, from large chunks to small ones until some fit: everything in memory; everything computed again; and the first
    /// 1, 2 ... stages put away, with the share that ``SwapShare`` gives, and others around it. Of what fits, the least forecast of
    /// seconds is taken, with no more stall than is allowed if that can be.
    ///
    /// - Parameters:
    ///   - place: Where parameters and their gradients lie; outside they are not in the budget.
    ///   - attended: As for ``StepForecast``.
    /// - Throws: ``StepPlanningError/doesNotFit(budget:least:)``.
    public func plan(
        training graph: StepGraph, extent: StepExtent, parameters place: ParameterPlace = .arena,
        attended: Double? = nil
    ) throws(StepPlanningError) -> Planned {
        var least = Int.max
        for chunk in [1024, 512, 256, 128] where chunk == 128 || chunk < 2 * extent.events {
            var found: [Planned] = []
            for policy in policies(graph, extent, chunk: chunk, attended: attended) {
                guard
                    let program = try? StepProgram(
                        training: graph, extent: extent, policy: policy, parameters: place, planner: Self.planner)
                else { continue }
                least = min(least, program.arenaBytes + max(0, program.putAwayBytes - diskBytes))
                guard program.arenaBytes <= budget, let tiers = tiers(program) else { continue }
                let forecast = StepForecast(program, tiers: tiers, on: machine, attended: attended)
                found.append(Planned(program: program, tiers: tiers, forecast: forecast))
                // Nothing is faster than what computes nothing twice and waits for nothing.
                if policy.swapped == 0 && policy.alpha == 1 { break }
            }
            let calm = found.filter { $0.forecast.stall <= largestStall }
            let best = (calm.isEmpty ? found : calm).min { $0.forecast.seconds < $1.forecast.seconds }
            if let best { return best }
        }
        throw .doesNotFit(budget: budget, least: least)
    }

    /// What to try, the plain one first.
    private func policies(
        _ graph: StepGraph, _ extent: StepExtent, chunk: Int, attended: Double?
    ) -> [StepPolicy] {
        var result = [StepPolicy.plain(chunk: chunk), .recomputing(chunk: chunk)]
        let most = Stages(graph).all.count - 2
        guard most > 0 else { return result }
        for swapped in 1...most {
            let formula = share(graph, extent, chunk: chunk, swapped: swapped, attended: attended)
            let shares = Set([formula.alpha ?? 0, 0, 0.5, 1]).sorted()
            for (hoists, ring) in [(true, 32), (true, 8), (true, 2), (false, 2)] {
                result += shares.map {
                    StepPolicy(chunk: chunk, alpha: $0, swapped: swapped, hoists: hoists, ring: ring)
                }
            }
        }
        return result
    }

    /// The formula's terms, of the graph's own layers: what slots of all and of no rows take.
    func share(
        _ graph: StepGraph, _ extent: StepExtent, chunk: Int, swapped: Int, attended: Double?
    ) -> SwapShare {
        func slotBytes(_ alpha: Double) -> Double {
            let lowering = Lowering(
                graph, extent, StepPolicy(chunk: chunk, alpha: alpha, swapped: swapped), .training)
            return Double(lowering.slots.reduce(0) { $0 + $1.bytes }) / Double(swapped)
        }
        let (kept, all) = (slotBytes(0), slotBytes(1))
        let events = Double(extent.events)
        let costs = NodeCosts(
            graph: graph, machine: machine, attended: attended ?? events * (events + 1) / 2)
        let seconds = graph.nodes.indices.reduce(0) { sum, node in
            sum + costs.seconds(.init(forwardOf: node, rows: 0..<extent.events))
        }
        let layers = max(1, Stages(graph).all.count - 1)
        return SwapShare(
            keptBytes: kept, otherBytes: max(0, all - kept), layerSeconds: seconds / Double(layers),
            rate: diskBytes > 0 ? machine.writeRate : machine.copyRate, layers: swapped,
            capacity: Double(diskBytes) + Double(budget))
    }

    /// The slots that are used again first, which are those written last, stay in memory, as far as the budget goes; `nil` where
    /// the others do not fit on the disk.
    private func tiers(_ program: StepProgram) -> [TensorStore.Tier]? {
        var room = budget - program.arenaBytes
        var disk = diskBytes
        var tiers: [TensorStore.Tier] = []
        for slot in program.slots.reversed() {
            if slot.bytes <= room {
                tiers.append(.host)
                room -= slot.bytes
            } else {
                tiers.append(.file)
                disk -= slot.bytes
            }
        }
        return disk >= 0 ? tiers.reversed() : nil
    }
}

extension StepProgram.Call {
    fileprivate init(forwardOf node: Int, rows: Range<Int>) {
        self.init(
            node: node, isForward: true, rows: rows, reads: [], results: [], resultGradient: -1, targets: [],
            scratch: -1)
    }
}

/// Why there is no plan.
public enum StepPlanningError: Error, Hashable, CustomStringConvertible {
    /// No policy keeps within the budget; `least` bytes would do.
    case doesNotFit(budget: Int, least: Int)

    public var description: String {
        switch self {
        case .doesNotFit(let budget, let least):
            "a step needs \(least) bytes of memory at least, and its budget is \(budget): raise it, or take shorter "
                + "histories, fewer of them at once, or a narrower model"
        }
    }
}
