public import Arithmetic
internal import StaticExecution

extension HistoryTower {
    /// What the tower makes of what rows know: rows x outputs, zeros where no event is known.
    ///
    /// A row sees the events before it in its window, half of ``HistoryShape/events`` at least where there are so many. Its
    /// numbers do not depend on other rows, but for the last bits.
    ///
    /// - Parameter budget: bytes of the arena at most.
    /// - Throws: ``HistoryTowerError/budget(_:least:)``.
    public func encode(
        _ histories: EventHistories, _ readouts: [Readout], budget: Int
    ) throws(HistoryTowerError) -> Matrix<Double> {
        precondition(histories.schema == schema, "histories of this tower")
        let events = max(shape.events, Self.mostReadouts)
        var quiet = shape
        quiet.dropout = 0
        let machine = try TowerMachine(
            reading: TowerGraph(quiet, schema, .reading),
            extent: .init(events: events, histories: events, readouts: Self.mostReadouts), budget: budget)
        machine.load(parameters[..<TowerGraph.shared(shape, schema)])
        let width = shape.outputs
        var elements = Array(repeating: 0.0, count: readouts.count * width)
        for pack in histories.packs(
            reading: readouts, window: shape.events, events: events, mostReadouts: Self.mostReadouts)
        {
            machine.enter(pack, of: histories)
            try machine.forward(seed: 0, step: 0)
            for (place, value) in machine.outputs(pack.readouts.count, columns: width).enumerated() {
                elements[pack.readouts[place / width].row * width + place % width] = Double(value)
            }
        }
        return Matrix(rows: readouts.count, columns: width, elements: elements)
    }

    /// Rows that one step reads at most, and events that it takes in, unless a window has more.
    private static let mostReadouts = 4096
}
