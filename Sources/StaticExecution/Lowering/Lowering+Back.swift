internal import Kernels

/// The way back.
extension Lowering {
    mutating func goBack() {
        for output in graph.outputs {
            let gradient = whole(of: output, " gradient")
            // Whoever has read the output writes it before the way back begins.
            wholes[gradient].first = turn - 1
            gradients[output] = gradient
            hasGradient.insert(output)
        }
        for stage in stages.all.indices.reversed() {
            if let mixer = stages.all[stage].mixer { goBack(mixer: mixer, after: stage) }
            if !stages.all[stage].nodes.isEmpty { goBack(stage: stage) }
        }
        if let parameterGradients { moments[turn].before.insert(.clear(buffer: parameterGradients), at: 0) }
    }

    /// A tensor on the way back: where it stayed, or where it is fetched to, from now on.
    mutating func valueBack(_ tensor: Int, _ moment: inout Moment) -> Int {
        if let buffer = returned[tensor] {
            touch(buffer)
            return buffer
        }
        guard let buffer = values[tensor] else {
            preconditionFailure("\(graph.tensors[tensor].name) was there as a whole")
        }
        guard let slot = slotOfValue[tensor] else {
            touch(buffer)
            returned[tensor] = buffer
            return buffer
        }
        let fetched = whole(of: tensor, " again")
        fetch(slot, into: fetched, for: &moment)
        returned[tensor] = fetched
        return fetched
    }

    /// Has a slot fetched for a moment that is being made, perhaps from the one before on.
    mutating func fetch(_ slot: Int, into buffer: Int, for moment: inout Moment) {
        begin([.load(slot: slot, buffer: buffer, offset: 0)], into: buffer, for: &moment)
        moment.before.append(.wait(slot: slot))
    }

    mutating func goBack(stage: Int) {
        let space = stages.all[stage].space
        let saved = savedChunks(stage)
        let before = hasGradient
        if saved > 0 { passBack(stage, chunks: 0..<saved, isSaved: true) }
        let after = hasGradient
        hasGradient = saved > 0 ? before : hasGradient
        passBack(stage, chunks: saved..<chunks(space), isSaved: false)
        hasGradient.formUnion(after)
    }

    mutating func passBack(_ stage: Int, chunks: Range<Int>, isSaved: Bool) {
        guard !chunks.isEmpty else { return }
        var moment = Moment(
            name: "backward \(stage)" + (isSaved ? " saved" : ""), space: stages.all[stage].space, chunks: chunks)
        var available = stages.kept
        var places: [Int: Place] = [:]
        if isSaved, let (records, offsets) = records[stage] {
            moment.records = records
            for (tensor, offset) in offsets { places[tensor] = .record(offset: offset) }
            available.formUnion(offsets.keys)
            fetchFirstRecords(records, chunks: chunks, &moment)
        }
        let nodes = stages.nodes(making: stages.needs(stage), of: stage, from: available)
        var back: [Int: Int] = [:]
        let useful = stages.all[stage].nodes.filter { stages.isUseful($0) }
        let read = nodes.flatMap { graph.nodes[$0].reads } + useful.flatMap { graph.nodes[$0].needs }
        for tensor in Set(read).intersection(stages.kept).sorted() { back[tensor] = valueBack(tensor, &moment) }
        for node in nodes { compute(node, &moment, &places, wholes: back) }
        var local: [Int: Place] = [:]
        for node in useful.reversed() { differentiate(node, &moment, places, &local, wholes: back) }
        append(moment)
    }

    mutating func fetchFirstRecords(_ records: Records, chunks: Range<Int>, _ moment: inout Moment) {
        guard case .ring(let buffer, let stride, let count, let firstSlot) = records else { return }
        // Another buffer than on the way there: that has been free in between.
        let again = whole(wholes[buffer].name + " again", bytes: wholes[buffer].bytes)
        moment.records = .ring(buffer: again, stride: stride, count: count, firstSlot: firstSlot)
        let loads = chunks.prefix(count).map { chunk in
            Moment.Action.load(slot: firstSlot + chunk, buffer: again, offset: chunk % count * stride)
        }
        begin(loads, into: again, for: &moment)
    }

    /// Has loads begin for a moment that is being made: with it, or one moment before.
    mutating func begin(_ loads: [Moment.Action], into buffer: Int, for moment: inout Moment) {
        touch(buffer)
        guard policy.hoists, moments.count >= turn else { return moment.before += loads }
        wholes[buffer].first = min(wholes[buffer].first, moments.count - 1)
        if moments.count > turn {
            moments[moments.count - 1].before += loads
        } else {
            // Whoever reads the outputs takes his time before the way back.
            moments[moments.count - 1].after += loads
        }
    }

    /// Adds a node's way back, on the chunk's rows.
    mutating func differentiate(
        _ node: Int, _ moment: inout Moment, _ places: [Int: Place], _ local: inout [Int: Place], wholes: [Int: Int]
    ) {
        let value = graph.nodes[node]
        let rows = chunkRows(moment.space)
        var call = SymbolicCall(node: node, isForward: false)
        func place(_ tensor: Int) -> Place? {
            places[tensor] ?? wholes[tensor].map { .whole(buffer: $0, columns: graph.tensors[tensor].columns) }
        }
        call.reads = value.reads.map { value.needs.contains($0) ? place($0) : nil }
        call.results = value.results.map { value.needs.contains($0) ? place($0) : nil }
        if !value.isLoss {
            guard let gradient = gradientPlace(value.result, local) else {
                preconditionFailure("the gradient of \(graph.tensors[value.result].name) is there")
            }
            call.resultGradient = gradient
        }
        call.scratch = scratch(value, &moment)
        for tensor in value.reads {
            guard graph.tensors[tensor].isLearned else {
                call.targets.append(nil)
                continue
            }
            var target = SymbolicCall.Target(
                place: gradientTarget(tensor, &moment, &local, rows: rows), adds: hasGradient.contains(tensor))
            if target.adds && value.computesBeforeAdding {
                target.temporary = moment.local(bytes: bytes(tensor, rows: rows))
            }
            hasGradient.insert(tensor)
            call.targets.append(target)
        }
        moment.add(call)
    }

    mutating func gradientPlace(_ tensor: Int, _ local: [Int: Place]) -> Place? {
        if let buffer = gradients[tensor] {
            touch(buffer)
            return .whole(buffer: buffer, columns: graph.tensors[tensor].columns)
        }
        return local[tensor]
    }

    mutating func gradientTarget(
        _ tensor: Int, _ moment: inout Moment, _ local: inout [Int: Place], rows: Int
    ) -> Place {
        if let place = gradientPlace(tensor, local) { return place }
        let stage = stages.home[tensor]
        if stages.isGiven(tensor) || stages.streams.contains(tensor) || tensor == stages.mixed(stage) {
            gradients[tensor] = whole(of: tensor, " gradient")
            return gradientPlace(tensor, local)!  // it has just been made
        }
        let place = moment.local(bytes: bytes(tensor, rows: rows))
        local[tensor] = place
        return place
    }

    mutating func goBack(mixer: Int, after stage: Int) {
        let node = graph.nodes[mixer]
        let source = node.reads[0]
        guard graph.tensors[source].isLearned else { return }
        var moment = Moment(
            name: "backward \(graph.tensors[node.result].name)", space: .events, chunks: 0..<1, isMixer: true)
        var call = SymbolicCall(node: mixer, isForward: false)
        if case .attention = node.operation {
            let queries = mixedBack(source, stage, &moment)
            call.reads = [.whole(buffer: queries, columns: graph.tensors[source].columns)]
            call.results = node.results.map {
                .whole(buffer: valueBack($0, &moment), columns: graph.tensors[$0].columns)
            }
            call.scratch = moment.local(bytes: 4 * CausalAttention.backwardScratchCount())
        } else {
            call.reads = [nil]
            call.results = [nil]
        }
        guard let gradient = gradients[node.result] else {
            preconditionFailure("the gradient of \(graph.tensors[node.result].name) is there")
        }
        touch(gradient)
        call.resultGradient = .whole(buffer: gradient, columns: graph.tensors[node.result].columns)
        if gradients[source] == nil {
            let buffer = whole(of: source, " gradient")
            gradients[source] = buffer
            moment.before.append(.clear(buffer: buffer))
        }
        hasGradient.insert(source)
        let target = gradients[source]!  // made above
        touch(target)
        call.targets = [
            .init(place: .whole(buffer: target, columns: graph.tensors[source].columns), adds: true)
        ]
        moment.add(call)
        append(moment)
    }

    /// What a mixer reads, on the way back: kept, fetched, or computed again from the layer's input.
    mutating func mixedBack(_ tensor: Int, _ stage: Int, _ moment: inout Moment) -> Int {
        if stages.isGiven(tensor) || stages.streams.contains(tensor) { return valueBack(tensor, &moment) }
        let space = stages.all[stage].space
        let (saved, all) = (savedChunks(stage), chunks(space))
        if saved == all && !isSwapped(stage) { return valueBack(tensor, &moment) }
        let again = whole(of: tensor, " again")
        let fetched = isSwapped(stage) ? saved : 0
        if fetched < all {
            var refill = Moment(name: "refill \(stage)", space: space, chunks: fetched..<all)
            let nodes = stages.nodes(making: [tensor], of: stage, from: stages.kept)
            var back: [Int: Int] = [:]
            for read in Set(nodes.flatMap { graph.nodes[$0].reads }).intersection(stages.kept).sorted() {
                back[read] = valueBack(read, &refill)
            }
            touch(again)
            var places: [Int: Place] = [tensor: .whole(buffer: again, columns: graph.tensors[tensor].columns)]
            for node in nodes { compute(node, &refill, &places, wholes: back) }
            append(refill)
        }
        if fetched > 0, let slot = slotOfValue[tensor] { fetch(slot, into: again, for: &moment) }
        touch(again)
        return again
    }
}

extension Node {
    /// Whether its way back writes the gradient of what it reads, and cannot add it to what is there.
    fileprivate var computesBeforeAdding: Bool {
        switch operation {
        case .linear, .layerNorm, .gelu, .dropout, .crossEntropy: true
        case .embedding, .timeGap, .sum, .attention, .selection, .copyToRanks, .sumOverRanks: false
        }
    }
}
