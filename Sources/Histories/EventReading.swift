internal import RowSources
public import Scratch
internal import Tables

extension EventLog {
    /// Reads all events of a history.
    ///
    /// They pass through a table, which lies in a file where they are many; memory holds one column of it at a time beside what is
    /// kept of them.
    ///
    /// - Parameter space: What may stay in memory, and where the rest goes meanwhile.
    /// - Throws: ``HistoriesError``, naming the source, the row and the column.
    public init(reading source: HistorySource, in space: WorkingSpace) throws(HistoriesError) {
        let table = try Self.table(source, in: space)
        let bytes = table.rowCount * Self.bytesPerEvent(fields: source.fields.count)
        guard bytes <= space.memory else {
            throw .tooLarge(file: table.file, events: table.rowCount, bytes: bytes, memory: space.memory)
        }
        let (names, entities) = try Self.entities(table, source.entity)
        let (moments, notation) = try Self.moments(table, source.time, of: entities)
        let (starts, order) = Self.order(entities, moments, count: names.count)
        (file, time, self.notation, self.names) = (table.file, source.time, notation, names)
        (self.starts, nameless) = (starts, table.rowCount - order.count)
        times = order.map { moments[Int($0)] }
        var (fields, values): ([Field], [Values]) = ([], [])
        for name in source.fields {
            let (type, column) = try Self.values(table, name, order)
            fields.append(Field(name: name, type: type))
            values.append(column)
        }
        (self.fields, self.values, predicted) = (fields, values, source.predicted)
    }

    /// What an event takes at the most, here and as `EventHistories`: its time, its gap and the gap's code; and of each field the value, its
    /// code and a standardised number.
    static func bytesPerEvent(fields: Int) -> Int { 16 + 12 * fields }

    private static func table(_ source: HistorySource, in space: WorkingSpace) throws(HistoriesError) -> Table {
        // Every moment is read as a text: which of them is wrong is said here, with what a moment looks like.
        let types = source.types.merging([source.time: .category]) { _, time in time }
        let rows = try source.open()
        do { return try Table(rows, key: RowKey(columns: [source.entity]), types: types, in: space) } catch {
            throw .table(error)
        }
    }

    private static func cells(_ table: Table, _ name: String) throws(HistoriesError) -> (ColumnType, Column.Cells) {
        do {
            let column = try table.column(name)
            return (column.type, try column.cells())
        } catch { throw .table(error) }
    }

    /// Whom each row is about; `nobody` where it names nobody.
    private static func entities(
        _ table: Table, _ name: String
    ) throws(HistoriesError) -> (TextNumbers, [UInt32]) {
        guard case (_, .texts(let texts)) = try cells(table, name) else { preconditionFailure("a key is text") }
        var names = TextNumbers()
        var entities: [UInt32] = []
        entities.reserveCapacity(texts.count)
        for row in 0..<texts.count {
            let text = texts[row].trimmingSpaces()
            entities.append(text.isEmpty ? nobody : UInt32(names.number(adding: text)))
        }
        return (names, entities)
    }

    private static let nobody = UInt32.max

    /// When each row became known; 0 for those that name nobody.
    private static func moments(
        _ table: Table, _ name: String, of entities: [UInt32]
    ) throws(HistoriesError) -> ([Int64], Moment.Notation) {
        guard case (_, .texts(let texts)) = try cells(table, name) else { preconditionFailure("declared as texts") }
        var column = MomentColumn(table: table, name: name)
        var moments = [Int64](repeating: 0, count: texts.count)
        for row in 0..<texts.count where entities[row] != nobody {
            guard let moment = try column.moment(texts[row], row: row) else {
                throw .noMoment(file: table.file, at: table.place(row), column: name)
            }
            moments[row] = moment
        }
        return (moments, column.notation ?? .number)
    }

    /// Where each entity's events start, and the rows in the order of events: counted by entity, then sorted by time where the source
    /// is not.
    private static func order(
        _ entities: [UInt32], _ moments: [Int64], count: Int
    ) -> (starts: [Int], order: [UInt32]) {
        var starts = [Int](repeating: 0, count: count + 1)
        for entity in entities where entity != nobody { starts[Int(entity) + 1] += 1 }
        for entity in 0..<count { starts[entity + 1] += starts[entity] }
        var next = starts
        var order = [UInt32](repeating: 0, count: starts[count])
        for (row, entity) in entities.enumerated() where entity != nobody {
            order[next[Int(entity)]] = UInt32(row)
            next[Int(entity)] += 1
        }
        for entity in 0..<count {
            let own = starts[entity]..<starts[entity + 1]
            let isSorted = own.dropFirst().allSatisfy { moments[Int(order[$0 - 1])] <= moments[Int(order[$0])] }
            guard !isSorted else { continue }
            order[own].sort { (moments[Int($0)], $0) < (moments[Int($1)], $1) }
        }
        return (starts, order)
    }

    /// One column, in the order of events.
    private static func values(
        _ table: Table, _ name: String, _ order: [UInt32]
    ) throws(HistoriesError) -> (ColumnType, Values) {
        switch try cells(table, name) {
        case (let type, .numbers(let numbers)):
            let greatest = Double(Float.greatestFiniteMagnitude)
            // What is missing stays NaN: it is what `max` and `min` of two numbers never are, so it is set aside first.
            return (
                type,
                .numbers(
                    order.map { row in
                        let number = numbers[Int(row)]
                        return number.isNaN ? .nan : Float(max(-greatest, min(greatest, number)))
                    })
            )
        case (let type, .texts(let texts)):
            var names = TextNumbers()
            // Numbered in the order of the source, so that it does not matter how events are sorted.
            let codes = (0..<texts.count).map { row in
                texts[row].isEmpty ? 0 : UInt32(names.number(adding: texts[row]) + 1)
            }
            return (type, .texts(order.map { codes[Int($0)] }, names))
        }
    }
}

/// Reads the moments of one column, which must all be written alike.
struct MomentColumn {
    let table: Table
    let name: String
    /// How they are written; `nil` before the first.
    private(set) var notation: Moment.Notation?

    init(table: Table, name: String) { (self.table, self.name) = (table, name) }

    /// Seconds; `nil` where the cell is empty.
    mutating func moment(_ text: ArraySlice<UInt8>, row: Int) throws(HistoriesError) -> Int64? {
        let cell = text.trimmingSpaces()
        guard !cell.isEmpty else { return nil }
        return try take(Moment(cell), row: row)
    }

    /// Seconds; `nil` for NaN.
    mutating func moment(_ number: Double, row: Int) throws(HistoriesError) -> Int64? {
        number.isNaN ? nil : try take(Moment(number), row: row)
    }

    private mutating func take(_ moment: Moment?, row: Int) throws(HistoriesError) -> Int64 {
        guard let moment else { throw .notAMoment(file: table.file, at: table.place(row), column: name) }
        guard notation ?? moment.notation == moment.notation else {
            throw .mixedMoments(file: table.file, at: table.place(row), column: name)
        }
        notation = moment.notation
        return Int64(moment.seconds)
    }
}
