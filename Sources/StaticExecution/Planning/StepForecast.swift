public import Tiers

/// What a step will take, from its instructions and the machine's rates: the caller computes, the disk works beside it, and
/// the caller waits where it needs what the disk has not done yet.
public struct StepForecast: Hashable, Sendable, Codable {
    /// A step in all.
    public var seconds = 0.0
    /// Of these, what the caller waits for the disk.
    public var stalled = 0.0
    /// Put away in memory, bytes of a step.
    public var hostBytes = 0
    /// Put away on the disk, bytes of a step.
    public var fileBytes = 0

    /// The share of a step that is spent waiting.
    public var stall: Double { seconds > 0 ? stalled / seconds : 0 }

    /// - Parameters:
    ///   - tiers: of the program's slots.
    ///   - attended: pairs of events of which one sees the other; by default those of one history.
    public init(
        _ program: StepProgram, tiers: [TensorStore.Tier], on machine: MachineProfile, attended: Double? = nil
    ) {
        let events = Double(program.extent.events)
        let costs = NodeCosts(
            graph: program.graph, machine: machine, attended: attended ?? events * (events + 1) / 2)
        var diskFree = 0.0
        var done = Array(repeating: 0.0, count: program.slots.count)
        func transfer(_ slot: Int, rate: Double) {
            let bytes = program.slots[slot].bytes
            if tiers[slot] == .host {
                seconds += Double(bytes) / machine.copyRate
                done[slot] = seconds
            } else {
                diskFree = max(diskFree, seconds) + Double(bytes) / rate
                done[slot] = diskFree
            }
        }
        for instruction in program.forth + program.back {
            switch instruction {
            case .compute(let call): seconds += costs.seconds(call)
            case .clear(_, let bytes): seconds += Double(bytes) / machine.copyRate
            case .store(let slot, _, _): transfer(slot, rate: machine.writeRate)
            case .load(let slot, _, _): transfer(slot, rate: machine.readRate)
            case .wait(let slot, _):
                stalled += max(0, done[slot] - seconds)
                seconds = max(seconds, done[slot])
            }
        }
        for (slot, tier) in zip(program.slots, tiers) {
            if tier == .host { hostBytes += slot.bytes } else { fileBytes += slot.bytes }
        }
    }
}

/// Seconds of a node's calls.
///
/// Products run at the machine's rate; attention at the shares of it that the benchmark of Kernels shows; everything else
/// goes through memory.
struct NodeCosts {
    /// Of a product's rate, there and back.
    private static let attentionShares = (forth: 0.68, back: 0.75)

    let graph: StepGraph
    let machine: MachineProfile
    let attended: Double

    func seconds(_ call: StepProgram.Call) -> Double {
        let node = graph.nodes[call.node]
        let rows = Double(call.rows.count)
        let width = Double(graph.tensors[node.result].columns)
        switch node.operation {
        case .linear:
            let operations = 2 * rows * width * Double(graph.tensors[node.reads[0]].columns)
            return operations * (call.isForward ? 1 : 2) / machine.productRate
        case .attention:
            let operations = 4 * attended * width
            return call.isForward
                ? operations / (machine.productRate * Self.attentionShares.forth)
                : 2.5 * operations / (machine.productRate * Self.attentionShares.back)
        case .embedding, .timeGap, .sum, .layerNorm, .gelu, .dropout, .selection, .crossEntropy, .copyToRanks,
            .sumOverRanks:
            let widest = node.reads.reduce(width) { max($0, Double(graph.tensors[$1].columns)) }
            return 8 * rows * widest / machine.copyRate
        }
    }
}
