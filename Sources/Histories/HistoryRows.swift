public import HistoryTower
internal import RowSources
public import Tables

/// Where the rows of a party's main table look at a history: 12 bytes a row.
public struct HistoryRows: Sendable {
    private let table: Table
    private let log: EventLog
    private let at: String
    /// -1 where the row names nobody, or nobody with events.
    private let entities: [Int32]
    /// `missing` where the row has none.
    private let moments: [Int64]

    private static let missing = Int64.min

    /// Reads whose history each row of a table looks at, and when.
    ///
    /// - Throws: ``HistoriesError`` for a missing column, for what is no moment, and where moments are written otherwise than the events'.
    public init(_ table: Table, _ source: HistorySource, in log: EventLog) throws(HistoriesError) {
        let columns = try source.columns(of: table)
        (self.table, self.log, at) = (table, log, source.at)
        entities = try Self.entities(columns.of, of: table, in: log)
        moments = try Self.moments(columns.at, of: table, in: log)
    }

    private static func cells(_ column: Column) throws(HistoriesError) -> Column.Cells {
        do { return try column.cells() } catch { throw .table(error) }
    }

    private static func entities(_ column: Column, of table: Table, in log: EventLog) throws(HistoriesError) -> [Int32]
    {
        guard case .texts(let texts) = try cells(column) else {
            throw .numericEntity(file: table.file, column: column.name)
        }
        return (0..<texts.count).map { Int32(log.entity(texts[$0].trimmingSpaces()) ?? -1) }
    }

    private static func moments(_ column: Column, of table: Table, in log: EventLog) throws(HistoriesError) -> [Int64] {
        var (reading, moments) = (MomentColumn(table: table, name: column.name), [Int64]())
        moments.reserveCapacity(table.rowCount)
        switch try cells(column) {
        case .numbers(let numbers):
            for (row, number) in numbers.enumerated() {
                moments.append(try reading.moment(number, row: row) ?? missing)
            }
        case .texts(let texts):
            for row in 0..<texts.count { moments.append(try reading.moment(texts[row], row: row) ?? missing) }
        }
        guard reading.notation ?? log.notation == log.notation else {
            throw .otherMoments(file: table.file, column: column.name, events: log.file, time: log.time)
        }
        return moments
    }

    /// How many rows of the table see an event.
    public var found: Int {
        zip(entities, moments).count { entity, moment in
            entity >= 0 && moment != Self.missing && log.known(of: Int(entity), before: Int(moment)) > 0
        }
    }

    private func moment(_ row: Int) throws(HistoriesError) -> Int {
        guard moments[row] != Self.missing else {
            throw .noMoment(file: table.file, at: table.place(row), column: at)
        }
        return Int(moments[row])
    }

    /// The latest moment of some rows of the table, at least one.
    ///
    /// - Throws: ``HistoriesError/noMoment(file:at:column:)``.
    public func latest(of rows: some Collection<Int>) throws(HistoriesError) -> Int {
        var latest = Int.min
        for row in rows { latest = max(latest, try moment(row)) }
        precondition(latest > Int.min, "there is a row")
        return latest
    }

    /// What some rows of the table see: events before their moment, and none at it or later.
    ///
    /// - Parameter rows: `nil` for a row that the party does not have: it has no history.
    /// - Returns: One readout a row, in their order.
    /// - Throws: ``HistoriesError/noMoment(file:at:column:)``.
    public func readouts(_ rows: some Collection<Int?>) throws(HistoriesError) -> [Readout] {
        var readouts: [Readout] = []
        readouts.reserveCapacity(rows.count)
        for row in rows {
            guard let row else {
                readouts.append(Readout(entity: -1, events: 0, gap: 0))
                continue
            }
            readouts.append(readout(entity: Int(entities[row]), at: try moment(row)))
        }
        return readouts
    }

    private func readout(entity: Int, at moment: Int) -> Readout {
        guard entity >= 0 else { return Readout(entity: -1, events: 0, gap: 0) }
        let known = log.known(of: entity, before: moment)
        let gap = known == 0 ? 0 : moment - Int(log.times[log.starts[entity] + known - 1])
        return Readout(entity: entity, events: known, gap: Float(gap))
    }
}
