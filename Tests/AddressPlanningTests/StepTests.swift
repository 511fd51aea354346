import AddressPlanning
import Testing

@Suite struct StepTests {
    struct Trace: Sendable {
        let layers: Int
        let width: Int
        let tokens: Int
        /// What the allocator at run time reserves, in MiB, as the library's README says.
        let reserved: Int
    }

    /// max-live <= flat <= two levels <= allocator at run time.
    @Test(arguments: [
        Trace(layers: 2, width: 128, tokens: 512, reserved: 26),
        Trace(layers: 4, width: 192, tokens: 1000, reserved: 56),
        Trace(layers: 8, width: 256, tokens: 768, reserved: 56),
        Trace(layers: 12, width: 256, tokens: 1024, reserved: 64),
    ])
    func plansAreBetterThanAnAllocatorAtRunTime(trace: Trace) throws {
        let step = try TransformerStep(layers: trace.layers, width: trace.width, tokens: trace.tokens).problem()
        let planner = AddressPlanner(limits: .init(steps: 20_000))
        let (flat, levels) = (try planner.planFlat(step), try planner.plan(step))
        let caching = CachingAllocator.run(step.flat)
        try flat.check(against: step.flat)
        try levels.plan.check(against: step.flat)
        let maxLive = Oracle.maxLive(step.flat)
        #expect(maxLive <= flat.certificate.lowerBound)
        #expect(flat.certificate.lowerBound <= flat.certificate.peak)
        #expect(flat.certificate.peak <= levels.plan.certificate.peak)
        #expect(levels.plan.certificate.peak <= caching.allocated)
        #expect(caching.allocated < caching.reserved)
        #expect(caching.requested == maxLive)
        #expect(caching.reserved == trace.reserved << 20)
        #expect(levels.plan.certificate.proven)
    }

    /// Addresses are base + offset, the same in all uses of a block.
    @Test func usesOfABlockShareItsOffsets() throws {
        let step = try TransformerStep(layers: 3, width: 64, tokens: 96).problem()
        let plan = try AddressPlanner().plan(step)
        #expect(plan.blocks.count == 2)
        #expect(plan.bases.count == 6)
        var place = 0
        for (use, base) in zip(step.uses, plan.bases) {
            #expect(base % 64 == 0)
            for offset in plan.blocks[use.block].offsets {
                #expect(plan.plan.offsets[place] == base + offset)
                place += 1
            }
        }
        #expect(plan.plan.offsets.count == place + step.others.count)
        for (block, problem) in zip(plan.blocks, step.blocks) {
            try block.check(against: AllocationProblem(problem.buffers))
        }
    }

    @Test(arguments: 0..<25) func randomStepsKeepTheOrder(seed: UInt64) throws {
        var random = Numbers(seed)
        let blocks = (0..<Int.random(in: 1...3, using: &random)).map { index in
            let alignments = seed % 2 == 0 ? [1] : [1, 4, 16]
            let buffers = random.buffers(
                Int.random(in: 0...9, using: &random), duration: 6, largest: 30, alignments: alignments)
            return StepProblem.Block(name: "block\(index)", duration: 6, buffers: buffers)
        }
        let uses = (0..<6).map { _ in
            StepProblem.Use(
                block: Int.random(in: blocks.indices, using: &random), start: Int.random(in: 0...30, using: &random))
        }
        let step = try StepProblem(
            blocks: blocks, uses: uses, others: random.buffers(8, duration: 36, largest: 40))
        let planner = AddressPlanner(limits: .init(steps: 20_000))
        let (flat, levels) = (try planner.planFlat(step), try planner.plan(step))
        try flat.check(against: step.flat)
        try levels.plan.check(against: step.flat)
        #expect(Oracle.maxLive(step.flat) <= flat.certificate.peak)
        #expect(flat.certificate.peak <= levels.plan.certificate.peak)
    }

    /// Two uses at once have one block's hole at different moments: together they are flat where blocks cannot be.
    @Test func blocksCanCostMemory() throws {
        let block = StepProblem.Block(
            name: "b", duration: 2,
            buffers: [
                Buffer(id: "x", lower: 0, upper: 1, size: 10, alignment: 1),
                Buffer(id: "y", lower: 1, upper: 2, size: 2, alignment: 1),
            ])
        let step = try StepProblem(blocks: [block], uses: [.init(block: 0, start: 0), .init(block: 0, start: 1)])
        #expect(try AddressPlanner().planFlat(step).certificate == .init(peak: 12, lowerBound: 12))
        let levels = try AddressPlanner().plan(step)
        #expect(levels.plan.certificate == .init(peak: 20, lowerBound: 12))
        #expect(!levels.plan.certificate.proven)
        #expect(step.flat.buffers.map(\.id) == ["b#0/x", "b#0/y", "b#1/x", "b#1/y"])
        #expect(step.flat.buffers[3].lower == 2)
        let tight = try StepProblem(blocks: step.blocks, uses: step.uses, capacity: 12)
        #expect(try AddressPlanner().planFlat(tight).certificate.peak == 12)
        #expect(throws: PlanningError.doesNotFit(capacity: 12, lowerBound: 20)) { try AddressPlanner().plan(tight) }
    }

    @Test func badStepsAreNamed() throws {
        let late = StepProblem.Block(
            name: "b", duration: 2, buffers: [Buffer(id: "x", lower: 0, upper: 3, size: 1)])
        #expect(throws: PlanningError.outsideOfBlock(block: "b", buffer: "x", duration: 2)) {
            try StepProblem(blocks: [late], uses: [])
        }
        #expect(throws: PlanningError.tooLate(block: "b", start: .max - 1)) {
            let block = StepProblem.Block(name: "b", duration: 3, buffers: late.buffers)
            return try StepProblem(blocks: [block], uses: [.init(block: 0, start: .max - 1)])
        }
        #expect(throws: PlanningError.noSuchBlock(index: 1, blocks: 1)) {
            let block = StepProblem.Block(name: "b", duration: 3, buffers: late.buffers)
            return try StepProblem(blocks: [block], uses: [.init(block: 1, start: 0)])
        }
    }
}
