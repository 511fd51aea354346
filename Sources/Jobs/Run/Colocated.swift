internal import Alignment
public import Coordination
internal import Tables

/// The job's model on all parties' columns in one place: what a federation should come close to. Only where one process may read
/// every party's file, as `colonnade local` does.
public enum Colocated {
    /// Trains and measures. Reads every party's file; no cryptography, and the same result every time.
    ///
    /// - Parameters:
    ///   - job: With every party's columns named.
    ///   - parties: Every party of the job.
    /// - Throws: `TablesError`, `EvaluationError`.
    public static func metrics(_ job: Job, parties: [PartyFile]) throws -> PartyReport.Metrics {
        let order = CommonOrder(seed: job.rowSeed)
        let datasets = try job.members.compactMap { member in
            try parties.first { $0.name == member.party }.map { (member, try Dataset($0.data)) }
        }
        // The rows of each party under the ids that all parties have, in the common order.
        let hashes = datasets.map { $0.1.ids.map { IDHash(canonicalID: $0) } }
        let offered = hashes.map { ids in job.align.sample.map { order.sample($0, of: ids) } ?? Array(ids.indices) }
        let rowOfID = zip(hashes, offered).map { ids, rows in
            Dictionary(uniqueKeysWithValues: rows.map { (ids[$0], $0) })
        }
        let common = rowOfID[0].keys.filter { id in rowOfID.allSatisfy { $0[id] != nil } }
        let sorted = order.places(of: common).map { common[$0] }
        let schedule = Schedule(job: job, rows: sorted.count)

        var features: [PreparedMatrix] = []
        var labels: [Double] = []
        for (index, (member, dataset)) in datasets.enumerated() {
            let rows = sorted.compactMap { rowOfID[index][$0] }
            let preparation = try Preparation(
                fitting: dataset.table, columns: member.columns ?? [], rows: schedule.trainRows.map { rows[$0] })
            features.append(try preparation.prepare(dataset.table, rows: rows))
            if member.role == .label { labels = try dataset.table.binaryLabels(job.label, rows: rows) }
        }
        return try Training(job: job, schedule: schedule, labels: labels).baseline(features)
    }
}
