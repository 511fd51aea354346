public import Arithmetic
internal import StaticExecution

extension HistoryTower {
    /// What the tower makes of what rows know: rows x outputs, zeros where no event is known.
    ///
    /// A row sees the events before it in its window, half of ``HistoryShape/events`` at least where there are so many. Its
    /// numbers do not depend on other rows, but for the last bits.
    ///
    /// - Parameters:
    ///   - budget: bytes at most: of the arena and, of a tower with large fields, of a step's rows and what `tables` hold in memory.
    ///   - tables: of this tower's large fields, opened; none where it has none. Traps on those of another tower.
    ///   - progress: after each step: steps done and steps in all; what it throws ends the encoding.
    /// - Throws: ``HistoryTowerError/budget(_:least:)``, ``HistoryTowerError/unlearned(_:)``,
    ///   ``HistoryTowerError/table(path:field:problem:)``, and what `progress` throws.
    public func encode(
        _ histories: EventHistories, _ readouts: [Readout], budget: Int, tables: OpenTables? = nil,
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> Matrix<Double> {
        try encode(histories, readouts, window: shape.events, budget: budget, tables: tables, progress: progress)
    }

    /// The same with windows of another length.
    func encode(
        _ histories: EventHistories, _ readouts: [Readout], window: Int, budget: Int, tables: OpenTables?,
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> Matrix<Double> {
        precondition(histories.schema == schema, "histories of this tower")
        try demandTables()
        precondition((tables?.tables ?? []) == self.tables, "tables of this tower")
        let events = max(window, Self.mostReadouts)
        var quiet = shape
        quiet.dropout = 0
        let graph = TowerGraph(quiet, schema, .reading)
        let machine = try TowerMachine(
            reading: graph, extent: .init(events: events, histories: events, readouts: Self.mostReadouts),
            budget: budget, beside: (tables?.memoryBytes ?? 0) + OpenTables.stepBytes(graph.large, events: events))
        machine.load(parameters[..<TowerGraph.shared(shape, schema)])
        let width = shape.outputs
        var elements = Array(repeating: 0.0, count: readouts.count * width)
        let packs = histories.packs(
            reading: readouts, window: window, events: events, mostReadouts: Self.mostReadouts)
        for (done, pack) in packs.enumerated() {
            machine.enter(pack, of: histories)
            for (large, file) in zip(graph.large, tables?.files ?? []) {
                try file.embed(PackRows(pack, histories.codes[large.field]), into: machine.input(large))
            }
            try machine.forward(seed: 0, step: 0)
            for (place, value) in machine.outputs(pack.readouts.count, columns: width).enumerated() {
                elements[pack.readouts[place / width].row * width + place % width] = Double(value)
            }
            try progress(done + 1, packs.count)
        }
        return Matrix(rows: readouts.count, columns: width, elements: elements)
    }

    /// - Throws: ``HistoryTowerError/unlearned(_:)``.
    func demandTables() throws(HistoryTowerError) {
        guard tables.isEmpty else { return }
        let large = schema.largeFields
        guard large.isEmpty else { throw .unlearned(large.map(\.name)) }
    }

    /// Rows that one step reads at most, and events that it takes in, unless a window has more.
    private static let mostReadouts = 4096
}
