internal import Kernels

/// The way there.
extension Lowering {
    mutating func goForth() {
        for (index, stage) in stages.all.enumerated() {
            if !isFused(index) && !stage.nodes.isEmpty { goForth(stage: index) }
            if let mixer = stage.mixer { goForth(mixer: mixer, after: index) }
        }
    }

    mutating func goForth(stage: Int) {
        let space = stages.all[stage].space
        var wanted = stages.streams.filter { stages.home[$0] == stage && !stages.isGiven($0) }
        wanted.formUnion(graph.outputs.filter { stages.home[$0] == stage && !stages.isGiven($0) })
        if let mixed = stages.mixed(stage), stages.home[mixed] == stage { wanted.insert(mixed) }
        for tensor in wanted.sorted() { values[tensor] = whole(of: tensor) }
        let saved = savedChunks(stage)
        if saved > 0 {
            let kept = stages.kept
            let recorded = stages.needs(stage).filter { !kept.contains($0) && stages.home[$0] == stage }
            addRecords(recorded.sorted(), of: stage, chunks: saved)
            pass(stage, making: wanted.union(recorded), chunks: 0..<saved, recording: recorded)
        }
        pass(stage, making: wanted, chunks: saved..<chunks(space), recording: [])
        for tensor in wanted.sorted() { putAway(tensor, stage: stage) }
    }

    /// One moment of a stage's way there.
    mutating func pass(_ stage: Int, making wanted: Set<Int>, chunks: Range<Int>, recording: Set<Int>) {
        guard !chunks.isEmpty else { return }
        let name = "forward \(stage)" + (recording.isEmpty ? "" : " saved")
        var moment = Moment(name: name, space: stages.all[stage].space, chunks: chunks)
        if !recording.isEmpty { (moment.records, moment.writesRecords) = (records[stage]?.records, true) }
        var places: [Int: Place] = [:]
        for tensor in recording { places[tensor] = records[stage]?.offsets[tensor].map { .record(offset: $0) } }
        for tensor in wanted where values[tensor] != nil { places[tensor] = wholePlace(tensor, values[tensor]) }
        let nodes = stages.nodes(making: wanted, of: stage, from: stages.kept.subtracting(wanted))
        for node in nodes { compute(node, &moment, &places, wholes: values) }
        append(moment)
    }

    /// Adds a node's way there, on the chunk's rows.
    mutating func compute(
        _ node: Int, _ moment: inout Moment, _ places: inout [Int: Place], wholes: [Int: Int]
    ) {
        let value = graph.nodes[node]
        let rows = chunkRows(moment.space)
        var call = SymbolicCall(node: node, isForward: true)
        call.reads = value.reads.map { tensor in
            places[tensor] ?? wholePlace(tensor, wholes[tensor])
        }
        call.results = value.results.map { tensor in
            let place = places[tensor] ?? moment.local(bytes: bytes(tensor, rows: rows))
            places[tensor] = place
            return place
        }
        call.scratch = scratch(value, &moment)
        moment.add(call)
    }

    mutating func wholePlace(_ tensor: Int, _ buffer: Int?) -> Place {
        guard let buffer else { preconditionFailure("\(graph.tensors[tensor].name) is there as a whole") }
        touch(buffer)
        return .whole(buffer: buffer, columns: graph.tensors[tensor].columns)
    }

    func scratch(_ node: Node, _ moment: inout Moment) -> Place? {
        switch node.operation {
        case .linear:
            let inputs = graph.tensors[node.reads[0]].columns
            let outputs = graph.tensors[node.result].columns
            return moment.local(bytes: 4 * Linear.scratchCount(inputs: inputs, outputs: outputs))
        case .embedding, .timeGap, .sum, .layerNorm, .gelu, .dropout, .selection, .crossEntropy, .attention,
            .copyToRanks, .sumOverRanks:
            return nil
        }
    }

    mutating func goForth(mixer: Int, after stage: Int) {
        let node = graph.nodes[mixer]
        var moment = Moment(
            name: "forward \(graph.tensors[node.result].name)", space: .events, chunks: 0..<1, isMixer: true)
        for tensor in node.results { values[tensor] = whole(of: tensor) }
        var call = SymbolicCall(node: mixer, isForward: true)
        call.reads = [wholePlace(node.reads[0], values[node.reads[0]])]
        call.results = node.results.map { wholePlace($0, values[$0]) }
        if case .attention = node.operation {
            call.scratch = moment.local(bytes: 4 * CausalAttention.forwardScratchCount())
        }
        moment.add(call)
        // Attention hides the writing of what it reads.
        if let slot = slotOfValue[node.reads[0]], !stages.streams.contains(node.reads[0]) {
            moment.after.append(.wait(slot: slot))
            pending.removeAll { $0.slot == slot }
        }
        waitForRecords(&moment)
        append(moment)
        for tensor in node.results { putAway(tensor, stage: stage) }
    }

    mutating func waitForRecords(_ moment: inout Moment) {
        guard let (slots, buffer) = pendingRecords else { return }
        moment.after += slots.map { .wait(slot: $0) }
        touch(buffer)
        pendingRecords = nil
    }
}

/// What is kept for the way back.
extension Lowering {
    mutating func addRecords(_ tensors: [Int], of stage: Int, chunks: Int) {
        let rows = chunkRows(stages.all[stage].space)
        var offsets: [Int: Int] = [:]
        var end = 0
        for tensor in tensors {
            offsets[tensor] = end
            end = (end + bytes(tensor, rows: rows)).roundedUp(to: 64)
        }
        let stride = max(1, end).roundedUp(to: 4096)
        guard isSwapped(stage) else {
            let buffer = whole("records \(stage)", bytes: stride * chunks)
            records[stage] = (.resident(buffer: buffer, stride: stride), offsets)
            return
        }
        let count = min(chunks, policy.ring)
        let buffer = whole("records \(stage) under way", bytes: stride * count)
        records[stage] = (.ring(buffer: buffer, stride: stride, count: count, firstSlot: slots.count), offsets)
        // The last ones are waited for when attention has been computed.
        pendingRecords = ((0..<chunks).suffix(count).map { slots.count + $0 }, buffer)
        slots += (0..<chunks).map { Slot(name: "record \(stage).\($0)", bytes: stride) }
    }

    /// Begins to put a whole tensor away, if its stage's are, and it is needed on the way back.
    mutating func putAway(_ tensor: Int, stage: Int) {
        guard isSwapped(stage), !graph.outputs.contains(tensor), let buffer = values[tensor] else { return }
        var bytes = wholes[buffer].bytes
        if tensor == stages.mixed(stage), !stages.streams.contains(tensor) {
            // A selection's way back does not look at what it selected from.
            guard stages.all[stage].mixer.map({ graph.nodes[$0].needs.contains(tensor) }) ?? false else { return }
            // Only the rows that are not computed again.
            let space = stages.all[stage].space
            bytes = min(bytes, self.bytes(tensor, rows: savedChunks(stage) * chunkRows(space)).roundedUp(to: 4096))
        }
        guard bytes > 0 else { return }
        slotOfValue[tensor] = slots.count
        slots.append(Slot(name: graph.tensors[tensor].name, bytes: bytes))
        moments[moments.count - 1].after.append(.store(slot: slots.count - 1, buffer: buffer))
        pending.append((slots.count - 1, buffer))
    }

    mutating func append(_ moment: Moment) {
        var moment = moment
        switch moment.records {
        case .resident(let buffer, _)?, .ring(let buffer, _, _, _)?: touch(buffer)
        case nil: break
        }
        for action in moment.before + moment.after {
            switch action {
            case .clear(let buffer), .store(_, let buffer), .load(_, let buffer, _): touch(buffer)
            case .wait: break
            }
        }
        if !moment.isMixer && turn == 0 {
            // The next stage is the last to read, on the way there, what was kept before it.
            for (slot, buffer) in pending {
                moment.after.append(.wait(slot: slot))
                touch(buffer)
            }
            pending = []
        }
        moments.append(moment)
    }
}
