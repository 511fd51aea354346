/// Runs steps of one program in one arena, one after the other, without allocating anything.
///
/// Not thread-safe: a step belongs to one thread.
public final class StepExecutor {
    /// What it runs.
    public let program: StepProgram
    private let memory: StepMemory
    private let transfers: (any TensorTransfers)?
    private let sums: (any TensorSum)?
    /// What the present step has of what it may have.
    public private(set) var present: StepExtent
    private var seed: UInt64 = 0
    private var step: UInt32 = 0
    private var factor: Float = 1
    /// What each node's losses count; 1 of what is none.
    private let weights: UnsafeMutableBufferPointer<Float>
    private let placed: UnsafeMutableBufferPointer<PlacedParameter>
    /// The number of each history's first event in the whole step.
    private let numbers: UnsafeMutableBufferPointer<Int>
    private var losses = 0.0

    /// A parameter's numbers; `nil` where nobody has said where they are.
    struct PlacedParameter {
        var values: UnsafeMutablePointer<Float>?
        var gradients: UnsafeMutablePointer<Float>?
    }

    /// - Parameters:
    ///   - arena: ``StepProgram/arenaBytes`` bytes at least, from a multiple of 4096 on, which outlive it.
    ///   - work: ``StepProgram/workBytes`` bytes at least, from a multiple of 4096 on, which outlive it; `nil` where it takes none.
    ///   - transfers: with the program's slots; `nil` where it has none.
    ///   - sums: over the ranks that share the graph; `nil` where they do not.
    public init(
        _ program: StepProgram, arena: UnsafeMutableRawPointer, work: UnsafeMutableRawPointer? = nil,
        transfers: (any TensorTransfers)?, sums: (any TensorSum)? = nil
    ) {
        precondition(Int(bitPattern: arena) % 4096 == 0, "an arena begins with a page")
        precondition(Int(bitPattern: work) % 4096 == 0, "memory for work begins with a page")
        precondition(work != nil || program.workBytes == 0, "a program that works outside its arena has where to")
        precondition(transfers != nil || program.slots.isEmpty, "a program that puts tensors away has where to")
        precondition(
            sums != nil || !program.graph.nodes.contains(where: \.isShared), "ranks that share a graph have a sum")
        (self.program, self.transfers, self.sums) = (program, transfers, sums)
        memory = StepMemory(arena: arena, arenaBytes: program.arenaBytes, work: work ?? arena + program.arenaBytes)
        present = program.extent
        weights = .allocate(capacity: program.graph.nodes.count)
        weights.initialize(repeating: 1)
        placed = .allocate(capacity: program.graph.parameters.count)
        placed.initialize(repeating: PlacedParameter())
        numbers = .allocate(capacity: program.extent.histories)
        numbers.initialize(repeating: 0)
        if program.parameters != nil {
            place(
                placed.indices, values: parameters.baseAddress,
                gradients: program.isTraining ? parameterGradients.baseAddress : nil)
        }
    }

    deinit {
        weights.deallocate()
        placed.deallocate()
        numbers.deallocate()
    }

    // MARK: What goes in and comes out

    /// All parameters, in the graph's order and at its offsets; traps where they are outside.
    public var parameters: UnsafeMutableBufferPointer<Float> {
        guard let address = program.parameters else { preconditionFailure("parameters in the arena") }
        return floats(address, count: program.graph.parameterCount)
    }

    /// Their gradients, after a way back.
    public var parameterGradients: UnsafeMutableBufferPointer<Float> {
        guard let address = program.parameterGradients else { preconditionFailure("gradients in the arena") }
        return floats(address, count: program.graph.parameterCount)
    }

    /// Asked for a parameter that has no place, when a step first needs it; what it throws ends the step.
    public var provide: ((_ parameter: Int) throws -> Void)?

    /// From now on no parameter has a place: the next step asks for each anew. Only of a program whose parameters lie outside.
    public func forgetPlaces() {
        precondition(program.parameters == nil, "parameters outside the arena")
        placed.update(repeating: PlacedParameter())
    }

    /// Says where some parameters lie, from now on and until something else is said: one after the other, as far apart as in the
    /// graph's vector.
    ///
    /// - Parameters:
    ///   - values: of the first of them.
    ///   - gradients: of the first of them, to be added to; they may be elsewhere, or `nil` before the way back.
    public func place(
        _ parameters: Range<Int>, values: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>?
    ) {
        guard let first = parameters.first else { return }
        for parameter in parameters {
            let distance = program.graph.parameters[parameter].offset - program.graph.parameters[first].offset
            placed[parameter] = .init(values: values.map { $0 + distance }, gradients: gradients.map { $0 + distance })
        }
    }

    /// An input's rows, to be written before a step; traps on a tensor that is none.
    public func input(_ tensor: StepGraph.TensorID) -> UnsafeMutableBufferPointer<Float> {
        guard let address = program.inputs[tensor] else { preconditionFailure("a tensor that is given") }
        return floats(address, count: rows(tensor) * program.graph.tensors[tensor].columns)
    }

    /// The gradient of an input that is learned outside, after a way back; traps on a tensor that is none.
    public func inputGradient(_ tensor: StepGraph.TensorID) -> UnsafeBufferPointer<Float> {
        guard let address = program.inputGradients[tensor] else { preconditionFailure("an input that is learned") }
        return UnsafeBufferPointer(floats(address, count: rows(tensor) * program.graph.tensors[tensor].columns))
    }

    /// An index's rows, to be written before a step.
    public func index(_ index: Int) -> UnsafeMutableBufferPointer<Int32> {
        let count = program.extent.rows(program.graph.indices[index].space)
        return UnsafeMutableBufferPointer(
            start: memory[program.indices[index]].assumingMemoryBound(to: Int32.self), count: count)
    }

    /// An output's rows, after the way there.
    public func output(_ tensor: StepGraph.TensorID) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(floats(outputs(tensor).value, count: rows(tensor) * program.graph.tensors[tensor].columns))
    }

    /// Its gradient's rows, to be written between the way there and the way back.
    public func outputGradient(_ tensor: StepGraph.TensorID) -> UnsafeMutableBufferPointer<Float> {
        precondition(program.isTraining, "a step that learns has gradients")
        return floats(outputs(tensor).gradient, count: rows(tensor) * program.graph.tensors[tensor].columns)
    }

    private func outputs(_ tensor: Int) -> StepProgram.Output {
        guard let output = program.outputs[tensor] else { preconditionFailure("a tensor that is an output") }
        return output
    }

    private func rows(_ tensor: Int) -> Int { program.extent.rows(program.graph.tensors[tensor].space) }

    private func floats(_ address: Int, count: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: memory[address].assumingMemoryBound(to: Float.self), count: count)
    }

    /// Says which events are whose: history h has events `starts[h] ..< starts[h + 1]`.
    ///
    /// - Parameters:
    ///   - starts: ascending from 0; one more than there are histories.
    ///   - numbers: of a step that is a part of a larger one, the number of each history's first event there, which dropout's
    ///     masks follow from; `nil`: it is all there is.
    ///   - readouts: how many rows are selected.
    public func begin(histories starts: some Collection<Int>, numbered numbers: [Int]? = nil, readouts: Int = 0) {
        let extent = program.extent
        precondition(starts.count > 1 && starts.count <= extent.histories + 1, "as many histories as there is room for")
        precondition(readouts <= extent.readouts, "as many readouts as there is room for")
        let target = memory[program.histories].assumingMemoryBound(to: Int32.self)
        var last = 0
        for (place, start) in starts.enumerated() {
            precondition(place == 0 ? start == 0 : start >= last, "one history after the other")
            target[place] = Int32(start)
            last = start
        }
        precondition(last > 0 && last <= extent.events, "as many events as there is room for")
        precondition(numbers.map { $0.count == starts.count - 1 } ?? true, "a number a history")
        for (place, start) in starts.dropLast().enumerated() { self.numbers[place] = numbers?[place] ?? start }
        present = StepExtent(events: last, histories: starts.count - 1, readouts: readouts)
    }

    // MARK: Steps

    /// The way there.
    ///
    /// - Parameters:
    ///   - seed: of the dropouts' masks in the whole training.
    ///   - step: another for each step.
    /// - Throws: what the transfers throw.
    public func forward(seed: UInt64 = 0, step: UInt32 = 0) throws {
        (self.seed, self.step) = (seed, step)
        for instruction in program.forth { try carryOut(instruction) }
    }

    /// Says how much the losses against some labels count for gradients, from now on; 1 if nothing is said.
    ///
    /// - Parameter labels: The index of these labels.
    public func weigh(lossAgainst labels: Int, by weight: Float) {
        for (place, node) in program.graph.nodes.enumerated() where node.isLoss && node.index == labels {
            weights[place] = weight
        }
    }

    /// The way back, after a way there; parameters do not change.
    ///
    /// - Parameter factor: What the sum of the rows' losses is multiplied by for gradients, beside their weights: one over
    ///   their number for the mean.
    /// - Returns: the sum of all losses of all rows, none weighed.
    /// - Throws: what the transfers throw.
    @discardableResult
    public func backward(factor: Float = 1) throws -> Double {
        precondition(program.isTraining, "a step that learns")
        (self.factor, losses) = (factor, 0)
        for instruction in program.back { try carryOut(instruction) }
        return losses
    }

    private func carryOut(_ instruction: StepProgram.Instruction) throws {
        switch instruction {
        case .compute(let call): try compute(call)
        case .clear(let address, let bytes):
            memory[address].initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        case .store(let slot, let address, let firstRow):
            if firstRow < present.events { transfers?.store(slot, from: memory[address]) }
        case .load(let slot, let address, let firstRow):
            if firstRow < present.events { transfers?.load(slot, into: memory[address]) }
        case .wait(let slot, let firstRow):
            if firstRow < present.events { try transfers?.wait(slot) }
        }
    }

    private func compute(_ call: StepProgram.Call) throws {
        let node = program.graph.nodes[call.node]
        let all = present.rows(
            program.graph.tensors[node.isRowwise ? node.result : node.reads.first ?? node.result].space)
        let count = min(call.rows.upperBound, all) - call.rows.lowerBound
        guard count > 0 else { return }
        for parameter in node.parameters where placed[parameter].values == nil { try provide?(parameter) }
        let kernel = KernelCall(
            node: node, graph: program.graph, call: call, rows: 0..<count, memory: memory,
            parameters: placed,
            index: node.index.map { index in
                UnsafePointer(memory[program.indices[index]].assumingMemoryBound(to: Int32.self))
                    + (node.isRowwise ? call.rows.lowerBound : 0)
            },
            histories: UnsafePointer(memory[program.histories].assumingMemoryBound(to: Int32.self)),
            numbers: numbers, present: present, seed: seed, step: step, factor: factor * weights[call.node], sums: sums)
        if call.isForward {
            losses += try kernel.forward()
        } else {
            try kernel.backward()
        }
    }
}

/// The memory of a step, by address: the arena's, and from its end on that for work.
struct StepMemory {
    let arena: UnsafeMutableRawPointer
    let arenaBytes: Int
    let work: UnsafeMutableRawPointer

    subscript(_ address: Int) -> UnsafeMutableRawPointer {
        address < arenaBytes ? arena + address : work + (address - arenaBytes)
    }
}
