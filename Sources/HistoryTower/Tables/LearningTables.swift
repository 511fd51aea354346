internal import Kernels
internal import OutOfCore

/// The tables of a tower's large fields while they learn: pages, of which as many are in memory as the budget has room for.
///
/// For each step: ``prefetch(_:)`` while the one before computes, ``enter(_:)`` before the way there, ``collect(from:)`` after the way
/// back, and ``move(rate:factor:)``. A row is moved by AdaGrad, which needs nothing of steps in which nobody names it.
final class LearningTables {
    /// How much larger AdaGrad's rate is than Adam's.
    static let faster = 10.0

    private let histories: EventHistories
    private let large: [LargeField]
    private let tables: [PagedTable]
    /// Of each table, the rows of steps that were announced.
    private var announced: [[PackRows]] = []
    private var present: [PackRows] = []
    /// Of each table, the present step's rows, and after the way back their gradients.
    private var numbers: [[Float]]

    /// - Parameters:
    ///   - seed: of first values, even and of the deviation of other tables.
    ///   - files: of a tower that has learned before: it goes on from there.
    /// - Throws: ``HistoryTowerError/storage(_:)``, ``HistoryTowerError/table(path:field:problem:)``.
    init(
        _ graph: TowerGraph, _ histories: EventHistories, _ plan: TablePlan, _ terms: TrainingPlan.Terms, seed: UInt64,
        after files: [TableFile]
    ) throws(HistoryTowerError) {
        (self.histories, large) = (histories, graph.large)
        var random = Pseudorandom(seed: seed)
        var tables: [PagedTable] = []
        for (table, budget) in zip(graph.large, plan.budgets) {
            // Even numbers have a deviation of their bound over the root of 3.
            let first = FirstValues.uniform(bound: EventEntrance.deviation * Float(3).squareRoot(), seed: random.next())
            do throws(OutOfCoreError) {
                tables.append(
                    try PagedTable(
                        rows: table.rows, columns: table.columns, first: first, optimiser: AdaGrad(rate: 1),
                        budget: budget, in: terms.scratch, pageBytes: TablePlan.pageBytes, rate: terms.rate))
            } catch {
                throw .storage("\(error)")
            }
        }
        self.tables = tables
        numbers = tables.map { _ in [] }
        for (table, file) in zip(tables, files) { try Self.fill(table, from: file) }
    }

    private static func fill(_ table: PagedTable, from file: TableFile) throws(HistoryTowerError) {
        let (rows, columns) = (file.table.rows, file.table.columns)
        let length = max(1, (1 << 20) / (4 * columns))
        var values = [Float](repeating: 0, count: min(length, rows) * columns)
        for start in stride(from: 0, to: rows, by: length) {
            let part = start..<min(start + length, rows)
            try values.withUnsafeMutableBufferPointer { values throws(HistoryTowerError) in
                guard let base = values.baseAddress else { return }
                try file.read(part, into: base)
                do throws(OutOfCoreError) { try table.replace(part, with: base) } catch { throw .storage("\(error)") }
            }
        }
    }

    /// Begins to fetch the pages of a pack that comes after those announced before; returns at once.
    func prefetch(_ pack: Pack) {
        guard !tables.isEmpty else { return }
        let rows = large.map { PackRows(pack, histories.codes[$0.field]) }
        for (table, rows) in zip(tables, rows) { table.prefetch(rows.rows) }
        announced.append(rows)
    }

    /// Writes the rows of the pack that was announced first where the step reads them.
    ///
    /// - Throws: ``HistoryTowerError/storage(_:)``.
    func enter(_ machine: TowerMachine) throws(HistoryTowerError) {
        guard !tables.isEmpty else { return }
        present = announced.removeFirst()
        for (index, table) in tables.enumerated() {
            let (rows, columns) = (present[index], large[index].columns)
            numbers[index] = Array(repeating: 0, count: rows.rows.count * columns)
            do throws(OutOfCoreError) { try table.gather(rows.rows, into: &numbers[index]) } catch {
                throw .storage("\(error)")
            }
            Embedding(count: rows.rows.count, columns: columns).gather(
                numbers[index], rows.places, into: machine.input(large[index]), rows: rows.places.indices)
        }
    }

    /// Adds up the gradients of each row, in the order of the events.
    ///
    /// - Returns: the sum of their squares.
    func collect(from machine: TowerMachine) -> Double {
        var squares = 0.0
        for index in tables.indices {
            let (rows, columns) = (present[index], large[index].columns)
            for place in numbers[index].indices { numbers[index][place] = 0 }
            Embedding(count: rows.rows.count, columns: columns).scatterAdd(
                machine.gradient(large[index]), rows.places, addingTo: &numbers[index], rows: rows.places.indices)
            squares = numbers[index].reduce(squares) { $0 + Double($1) * Double($1) }
        }
        return squares
    }

    /// Moves the step's rows along their gradients.
    ///
    /// - Parameters:
    ///   - rate: Adam's, of all other parameters.
    ///   - factor: of gradients.
    /// - Throws: ``HistoryTowerError/storage(_:)``.
    func move(rate: Double, factor: Float) throws(HistoryTowerError) {
        for (index, table) in tables.enumerated() {
            if factor != 1 { for place in numbers[index].indices { numbers[index][place] *= factor } }
            do throws(OutOfCoreError) {
                try table.update(present[index].rows, gradients: numbers[index], rate: Self.faster * rate)
            } catch {
                throw .storage("\(error)")
            }
        }
    }

    /// Writes every table into a folder.
    ///
    /// - Throws: ``HistoryTowerError``; tables before the one that failed stay there.
    func write(_ schema: EventSchema, to folder: String) throws(HistoryTowerError) -> [FieldTable] {
        var written: [FieldTable] = []
        for (large, table) in zip(large, tables) {
            written.append(
                try FieldTable.write(
                    field: schema.fields[large.field].name, rows: large.rows, columns: large.columns, to: folder
                ) { rows, target throws(HistoryTowerError) in
                    do throws(OutOfCoreError) { try table.gather(rows.map { Int32($0) }, into: target) } catch {
                        throw .storage("\(error)")
                    }
                })
        }
        return written
    }
}
