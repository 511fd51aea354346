/// Lays a graph out in moments: what is computed when, on which rows, out of and into which buffers; no addresses yet.
struct Lowering {
    /// Whether a step learns.
    enum Purpose: Hashable, Sendable {
        /// There and back.
        case training
        /// There only, to the outputs.
        case inference
    }

    /// A buffer that lives longer than a chunk.
    struct Whole: Hashable {
        let name: String
        let bytes: Int
        /// From the beginning of the first moment to the end of the last.
        var first: Int
        var last: Int
    }

    /// Something that is put away.
    struct Slot: Hashable {
        let name: String
        let bytes: Int
    }

    let stages: Stages
    let extent: StepExtent
    let policy: StepPolicy
    let purpose: Purpose
    let parametersLie: ParameterPlace
    var moments: [Moment] = []
    var wholes: [Whole] = []
    var slots: [Slot] = []
    /// The first moment of the way back.
    var turn = 0
    /// Buffers that are there all the time.
    var parameters: Int?
    var parameterGradients: Int?
    var inputs: [Int: Int] = [:]
    /// Of those that are learned outside.
    var inputGradients: [Int: Int] = [:]
    var indices: [Int] = []
    var histories = 0
    /// Of outputs and their gradients.
    var outputs: [Int: (value: Int, gradient: Int?)] = [:]

    /// Tensors as wholes: on the way there, and on the way back.
    var values: [Int: Int] = [:]
    var slotOfValue: [Int: Int] = [:]
    /// Slots that are being written, with the buffers that have to stay until then.
    var pending: [(slot: Int, buffer: Int)] = []
    var pendingRecords: (slots: [Int], buffer: Int)?
    var returned: [Int: Int] = [:]
    var gradients: [Int: Int] = [:]
    var hasGradient: Set<Int> = []
    var records: [Int: (records: Records, offsets: [Int: Int])] = [:]

    var graph: StepGraph { stages.graph }

    init(
        _ graph: StepGraph, _ extent: StepExtent, _ policy: StepPolicy, _ purpose: Purpose,
        parameters place: ParameterPlace = .arena
    ) {
        stages = Stages(graph)
        (self.extent, self.policy, self.purpose, parametersLie) = (extent, policy, purpose, place)
        addPersistent()
        goForth()
        if let (slots, buffer) = pendingRecords { pending += slots.map { ($0, buffer) } }
        for (slot, buffer) in pending {
            moments[moments.count - 1].after.append(.wait(slot: slot))
            wholes[buffer].last = moments.count - 1
        }
        turn = moments.count
        if purpose == .training { goBack() }
        let last = moments.count - 1
        for buffer in persistent { (wholes[buffer].first, wholes[buffer].last) = (0, last) }
        for tensor in graph.outputs {
            guard let value = values[tensor] else { continue }
            outputs[tensor] = (value, gradients[tensor])
            for buffer in [value] + [gradients[tensor]].compactMap(\.self) { wholes[buffer].last = last }
        }
        for tensor in inputs.keys {
            guard let gradient = gradients[tensor] else { continue }
            inputGradients[tensor] = gradient
            wholes[gradient].last = last
        }
        for buffer in wholes.indices { wholes[buffer].last = max(wholes[buffer].first, wholes[buffer].last) }
    }

    /// Whether a buffer has to stay from the way there until the way back, or for who looks at it afterwards.
    func isKept(_ buffer: Int) -> Bool {
        wholes[buffer].first < turn && wholes[buffer].last >= turn || inputGradients.values.contains(buffer)
    }

    var persistent: [Int] {
        [parameters, parameterGradients].compactMap(\.self) + [histories] + inputs.values + indices
    }

    // MARK: Buffers

    mutating func whole(_ name: String, bytes: Int) -> Int {
        // Whole blocks of a disk's sectors: it may be put away.
        wholes.append(Whole(name: name, bytes: max(1, bytes).roundedUp(to: 4096), first: moments.count, last: 0))
        return wholes.count - 1
    }

    mutating func whole(of tensor: Int, _ suffix: String = "") -> Int {
        let tensor = graph.tensors[tensor]
        return whole(tensor.name + suffix, bytes: 4 * extent.rows(tensor.space) * tensor.columns)
    }

    mutating func addPersistent() {
        if parametersLie == .arena {
            parameters = whole("parameters", bytes: 4 * graph.parameterCount)
            if purpose == .training {
                parameterGradients = whole("parameter gradients", bytes: 4 * graph.parameterCount)
            }
        }
        histories = whole("histories", bytes: 4 * (extent.histories + 1))
        for (index, tensor) in graph.tensors.enumerated() where tensor.isInput {
            inputs[index] = whole(of: index)
        }
        values = inputs
        indices = graph.indices.map { index in whole(index.name, bytes: 4 * extent.rows(index.space)) }
    }

    /// Says that a buffer is used in the moment that is being made.
    mutating func touch(_ buffer: Int) { wholes[buffer].last = max(wholes[buffer].last, moments.count) }

    func isSwapped(_ stage: Int) -> Bool { purpose == .training && stage >= 0 && stage < policy.swapped }

    func bytes(_ tensor: Int, rows: Int) -> Int { 4 * rows * graph.tensors[tensor].columns }

    func chunkRows(_ space: StepGraph.Space) -> Int { policy.chunk(of: extent.rows(space)) }

    func chunks(_ space: StepGraph.Space) -> Int { policy.chunks(of: extent.rows(space)) }

    /// The last stage needs no way there of its own if it ends in losses: its way back computes them.
    func isFused(_ stage: Int) -> Bool {
        purpose == .training && stage == stages.all.count - 1
            && !graph.outputs.contains { stages.home[$0] == stage }
    }

    func savedChunks(_ stage: Int) -> Int {
        purpose == .training && !isFused(stage) ? policy.saved(of: extent.rows(stages.all[stage].space)) : 0
    }
}

extension Int {
    func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
