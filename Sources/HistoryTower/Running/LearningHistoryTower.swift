public import Arithmetic
internal import StaticExecution

/// A tower that learns with the model above it, at the party that holds the labels: there for a batch, and back along what
/// the model says.
///
/// Its parameters are moved while the model above, and with it the federation, takes its time until the next batch. Used by one
/// thread at a time.
public final class LearningHistoryTower {
    /// As it was before it learned here.
    private var resting: HistoryTower
    private let rate: Double
    private let terms: TrainingPlan.Terms
    private var parameters: LearningParameters?
    private var machine: TowerMachine?
    private var pack: Pack?
    private var rows = 0

    /// - Parameters:
    ///   - tower: As it was; one that has learned before goes on from there.
    ///   - rate: Adam's.
    ///   - budget: bytes for arena, what is put away in memory, parameters and what moves them.
    ///   - scratch: a folder for what is put away on the disk; nil: nothing is.
    public init(_ tower: HistoryTower, rate: Double, budget: Int, scratch: String?) {
        (resting, self.rate) = (tower, rate)
        terms = .init(budget: budget, scratch: scratch)
    }

    /// The tower when all that it was given has moved it, with what it needs to go on from there.
    ///
    /// - Throws: ``HistoryTowerError/storage(_:)``.
    public func tower() throws(HistoryTowerError) -> HistoryTower {
        guard let parameters else { return resting }
        var tower = resting
        let learned = try parameters.values()
        tower.parameters.replaceSubrange(..<learned.count, with: learned)
        tower.optimiser = try parameters.optimiser()
        return tower
    }

    /// What the tower makes of a batch's rows: rows x outputs, zeros where no event is known. With dropout, as of a step that learns.
    ///
    /// - Throws: ``HistoryTowerError``; ``HistoryTowerError/largeFields(_:)`` of a tower that has such fields.
    public func forward(
        _ histories: EventHistories, _ readouts: [Readout]
    ) throws(HistoryTowerError) -> Matrix<Double> {
        let large = resting.schema.largeFields
        guard large.isEmpty else { throw .largeFields(large.map(\.name)) }
        let width = resting.shape.outputs
        rows = readouts.count
        var elements = Array(repeating: 0.0, count: rows * width)
        let packs = histories.packs(
            reading: readouts, window: resting.shape.events, events: .max, mostReadouts: max(1, readouts.count))
        precondition(packs.count <= 1, "one step takes in a batch")
        pack = packs.first
        guard let pack else { return Matrix(rows: rows, columns: width, elements: elements) }
        let (machine, parameters) = try machine(for: pack)
        machine.enter(parameters)
        machine.enter(pack, of: histories)
        try machine.forward(seed: 0x7A57_0C3E, step: UInt32(truncatingIfNeeded: parameters.steps))
        for (place, value) in machine.outputs(pack.readouts.count, columns: width).enumerated() {
            elements[pack.readouts[place / width].row * width + place % width] = Double(value)
        }
        return Matrix(rows: rows, columns: width, elements: elements)
    }

    /// Begins to move along the mean over the rows of the last way there.
    ///
    /// - Parameter gradient: the derivative of the rows' summed loss by what came out, rows x outputs.
    /// - Throws: ``HistoryTowerError``, and the tower is as it was.
    public func backward(_ gradient: Matrix<Double>) throws(HistoryTowerError) {
        let width = resting.shape.outputs
        precondition(gradient.rows == rows && gradient.columns == width, "a derivative of what came out")
        guard let pack, let machine, let parameters else { return }
        var gradients = Array(repeating: Float(0), count: pack.readouts.count * width)
        for (place, readout) in pack.readouts.enumerated() {
            for column in 0..<width {
                gradients[place * width + column] = Float(gradient[readout.row, column] / Double(rows))
            }
        }
        _ = try machine.backward(gradients: gradients)
        try parameters.move(rate: rate)
        self.pack = nil
    }

    /// A machine that is large enough; a new one, larger by half at least, where the one so far is not.
    private func machine(for pack: Pack) throws(HistoryTowerError) -> (TowerMachine, LearningParameters) {
        if let machine, let parameters, let extent = machine.plan?.planned.program.extent,
            pack.events <= extent.events && pack.readouts.count <= extent.readouts
        {
            return (machine, parameters)
        }
        // Its memory is given back before the next one's is taken.
        let last = machine?.plan?.planned.program.extent
        machine = nil
        let rows = max(pack.readouts.count, last?.readouts ?? 0)
        let events = max(pack.events, (last?.events ?? 0) * 3 / 2)
        let average = Double(pack.events) / Double(pack.windows.count)
        let graph = TowerGraph(resting.shape, resting.schema, .reading)
        let plan = try TrainingPlan(
            graph, extent: .init(events: events, histories: events, readouts: rows), terms,
            attended: Double(events) * (average + 1) / 2)
        let isOnDisk = plan.stateDiskBytes > 0
        if parameters == nil || isOnDisk != self.isOnDisk {
            // The state moves to where there is room for it.
            resting = try tower()
            parameters = nil
            parameters = try LearningParameters(
                plan.layers, resting.parameters[..<plan.layers.count], after: resting.optimiser,
                staleness: .synchronous,
                state: isOnDisk ? terms.place : .memory)
            resting = resting.atRest
            self.isOnDisk = isOnDisk
        }
        let made = try TowerMachine(graph, plan, terms)
        machine = made
        guard let parameters else { preconditionFailure("parameters that learn") }
        return (made, parameters)
    }

    private var isOnDisk = false
}
