public import Coordination
package import Cryptography
internal import Identifiers
internal import Models
internal import Preparation
package import Specification
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
        let data = try ColocatedData(job, parties: parties) { _ in try .reproducible("tower") }
        return try data.training(job).baseline(data.features)
    }

    /// The same, begun with the very weights with which a protected run began whose randomness was recorded: what is different
    /// then is the arithmetic alone.
    ///
    /// - Parameter source: A party's source as it was at the start of the run; a new one at every call.
    package static func metrics(
        _ job: Job, parties: [PartyFile], startingFrom source: (Party) -> any RandomSource
    ) throws -> PartyReport.Metrics {
        func initializer(_ purpose: String, at party: Party) throws -> Initializer {
            let stream = try source(party).stream(purpose)
            return Initializer { stream.bytes($0) }
        }
        let data = try ColocatedData(job, parties: parties) { try initializer("tower/init/\($0)", at: $0) }
        var layer = try data.source(job, JoinedWeights(startOf: job, data.features, source))
        let training = data.training(job)
        var top = try training.topModel(from: initializer("top-model/init", at: job.labelParty))
        try training.run(&layer, top: &top, passage: .inPlace) { _, _, _ in }
        return try training.metrics(training.score(&layer, top: &top) { _, _ in })
    }
}

/// All parties' rows side by side.
struct ColocatedData {
    private(set) var features: [(party: Party, features: PartyFeatures)] = []
    private let schedule: Schedule
    private let targets: Targets
    private let own: OwnRows?

    /// - Parameter initializer: Gives a party's frozen tower its first weights.
    init(_ job: Job, parties: [PartyFile], towers initializer: (Party) throws -> Initializer) throws {
        let datasets = try job.members.compactMap { member in
            try parties.first { $0.name == member.party }.map { (member, try Dataset($0.data, in: $0.space)) }
        }
        // The rows of each party under the ids that all parties have, in the common order.
        let lists = try datasets.map { member, dataset in
            let state = parties.first { $0.name == member.party }?.state ?? "."
            let scratch = "\(state)/one-place.ids"
            defer { try? StateFile.remove(scratch) }
            let ids = try dataset.identifiers(for: job, scratch: scratch)
            return try ids.ids(at: 0..<ids.count)
        }
        let rowOfID = lists.map { list in
            Dictionary(uniqueKeysWithValues: (0..<list.count).map { (list.hash(at: $0), list.rows[$0]) })
        }
        let sorted = (0..<lists[0].count).map { lists[0].hash(at: $0) }.filter { id in
            rowOfID.allSatisfy { $0[id] != nil }
        }
        let aligned = datasets.indices.map { index in AlignedRows(rows: sorted.lazy.map { rowOfID[index][$0] }) }
        // The label party has every column that a job splits rows by.
        let owner = datasets.firstIndex { $0.0.role == .label } ?? 0
        schedule = try Schedule(job: job, table: datasets[owner].1.table, rows: aligned[owner])

        let labels = try ColumnChoice.labels(of: job, datasets, aligned, schedule)
        let trainRows = schedule.trainRows
        let trainings = aligned.map { $0.rows(at: trainRows) }
        var choices = try zip(datasets, trainings).map { data, rows in
            try ColumnChoice(data.1.table, job, of: data.0.party, rows: rows, labels: labels)
        }
        try ColumnChoice.correlate(&choices, job, datasets, trainings)
        var label: (targets: Targets, own: OwnRows?)?
        for (((member, dataset), rows), (training, choice)) in zip(zip(datasets, aligned), zip(trainings, choices)) {
            let preparation = try PartyPreparation(
                fitting: dataset, job, of: member.party, rows: training,
                choice: choice, from: initializer(member.party))
            let prepared = try preparation.prepare(dataset, rows, job, of: member.party)
            features.append((member.party, prepared))
            if member.role == .label {
                label = (try Targets(dataset, job, rows: rows, training: schedule.trainRows), prepared.own)
            }
        }
        guard let label else { throw RunError(.internalError, "a job has a label party") }
        (targets, own) = label
    }

    /// The source layer with given weights.
    func source(_ job: Job, _ weights: JoinedWeights) throws -> LocalSource {
        LocalSource(
            try features.map { party, features in
                try PlainPart(features, job, of: party, saved: weights.part(of: party))
            })
    }

    func training(_ job: Job) -> Training { Training(job: job, schedule: schedule, targets: targets, own: own) }
}
