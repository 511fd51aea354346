internal import Histories
internal import HistoryTower
internal import Preparation
internal import Specification
internal import Tables

/// One history of a party as a job reads it: its events, and where the party's rows look at them. Read when it is needed, not kept.
struct OwnHistory {
    let log: EventLog
    let rows: HistoryRows

    /// Events that were read before.
    init(_ log: EventLog, _ source: HistorySource, of dataset: Dataset) throws(HistoriesError) {
        self.log = log
        rows = try HistoryRows(dataset.table, source, in: log)
    }

    /// - Parameter encoding: How a model that was fitted before needs its fields read; `nil` where none was.
    /// - Throws: `HistoriesError` with file, line and column.
    init(_ name: String, of dataset: Dataset, as encoding: HistoryEncoding? = nil) throws(HistoriesError) {
        var source = try dataset.history(name)
        if let encoding { source = source.reading(as: encoding) }
        log = try EventLog(reading: source, in: dataset.table.space)
        rows = try HistoryRows(dataset.table, source, in: log)
    }
}

extension Job.Tower {
    /// What each of this tower's encoders is.
    ///
    /// - Parameter history: Its own, where it is a tower over histories.
    func shape(_ history: History) -> HistoryShape {
        var shape = HistoryShape()
        (shape.width, shape.layers, shape.heads) = (history.width, history.layers, history.heads)
        (shape.outputs, shape.events) = (outputs, history.events)
        return shape
    }

    /// Columns that come of one history at most: its outputs, the time since the last event, whether there is any.
    var columnsOfAHistory: Int { outputs + 2 }

    /// Bytes that each of so many encoders may take. Those that are frozen learn and encode one after the other; those that go on learning
    /// do so side by side.
    func share(of history: History, among count: Int) -> Int {
        training == .frozen ? history.budget : history.budget / max(1, count)
    }
}
