internal import Coordination
internal import Histories
internal import RowSources
internal import Synchronization

/// How encoders of histories would learn, as it was last worked out: a job is asked about several times before it begins, and its
/// events need not be read every time. Rows of the main table do not count here: a plan is made for all events.
final class HistoryPlans: Sendable {
    private struct Entry: Sendable {
        let tower: Job.Tower
        let versions: [RowVersion]
        let demands: [HistoryDemand]
    }

    private let last = Mutex<Entry?>(nil)

    /// - Parameters:
    ///   - histories: All that the party has.
    ///   - make: Reads events and plans.
    /// - Throws: what `make` throws.
    func demands(
        of tower: Job.Tower?, _ histories: [HistorySource], _ make: () throws -> [HistoryDemand]
    ) throws -> [HistoryDemand] {
        // Taken before reading: a change while reading is noticed the next time. Nothing is kept of what cannot tell its version.
        let versions = histories.compactMap { RowVersion(of: $0.rows) }
        return try last.withLock { last in
            if let last, last.tower == tower, last.versions == versions, versions.count == histories.count {
                return last.demands
            }
            let demands = try make()
            last = tower.map { Entry(tower: $0, versions: versions, demands: demands) }
            return demands
        }
    }
}
