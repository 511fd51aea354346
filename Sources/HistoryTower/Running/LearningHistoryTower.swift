public import Arithmetic
internal import StaticExecution

/// A tower that learns with the model above it, at the party that holds the labels: there for a batch, and back along what
/// the model says.
///
/// A value as far as what it has learned goes: a copy learns on by itself. What lies between ``forward(_:_:)`` and
/// ``backward(_:)`` is shared by copies; each way back follows its own way there.
public struct LearningHistoryTower: Sendable {
    /// The tower as it is now, with what it needs to go on from here.
    public var tower: HistoryTower {
        var tower = resting
        tower.optimiser = optimiser
        return tower
    }
    private var resting: HistoryTower
    private var optimiser: TowerOptimiser
    /// Adam's rate, which may change between steps.
    public var rate: Double
    private let budget: Int
    private let scratch: String?
    private var machine: TowerMachine?
    private var pack: Pack?
    private var rows = 0

    /// - Parameters:
    ///   - tower: As it was; one that has learned before goes on from there.
    ///   - budget: bytes for arena, what is put away in memory, and the optimiser's state.
    ///   - scratch: a folder for what is put away on the disk; nil: nothing is.
    public init(_ tower: HistoryTower, rate: Double, budget: Int, scratch: String?) {
        resting = tower.atRest
        optimiser =
            tower.optimiser ?? TowerOptimiser(parameters: TowerGraph.shared(tower.shape, tower.schema))
        (self.rate, self.budget, self.scratch) = (rate, budget, scratch)
    }

    /// What the tower makes of a batch's rows: rows x outputs, zeros where no event is known. With dropout, as of a step that learns.
    ///
    /// - Throws: ``HistoryTowerError``.
    public mutating func forward(
        _ histories: EventHistories, _ readouts: [Readout]
    ) throws(HistoryTowerError) -> Matrix<Double> {
        let width = resting.shape.outputs
        rows = readouts.count
        var elements = Array(repeating: 0.0, count: rows * width)
        let packs = histories.packs(
            reading: readouts, window: resting.shape.events, events: .max, mostReadouts: max(1, readouts.count))
        precondition(packs.count <= 1, "one step takes in a batch")
        pack = packs.first
        guard let pack else { return Matrix(rows: rows, columns: width, elements: elements) }
        let machine = try machine(for: pack)
        machine.load(resting.parameters[..<optimiser.count])
        machine.enter(pack, of: histories)
        try machine.forward(seed: 0x7A57_0C3E, step: UInt32(truncatingIfNeeded: optimiser.steps))
        for (place, value) in machine.outputs(pack.readouts.count, columns: width).enumerated() {
            elements[pack.readouts[place / width].row * width + place % width] = Double(value)
        }
        return Matrix(rows: rows, columns: width, elements: elements)
    }

    /// Moves along the mean over the rows of the last way there.
    ///
    /// - Parameter gradient: the derivative of the rows' summed loss by what came out, rows x outputs.
    /// - Throws: ``HistoryTowerError``, and the tower is as it was.
    public mutating func backward(_ gradient: Matrix<Double>) throws(HistoryTowerError) {
        let width = resting.shape.outputs
        precondition(gradient.rows == rows && gradient.columns == width, "a derivative of what came out")
        guard let pack, let machine else { return }
        var gradients = Array(repeating: Float(0), count: pack.readouts.count * width)
        for (place, readout) in pack.readouts.enumerated() {
            for column in 0..<width {
                gradients[place * width + column] = Float(gradient[readout.row, column] / Double(rows))
            }
        }
        _ = try machine.backward(gradients: gradients)
        try optimiser.move(&resting.parameters, along: machine.gradients, rate: rate)
        self.pack = nil
    }

    /// A machine that is large enough; a new one, larger by half at least, where the one so far is not.
    private mutating func machine(for pack: Pack) throws(HistoryTowerError) -> TowerMachine {
        if let machine, let planned = machine.planned {
            let extent = planned.program.extent
            if pack.events <= extent.events && pack.readouts.count <= extent.readouts { return machine }
        }
        // Its memory is given back before the next one's is taken.
        let last = machine?.planned?.program.extent
        machine = nil
        let rows = max(pack.readouts.count, last?.readouts ?? 0)
        let events = max(pack.events, (last?.events ?? 0) * 3 / 2)
        let average = Double(pack.events) / Double(pack.windows.count)
        let made = try TowerMachine(
            TowerGraph(resting.shape, resting.schema, .reading),
            extent: .init(events: events, histories: events, readouts: rows),
            budget: budget - HistoryTower.stateBytes(parameters: optimiser.count),
            attended: Double(events) * (average + 1) / 2, scratch: scratch)
        machine = made
        return made
    }
}
