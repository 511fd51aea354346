internal import Kernels

/// One call of a kernel, with pointers to the first of its rows.
struct KernelCall {
    let node: Node
    let graph: StepGraph
    let call: StepProgram.Call
    let rows: Range<Int>
    let memory: StepMemory
    let parameters: UnsafeMutableBufferPointer<StepExecutor.PlacedParameter>
    let index: IndexSlice?
    let histories: IndexSlice
    /// The number of each history's first event in the whole step.
    let numbers: UnsafeMutableBufferPointer<Int>
    let present: StepExtent
    let seed: UInt64
    let step: UInt32
    let factor: Float
    let sums: (any TensorSum)?

    private func slice(_ address: Int) -> OutputSlice { memory[address].assumingMemoryBound(to: Float.self) }
    private func read(_ place: Int) -> InputSlice { InputSlice(slice(call.reads[place])) }
    private func result(_ place: Int) -> OutputSlice { slice(call.results[place]) }
    private func parameter(_ place: Int) -> InputSlice {
        guard let values = parameters[node.parameters[place]].values else {
            preconditionFailure("a parameter has a place")
        }
        return InputSlice(values)
    }
    private func parameterGradient(_ place: Int) -> OutputSlice {
        guard let gradients = parameters[node.parameters[place]].gradients else {
            preconditionFailure("what is learned has a place for its gradient")
        }
        return gradients
    }
    private func columns(_ tensor: Int) -> Int { graph.tensors[tensor].columns }
    private var width: Int { columns(node.result) }
    private var inputs: Int { columns(node.reads[0]) }
    private var indices: IndexSlice {
        guard let index else { preconditionFailure("a node by index has one") }
        return index
    }
    private var resultGradient: InputSlice { InputSlice(slice(call.resultGradient)) }

    /// The way there.
    ///
    /// - Returns: the sum of the rows' losses, where it is a loss; else 0.
    /// - Throws: what sums over ranks throw.
    func forward() throws -> Double {
        switch node.operation {
        case .embedding:
            table.gather(parameter(0), indices, into: result(0), rows: rows)
        case .linear:
            Linear(inputs: inputs, outputs: width).forward(
                read(0), weights: parameter(0), bias: hasBias ? parameter(1) : nil, into: result(0), rows: rows,
                scratch: slice(call.scratch))
        case .timeGap(let unit):
            TimeGap(columns: width, unit: unit).forward(
                read(0), gaps: read(1), weights: parameter(0), bias: parameter(1), into: result(0), rows: rows)
        case .sum:
            Residual.forward(read(0), read(1), into: result(0), rows: rows, columns: width)
        case .layerNorm:
            LayerNorm(columns: width).forward(
                read(0), gain: parameter(0), bias: parameter(1), into: result(0), statistics: result(1), rows: rows)
        case .gelu:
            Gelu.forward(read(0), into: result(0), rows: rows, columns: width)
        case .dropout(let rate, let place):
            dropOut(rate, place, read(0), into: result(0))
        case .copyToRanks:
            result(0).update(from: read(0), count: rows.count * width)
        case .sumOverRanks:
            result(0).update(from: read(0), count: rows.count * width)
            try sum(result(0))
            for row in rows {
                Residual.forward(
                    InputSlice(result(0) + row * width), parameter(0), into: result(0) + row * width, rows: 0..<1,
                    columns: width)
            }
        case .attention(let heads):
            attend(heads)
        case .selection:
            for readout in 0..<present.readouts {
                (result(0) + readout * width).update(from: read(0) + event(readout) * width, count: width)
            }
        case .crossEntropy:
            SoftmaxCrossEntropy(classes: inputs).forward(
                read(0), labels: indices, into: result(0), logSums: result(1), rows: rows)
            return rows.reduce(0) { $0 + Double(result(0)[$1]) }
        }
        return 0
    }

    private var table: Embedding {
        Embedding(count: graph.parameters[node.parameters[0]].rows, columns: width)
    }

    private var hasBias: Bool { node.parameters.count > 1 }

    /// Dropout of the rows, there or back: by their numbers in the whole step.
    private func dropOut(_ rate: Float, _ place: UInt32, _ x: InputSlice, into y: OutputSlice) {
        let dropout = Dropout(seed: seed, layer: place, rate: rate)
        func dropOut(_ part: Range<Int>, number: Int) {
            let start = (part.lowerBound - call.rows.lowerBound) * width
            dropout.forward(
                x + start, into: y + start, rows: number..<number + part.count, firstRow: number, columns: width,
                step: step)
        }
        let all = call.rows.lowerBound..<call.rows.lowerBound + rows.count
        guard graph.tensors[node.result].space == .events else { return dropOut(all, number: all.lowerBound) }
        eachHistory { history, first, events in
            let part = (first..<first + events).clamped(to: all)
            if !part.isEmpty { dropOut(part, number: numbers[history] + part.lowerBound - first) }
        }
    }

    /// Sums the rows over the ranks, where they are.
    private func sum(_ values: OutputSlice) throws {
        try sums?.sum(UnsafeMutableBufferPointer(start: values, count: rows.count * width))
    }

    private func event(_ readout: Int) -> Int {
        let event = Int(indices[readout])
        precondition(event >= 0 && event < present.events, "a readout is at an event")
        return event
    }

    /// Each history's events, and what of them precedes it in the rows of all.
    private func eachHistory(_ body: (_ history: Int, _ first: Int, _ events: Int) -> Void) {
        for history in 0..<present.histories {
            let first = Int(histories[history])
            let events = Int(histories[history + 1]) - first
            if events > 0 { body(history, first, events) }
        }
    }

    private func attend(_ heads: Int) {
        let attention = CausalAttention(heads: heads, dimension: width / heads, stride: 3 * width)
        eachHistory { _, first, events in
            let queries = read(0) + first * 3 * width
            attention.forward(
                queries, queries + width, queries + 2 * width, into: result(0) + first * width,
                logSums: result(1) + first * heads, events: events, rows: 0..<events, scratch: slice(call.scratch))
        }
    }
}

// MARK: The way back

extension KernelCall {
    /// Gradients of what the node reads, and those of its parameters, which are added.
    ///
    /// - Throws: what sums over ranks throw.
    func backward() throws {
        switch node.operation {
        case .embedding:
            table.scatterAdd(resultGradient, indices, addingTo: parameterGradient(0), rows: rows)
        case .linear:
            let linear = Linear(inputs: inputs, outputs: width)
            linear.addParameterGradients(
                read(0), resultGradient, weightGradient: parameterGradient(0),
                biasGradient: hasBias ? parameterGradient(1) : nil, rows: rows, scratch: slice(call.scratch))
            give(0) {
                linear.inputGradient(
                    resultGradient, weights: parameter(0), into: $0, rows: rows, scratch: slice(call.scratch))
            }
        case .timeGap(let unit):
            TimeGap(columns: width, unit: unit).addParameterGradients(
                resultGradient, gaps: read(1), weightGradient: parameterGradient(0),
                biasGradient: parameterGradient(1), rows: rows)
            pass(to: 0)
        case .sum:
            pass(to: 0)
            pass(to: 1)
        case .layerNorm:
            give(0) {
                LayerNorm(columns: width).backward(
                    resultGradient, x: read(0), gain: parameter(0), statistics: InputSlice(result(1)), into: $0,
                    gainGradient: parameterGradient(0), biasGradient: parameterGradient(1), rows: rows)
            }
        case .gelu:
            give(0) { Gelu.backward(resultGradient, x: read(0), into: $0, rows: rows, columns: width) }
        case .dropout(let rate, let place):
            give(0) { dropOut(rate, place, resultGradient, into: $0) }
        case .copyToRanks:
            // Nobody reads the result's own gradient any more: it is summed where it is.
            try sum(slice(call.resultGradient))
            pass(to: 0)
        case .sumOverRanks:
            for row in rows {
                Residual.backward(
                    resultGradient + row * width, addingTo: parameterGradient(0), rows: 0..<1, columns: width)
            }
            pass(to: 0)
        case .attention(let heads):
            returnAttention(heads)
        case .selection:
            for readout in 0..<present.readouts {
                Residual.backward(
                    resultGradient + readout * width, addingTo: target(0) + event(readout) * width, rows: 0..<1,
                    columns: width)
            }
        case .crossEntropy:
            give(0) {
                SoftmaxCrossEntropy(classes: inputs).backward(
                    read(0), labels: indices, logSums: InputSlice(result(1)), factor: factor, into: $0, rows: rows)
            }
        }
    }

    private func target(_ place: Int) -> OutputSlice { slice(call.targets[place].address) }

    /// Computes the gradient of what is read: into its place, or beside it and then added.
    private func give(_ place: Int, _ compute: (OutputSlice) -> Void) {
        let target = call.targets[place]
        guard target.address >= 0 else { return }
        guard target.adds else { return compute(slice(target.address)) }
        compute(slice(target.temporary))
        Residual.backward(
            InputSlice(slice(target.temporary)), addingTo: slice(target.address), rows: rows,
            columns: columns(node.reads[place]))
    }

    /// Hands the result's gradient on as it is.
    private func pass(to place: Int) {
        let target = call.targets[place]
        guard target.address >= 0 else { return }
        if target.adds {
            Residual.backward(resultGradient, addingTo: slice(target.address), rows: rows, columns: width)
        } else {
            slice(target.address).update(from: resultGradient, count: rows.count * width)
        }
    }

    private func returnAttention(_ heads: Int) {
        let attention = CausalAttention(heads: heads, dimension: width / heads, stride: 3 * width)
        eachHistory { _, first, events in
            let (queries, gradients) = (read(0) + first * 3 * width, target(0) + first * 3 * width)
            attention.backward(
                resultGradient + first * width, queries, queries + width, queries + 2 * width,
                output: InputSlice(result(0)) + first * width, logSums: InputSlice(result(1)) + first * heads,
                queryGradient: gradients, keyGradient: gradients + width, valueGradient: gradients + 2 * width,
                events: events, rows: 0..<events, scratch: slice(call.scratch))
        }
    }
}
