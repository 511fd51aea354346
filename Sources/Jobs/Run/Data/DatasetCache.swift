internal import RowSources
internal import Synchronization
package import Scratch
package import Tables

/// A party's data, read when it is first wanted and again after it has changed.
///
/// Files tell by their inode, size and time of change, so that nothing that was written is missed. A PostgreSQL server tells by its
/// transactions, and those of others' tables count too: where it is written to all the time, its rows would be read again for every
/// question of a coordinator's. So rows that were read less than ``patience`` ago are good enough from there.
package final class DatasetCache: Sendable {
    private struct Reading: Sendable {
        let version: RowVersion
        let types: [String: ColumnType]
        let time: ContinuousClock.Instant
        let dataset: Dataset
    }

    private let source: PartyFile.DataSource
    private let space: WorkingSpace
    private let patience: Duration
    private let log: @Sendable (String) -> Void
    private let last = Mutex<Reading?>(nil)
    /// Of towers over this party's histories.
    let plans = HistoryPlans()
    private let recent = RecentEvents()

    /// - Parameters:
    ///   - space: What of the rows may stay in memory, and where the rest goes.
    ///   - patience: how old rows of a server may be although it has changed.
    ///   - log: told of every reading.
    package init(
        _ source: PartyFile.DataSource, in space: WorkingSpace, patience: Duration = .seconds(60),
        log: @escaping @Sendable (String) -> Void
    ) {
        self.source = source
        self.space = space
        self.patience = patience
        self.log = log
    }

    /// The data as they are now; who asks while they are being read waits.
    ///
    /// - Parameter modelTypes: how a model that is to score these rows needs its columns read.
    /// - Throws: `TablesError` with the source, the row and the column.
    package func dataset(modelTypes: [String: ColumnType] = [:]) throws(TablesError) -> Dataset {
        try last.withLock { (last) throws(TablesError) in
            if let last, last.types == modelTypes, isGoodEnough(last) { return last.dataset }
            // Taken before reading: a change while reading is noticed the next time.
            let version = RowVersion(of: source.rows)
            let time = ContinuousClock.now
            var dataset = try Dataset(source, in: space, modelTypes: modelTypes)
            dataset.recent = recent
            last = version.map { Reading(version: $0, types: modelTypes, time: time, dataset: dataset) }
            log("read \(dataset.table.rowCount) rows from \(dataset.table.file)")
            return dataset
        }
    }

    private func isGoodEnough(_ reading: Reading) -> Bool {
        if case .postgres = source.rows, reading.time.duration(to: .now) < patience { return true }
        return RowVersion(of: source.rows) == reading.version
    }
}
