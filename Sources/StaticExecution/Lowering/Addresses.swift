internal import AddressPlanning

/// Gives the buffers of a lowering addresses, and its moments instructions.
///
/// On MEMO's two levels (arXiv 2407.12117, section 3.3): what lives within one chunk's calls is planned once for all
/// moments of the same shape, and takes one buffer in the plan of the whole step.
struct Addresses {
    let lowering: Lowering
    /// Of the arena.
    let problem: StepProblem
    let plan: StepPlan
    /// Of the memory for work, where that is another.
    let work: (problem: StepProblem, plan: StepPlan)?
    /// Of each buffer that lives longer than a chunk.
    private let wholes: [Int]
    /// Of each moment, where its own buffers begin, and of each of them its place from there.
    private let bases: [Int]
    private let locals: [[Int]]

    init(_ lowering: Lowering, _ planner: AddressPlanner, work place: WorkPlace) throws(PlanningError) {
        self.lowering = lowering
        var starts: [Int] = []
        var end = 0
        for moment in lowering.moments {
            starts.append(end)
            end += moment.duration
        }
        starts.append(end)
        var blocks: [StepProblem.Block] = []
        var known: [[Moment.Local]: Int] = [:]
        var uses: [StepProblem.Use] = []
        var useOfMoment: [Int?] = []
        for (index, moment) in lowering.moments.enumerated() {
            guard !moment.locals.isEmpty else {
                useOfMoment.append(nil)
                continue
            }
            let block = known[moment.locals] ?? blocks.count
            if block == blocks.count {
                known[moment.locals] = block
                blocks.append(
                    .init(
                        name: moment.name, duration: moment.duration,
                        buffers: moment.locals.enumerated().map { place, local in
                            Buffer(
                                id: "\(place)", lower: local.first, upper: local.last + 1,
                                size: max(1, local.bytes))
                        }))
            }
            useOfMoment.append(uses.count)
            uses.append(.init(block: block, start: starts[index]))
        }
        let others = lowering.wholes.enumerated().map { place, buffer in
            Buffer(
                id: "\(buffer.name) (\(place))", lower: starts[buffer.first], upper: starts[buffer.last + 1],
                size: buffer.bytes, alignment: 4096)
        }
        let kept = others.indices.filter { place == .arena || lowering.isKept($0) }
        let passing = others.indices.filter { place == .shared && !lowering.isKept($0) }
        var wholes = Array(repeating: 0, count: others.count)
        if place == .arena {
            problem = try StepProblem(blocks: blocks, uses: uses, others: others)
            plan = try planner.plan(problem)
            work = nil
        } else {
            problem = try StepProblem(blocks: [], uses: [], others: kept.map { others[$0] })
            plan = try planner.plan(problem)
            let working = try StepProblem(blocks: blocks, uses: uses, others: passing.map { others[$0] })
            work = (working, try planner.plan(working))
        }
        let (arena, laid, start) = (plan, work?.plan ?? plan, work == nil ? 0 : plan.plan.certificate.peak)
        for (buffer, offset) in zip(kept, arena.plan.offsets.suffix(kept.count)) { wholes[buffer] = offset }
        for (buffer, offset) in zip(passing, laid.plan.offsets.suffix(passing.count)) {
            wholes[buffer] = start + offset
        }
        self.wholes = wholes
        bases = useOfMoment.map { $0.map { start + laid.bases[$0] } ?? 0 }
        locals = useOfMoment.map { $0.map { laid.blocks[uses[$0].block].offsets } ?? [] }
    }

    /// Where a buffer lies that lives longer than a chunk.
    subscript(_ buffer: Int) -> Int { wholes[buffer] }

    /// What a moment does, chunk by chunk.
    func instructions(of index: Int) -> [StepProgram.Instruction] {
        let moment = lowering.moments[index]
        var result = moment.before.map { instruction($0) }
        let rows = lowering.extent.rows(moment.space)
        let size = moment.isMixer ? rows : lowering.policy.chunk(of: rows)
        for chunk in moment.chunks {
            let first = moment.isMixer ? 0 : chunk * size
            let part = first..<min(first + size, rows)
            result += transfersBefore(chunk, of: moment, firstRow: first)
            result += moment.calls.map { .compute(call($0, moment: index, chunk: chunk, rows: part)) }
            result += transfersAfter(chunk, of: moment, firstRow: first)
        }
        return result + moment.after.map { instruction($0) }
    }

    private func instruction(_ action: Moment.Action) -> StepProgram.Instruction {
        switch action {
        case .clear(let buffer): .clear(address: wholes[buffer], bytes: lowering.wholes[buffer].bytes)
        case .store(let slot, let buffer): .store(slot: slot, address: wholes[buffer], firstRow: 0)
        case .load(let slot, let buffer, let offset):
            .load(slot: slot, address: wholes[buffer] + offset, firstRow: firstRow(of: slot))
        case .wait(let slot): .wait(slot: slot, firstRow: firstRow(of: slot))
        }
    }

    /// The first row of a record's chunk; 0 for what is no record.
    private func firstRow(of slot: Int) -> Int {
        for moment in lowering.moments {
            guard case .ring(_, _, _, let firstSlot)? = moment.records, slot >= firstSlot else { continue }
            let chunk = slot - firstSlot
            if moment.chunks.contains(chunk) {
                return chunk * lowering.policy.chunk(of: lowering.extent.rows(moment.space))
            }
        }
        return 0
    }

    // A chunk's place in the ring is free when the chunk before it there has been put away.
    private func transfersBefore(_ chunk: Int, of moment: Moment, firstRow: Int) -> [StepProgram.Instruction] {
        guard case .ring(_, _, let count, let firstSlot)? = moment.records else { return [] }
        if !moment.writesRecords { return [.wait(slot: firstSlot + chunk, firstRow: firstRow)] }
        guard chunk - count >= moment.chunks.lowerBound else { return [] }
        return [.wait(slot: firstSlot + chunk - count, firstRow: firstRow - count * chunkRows(moment))]
    }

    private func transfersAfter(_ chunk: Int, of moment: Moment, firstRow: Int) -> [StepProgram.Instruction] {
        guard case .ring(let buffer, let stride, let count, let firstSlot)? = moment.records else { return [] }
        let address = wholes[buffer] + chunk % count * stride
        if moment.writesRecords { return [.store(slot: firstSlot + chunk, address: address, firstRow: firstRow)] }
        guard moment.chunks.contains(chunk + count) else { return [] }
        return [
            .load(
                slot: firstSlot + chunk + count, address: address, firstRow: firstRow + count * chunkRows(moment))
        ]
    }

    private func chunkRows(_ moment: Moment) -> Int {
        lowering.policy.chunk(of: lowering.extent.rows(moment.space))
    }

    private func call(
        _ call: SymbolicCall, moment: Int, chunk: Int, rows: Range<Int>
    ) -> StepProgram.Call {
        func address(_ place: Place?) -> Int {
            switch place {
            case nil: return -1
            case .whole(let buffer, let columns)?: return wholes[buffer] + 4 * rows.lowerBound * columns
            case .local(let index)?: return bases[moment] + locals[moment][index]
            case .record(let offset)?:
                switch lowering.moments[moment].records {
                case .resident(let buffer, let stride)?: return wholes[buffer] + chunk * stride + offset
                case .ring(let buffer, let stride, let count, _)?:
                    return wholes[buffer] + chunk % count * stride + offset
                case nil: preconditionFailure("a moment with records has said where they are")
                }
            }
        }
        return StepProgram.Call(
            node: call.node, isForward: call.isForward, rows: rows, reads: call.reads.map(address),
            results: call.results.map(address), resultGradient: address(call.resultGradient),
            targets: call.targets.map { target in
                .init(
                    address: address(target?.place), adds: target?.adds ?? false,
                    temporary: address(target?.temporary))
            }, scratch: address(call.scratch))
    }
}
