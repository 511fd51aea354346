internal import HistoryTower
internal import Ranks
internal import StaticExecution
internal import Tiers

/// A segment at one rank: its graph laid out once, and for each micro-batch under way an arena with an executor.
final class SegmentRunner {
    let segment: Segment
    let part: TowerPart
    let store: ParameterStore
    private let rank: Int
    private var flights: [Flight] = []

    private final class Flight {
        let arena: Arena
        let executor: StepExecutor
        var placement: Placement?

        init(_ program: StepProgram, work: Arena, sums: (any TensorSum)?) throws(TierError) {
            arena = try Arena(bytes: program.arenaBytes)
            executor = StepExecutor(program, arena: arena.start, work: work.start, transfers: nil, sums: sums)
        }
    }

    /// - Parameters:
    ///   - flights: micro-batches that are under way at a time.
    ///   - work: memory that all of a rank's segments work in, one at a time; it outlives them.
    init(
        _ segment: Segment, _ part: TowerPart, _ program: StepProgram, at rank: Int, flights: Int, work: Arena,
        store: ParameterStore, sums: (any TensorSum)?
    ) throws(TierError) {
        (self.segment, self.part, self.rank, self.store) = (segment, part, rank, store)
        for _ in 0..<flights {
            let flight = try Flight(program, work: work, sums: sums)
            flight.executor.place(
                0..<part.graph.parameters.count, values: store.current.values, gradients: store.current.gradients)
            self.flights.append(flight)
        }
    }

    private func flight(_ microBatch: Int) -> Flight { flights[microBatch % flights.count] }

    /// Makes room for a micro-batch, and enters its events and labels where they belong.
    func begin(_ microBatch: Int, of step: DealtStep, _ histories: EventHistories) {
        let own = step.parts(microBatch, degree: segment.strategy.data)[segment.dataPlace(of: rank)]
        let placement = Placement(own, of: step)
        let flight = flight(microBatch)
        flight.placement = placement
        guard placement.events > 0 else { return }
        flight.executor.begin(histories: placement.starts, numbered: own.map { step.numbers[$0] })
        let windows = own.map { step.windows[$0] }
        part.entrance?.enter(windows, of: histories, into: flight.executor)
        part.heads?.enter(windows, of: histories, counts: step.labels, into: flight.executor)
    }

    func forward(_ microBatch: Int, seed: UInt64, step: Int) throws {
        try store.gather()
        guard placement(microBatch).events > 0 else { return }
        try flight(microBatch).executor.forward(seed: seed, step: UInt32(truncatingIfNeeded: step))
    }

    /// - Returns: the sum of the losses of this rank's events, of the last segment; 0 at all ranks but one of those that share it.
    func backward(_ microBatch: Int) throws -> Double {
        try store.beginBackward()
        let loss = placement(microBatch).events > 0 ? try flight(microBatch).executor.backward() : 0
        try store.endBackward()
        return segment.tensorPlace(of: rank) == 0 ? loss : 0
    }

    // MARK: What enters and leaves

    func placement(_ microBatch: Int) -> Placement {
        guard let placement = flight(microBatch).placement else { preconditionFailure("a micro-batch that has begun") }
        return placement
    }

    /// Rows that the segment before gives.
    func input(_ microBatch: Int) -> UnsafeMutableBufferPointer<Float> {
        guard let input = part.input else { preconditionFailure("a segment after another") }
        return flight(microBatch).executor.input(input)
    }

    /// Their gradient.
    func inputGradient(_ microBatch: Int) -> UnsafeBufferPointer<Float> {
        guard let input = part.input else { preconditionFailure("a segment after another") }
        return flight(microBatch).executor.inputGradient(input)
    }

    /// Rows that the segment after gets.
    func output(_ microBatch: Int) -> UnsafeBufferPointer<Float> {
        guard let output = part.output else { preconditionFailure("a segment before another") }
        return flight(microBatch).executor.output(output)
    }

    /// Their gradient.
    func outputGradient(_ microBatch: Int) -> UnsafeMutableBufferPointer<Float> {
        guard let output = part.output else { preconditionFailure("a segment before another") }
        return flight(microBatch).executor.outputGradient(output)
    }
}
