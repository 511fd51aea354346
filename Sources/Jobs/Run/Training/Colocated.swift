internal import Alignment
public import Coordination
internal import Models
internal import Specification
internal import Tables

/// The job's model on all parties' columns in one place: what a federation should come close to. Only where one process may read
/// every party's file, as `colonnade local` does.
public enum Colocated {
    /// Trains and measures. Reads every party's file; no cryptography, and the same result every time.
    ///
    /// - Parameters:
    ///   - job: With every party's columns named.
    ///   - parties: Every party of the job.
    /// - Throws: `TablesError`, `EvaluationError`, `ModelsError`, ``RunError``.
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
        let aligned = datasets.indices.map { index in sorted.compactMap { rowOfID[index][$0] } }
        let schedule = try Schedule(job: job, table: datasets[0].1.table, rows: aligned[0])

        var features: [(Party, PartyFeatures)] = []
        var label: (features: PartyFeatures, targets: Targets)?
        for ((member, dataset), rows) in zip(datasets, aligned) {
            let preparation = try PartyPreparation(
                fitting: dataset.table, job, of: member.party, rows: schedule.trainRows.map { rows[$0] },
                from: .reproducible("tower"))
            let prepared = try preparation.prepare(dataset.table, rows: rows)
            features.append((member.party, prepared))
            if member.role == .label {
                label = (prepared, try Targets(dataset, job, rows: rows, training: schedule.trainRows))
            }
        }
        guard let label else { throw RunError(.internalError, "a job has a label party") }
        return try Training(job: job, schedule: schedule, targets: label.targets, tower: label.features.tower)
            .baseline(features)
    }
}
