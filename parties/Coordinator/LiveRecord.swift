import Coordination
import Jobs
import Link
import Specification

/// The record of a job that this process watches: kept in the coordinator's folder while the job goes on, so that others can look.
final class LiveRecord: Sendable {
    private struct State {
        var record: JobRecord
        var saved: ContinuousClock.Instant?
    }

    /// How often news that comes all the time is written down.
    private static let interval = Duration.seconds(1)

    private let records: JobRecords
    private let state: Monitor<State>
    let id: String

    init(_ record: JobRecord, in records: JobRecords) {
        self.records = records
        id = record.id
        state = Monitor(State(record: record))
    }

    /// As it is at this moment.
    var now: JobRecord { state.withLock { $0.record } }

    /// Changes the record and writes it down.
    ///
    /// - Parameter isNews: Whether it is enough to do that now and then.
    func update(isNews: Bool = false, _ change: (inout JobRecord) -> Void) throws {
        // Under the lock, so that the last one written is the latest.
        try state.withLock { state in
            change(&state.record)
            if isNews, let saved = state.saved, ContinuousClock.now - saved < Self.interval { return }
            state.saved = .now
            try records.save(state.record)
        }
    }
}
