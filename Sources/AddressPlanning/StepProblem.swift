/// A training step in which some stretches of time repeat, such as a layer's forward and a layer's backward pass: the
/// input of MEMO's two-level planning (arXiv 2407.12117).
public struct StepProblem: Hashable, Sendable {
    /// A stretch of time whose buffers do not outlive it.
    public struct Block: Hashable, Sendable {
        /// What it is called in messages and in the ids of its buffers.
        public var name: String
        /// How long it takes.
        public var duration: Int
        /// At times from 0 to `duration`.
        public var buffers: [Buffer]

        /// Describes a block; ``StepProblem`` checks it.
        public init(name: String, duration: Int, buffers: [Buffer]) {
            self.name = name
            self.duration = duration
            self.buffers = buffers
        }
    }

    /// One run of a block.
    public struct Use: Hashable, Sendable {
        /// Its place among the blocks.
        public var block: Int
        /// When in the step it starts.
        public var start: Int

        /// A run of a block.
        public init(block: Int, start: Int) {
            self.block = block
            self.start = start
        }
    }

    /// What repeats.
    public let blocks: [Block]
    /// Where in the step it does.
    public let uses: [Use]
    /// All other buffers, at the step's times: those of the embedding and the classifier, and what passes from block to
    /// block.
    public let others: [Buffer]
    /// The bytes of the arena; nil if it is to be as small as can be.
    public let capacity: Int?

    /// Every buffer of the step at its own time: of each use in turn, then the others. A block's buffer is called
    /// BLOCK#USE/ID.
    public let flat: AllocationProblem
    let blockProblems: [AllocationProblem]

    /// Checks a description.
    ///
    /// - Throws: ``PlanningError``.
    public init(
        blocks: [Block], uses: [Use], others: [Buffer] = [], capacity: Int? = nil
    ) throws(PlanningError) {
        var blockProblems: [AllocationProblem] = []
        for block in blocks {
            for buffer in block.buffers where buffer.lower < 0 || buffer.upper > block.duration {
                throw .outsideOfBlock(block: block.name, buffer: buffer.id, duration: block.duration)
            }
            blockProblems.append(try AllocationProblem(block.buffers))
        }
        var buffers: [Buffer] = []
        for (index, use) in uses.enumerated() {
            guard blocks.indices.contains(use.block) else {
                throw .noSuchBlock(index: use.block, blocks: blocks.count)
            }
            let block = blocks[use.block]
            guard !use.start.addingReportingOverflow(block.duration).overflow else {
                throw .tooLate(block: block.name, start: use.start)
            }
            buffers += block.buffers.map { $0.moved(by: use.start, id: "\(block.name)#\(index)/\($0.id)") }
        }
        flat = try AllocationProblem(buffers + others, capacity: capacity)
        self.blocks = blocks
        self.uses = uses
        self.others = others
        self.capacity = capacity
        self.blockProblems = blockProblems
    }
}

extension Buffer {
    fileprivate func moved(by time: Int, id: String) -> Buffer {
        Buffer(id: id, lower: lower + time, upper: upper + time, size: size, alignment: alignment)
    }
}
