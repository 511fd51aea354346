public import RowSources
public import Tables

/// What a party file says of one history: whose events they are, where they stand, and what of them is used.
public struct HistorySource: Hashable, Sendable {
    /// What jobs call it.
    public var name: String
    /// Where the events are.
    public var rows: RowOrigin
    /// The column of the events that names whose each is.
    public var entity: String
    /// The column of the main table that names of whom a row speaks, by the same names.
    public var of: String
    /// The column of the events that says when each became known.
    public var time: String
    /// The column of the main table that says at which moment a row knows what it knows: it sees events before, and none at it or later.
    public var at: String
    /// Columns of the events that are used: at least one, in the order in which a tower takes them.
    public var fields: [String]
    /// Types of fields that are not to be inferred.
    public var types: [String: ColumnType]
    /// Fields, the gap among them, of which a tower learns to predict the next event's; `nil`: all of them.
    public var predicted: [String]?

    public init(
        name: String, rows: RowOrigin, entity: String, of: String? = nil, time: String, at: String, fields: [String],
        types: [String: ColumnType] = [:], predicted: [String]? = nil
    ) {
        (self.name, self.rows, self.entity, self.time, self.at) = (name, rows, entity, time, at)
        (self.fields, self.types, self.predicted) = (fields, types, predicted)
        self.of = of ?? entity
    }

    /// The same history read as a model needs it, whatever its columns look like here: the model's fields with their types.
    public func reading(as encoding: HistoryEncoding) -> HistorySource {
        var source = self
        source.fields = encoding.fields.map(\.name)
        source.types = Dictionary(uniqueKeysWithValues: encoding.fields.map { ($0.name, $0.type) })
        return source
    }

    /// Opens the source and looks whether all columns are there, and those of the main table. Reads no rows.
    ///
    /// - Throws: ``HistoriesError`` with the source and the column.
    public func check(_ table: Table) throws(HistoriesError) {
        _ = try open()
        _ = try columns(of: table)
    }

    /// The columns of the main table that say whose history a row looks at, and when.
    func columns(of table: Table) throws(HistoriesError) -> (of: Column, at: Column) {
        do { return (try table.column(of), try table.column(at)) } catch { throw .table(error) }
    }

    /// The columns that are used, each once, as a source of rows.
    func open() throws(HistoriesError) -> SelectedColumns {
        do {
            let source = try rows.open()
            var places: [Int] = []
            for name in [entity, time] + fields {
                guard let place = source.columns.firstIndex(of: name) else {
                    throw HistoriesError.table(
                        .missingColumn(file: source.name, column: name, available: source.columns))
                }
                if !places.contains(place) { places.append(place) }
            }
            return SelectedColumns(source, places: places)
        } catch let error as RowSourceError {
            throw .table(.source(error))
        } catch let error as HistoriesError {
            throw error
        } catch { preconditionFailure("opening a source throws what it says") }
    }
}
