/// A step's addresses, planned block by block and then for the whole.
public struct StepPlan: Hashable, Sendable {
    /// Each block's own arena, with offsets that all its uses share.
    public let blocks: [AllocationPlan]
    /// Where each use's arena starts in the step's.
    public let bases: [Int]
    /// The offsets of all buffers in the order of ``StepProblem/flat``: base + offset. Its lower bound is that of every
    /// plan, in blocks or not, so that `proven` says that blocks cost nothing.
    public let plan: AllocationPlan
}

extension AddressPlanner {
    /// Plans a step on two levels, as MEMO does: every block alone, then the step with an only buffer of the block's
    /// peak in place of each use. Identical layers are planned once and have the same offsets.
    ///
    /// A block's bytes lie together, which ``AllocationPlan/Certificate/peak`` may be larger for than that of
    /// ``planFlat(_:)``.
    ///
    /// - Throws: ``PlanningError`` if the step has a capacity and no plan within it was found.
    public func plan(_ step: StepProblem) throws(PlanningError) -> StepPlan {
        var blocks: [AllocationPlan] = []
        for problem in step.blockProblems { blocks.append(try plan(problem)) }
        // A block without buffers has no arena.
        let arenas = step.uses.indices.filter { blocks[step.uses[$0].block].certificate.peak > 0 }
        let whole = try plan(
            AllocationProblem(arenas.map { arena(of: $0, step, blocks) } + step.others, capacity: step.capacity))
        var bases = Array(repeating: 0, count: step.uses.count)
        for (place, use) in arenas.enumerated() { bases[use] = whole.offsets[place] }
        let offsets = step.uses.indices.flatMap { use in
            blocks[step.uses[use].block].offsets.map { bases[use] + $0 }
        }
        let bound = Timeline(step.flat.buffers).lowerBound(of: step.flat)
        return StepPlan(
            blocks: blocks, bases: bases,
            plan: AllocationPlan(
                offsets: offsets + whole.offsets.dropFirst(arenas.count),
                certificate: .init(peak: whole.certificate.peak, lowerBound: bound),
                steps: blocks.reduce(whole.steps) { $0 + $1.steps }))
    }

    /// Plans all buffers of a step at once; never worse than in blocks.
    ///
    /// - Throws: ``PlanningError`` if the step has a capacity and no plan within it was found.
    public func planFlat(_ step: StepProblem) throws(PlanningError) -> AllocationPlan {
        let blocks = try? plan(step)
        return try plan(step.flat, from: blocks?.plan.offsets)
    }

    private func arena(of use: Int, _ step: StepProblem, _ plans: [AllocationPlan]) -> Buffer {
        let (index, start) = (step.uses[use].block, step.uses[use].start)
        let block = step.blocks[index]
        // Of a name that no other buffer of the step can have, since they are checked to differ: its first one's.
        return Buffer(
            id: "\(block.name)#\(use)/\(block.buffers[0].id)", lower: start, upper: start + block.duration,
            size: plans[index].certificate.peak, alignment: block.buffers.reduce(1) { max($0, $1.alignment) })
    }
}
