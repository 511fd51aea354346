internal import Coordination
internal import Cryptography
internal import Identifiers
internal import Link
internal import Models
internal import Tables
internal import Workers

/// A party's rows as they enter the model, in the common order; labels at the label party.
struct Prepared {
    /// Rows of the party's table, in the common order.
    let aligned: AlignedRows
    let preparation: PartyPreparation
    let features: PartyFeatures
    /// What is predicted; `nil` at a feature party.
    let targets: Targets?
    /// The label party's features with the columns that only its baseline uses; `nil` where there are none.
    let extended: PartyFeatures?
}

extension Schedule {
    /// The schedule of aligned rows at one party: which ones are held back, it knows by its own keys, as all parties do.
    ///
    /// - Parameter aligned: rows of the party's table in the common order; where rows are held back by their key, all of them are there.
    /// - Throws: `TablesError`, ``RunError`` where a job splits rows by a column.
    init(job: Job, table: Table, rows aligned: AlignedRows) throws {
        if let parts = try Self.parts(job, table: table, rows: aligned) {
            self.init(job: job, parts: parts)
            return
        }
        guard case .key(let column, let text) = job.evaluate.test,
            let place = table.key.columns.firstIndex(of: column)
        else {
            self.init(job: job, rows: aligned.count)
            return
        }
        // As ids are compared: parties may write a key in different ways.
        let isNamed = job.align.declaration.matcher(of: Array(text.utf8), in: column)
        let texts = try table.keys().columns[place]
        self.init(job: job, rows: aligned.count) { aligned[$0].map { isNamed(texts[$0]) } ?? false }
    }
}

extension PartyRun {
    /// Fits the preparation on this party's own aligned training rows, or takes that of the checkpoint, and applies it to all aligned
    /// rows.
    ///
    /// - Parameter choice: What its columns' bins said of the label, where the job asks for that.
    func prepare(
        _ aligned: AlignedRows, _ schedule: Schedule, _ start: TrainingStart, _ choice: ColumnChoice,
        _ random: any RandomSource
    ) throws -> Prepared {
        notify(.init(stage: .prepare, bytes: bytesSent))
        guard job.evaluate.split?.validation == nil || schedule.validationRows.count > 0 else {
            throw RunError(
                .badData, "of \(aligned.count) common rows none are to validate; evaluate.split says that some do")
        }
        guard schedule.trainRows.count > 0, schedule.testRows.count > 0 else {
            throw RunError(
                .badData,
                "of \(aligned.count) common rows, \(schedule.trainRows.count) are to be trained on and "
                    + "\(schedule.testRows.count) held back: neither can be done with none")
        }
        let training = aligned.rows(at: schedule.trainRows)
        let stream = try random.stream("tower/init/\(me)")
        let preparation =
            try start.checkpoint?.preparation
            ?? PartyPreparation(
                fitting: dataset, job, of: me, rows: training, choice: choice,
                from: Initializer { stream.bytes($0) }, progress: tellOfLearning
            ) { course in
                report.notes.append(course.note(of: me, tellsLoss: file.policy.releasesMetrics))
            }
        if let sample = preparation.towerSample(of: training.count) {
            report.notes.append(
                "the tower of \(me) learned from \(sample) of \(training.count) training rows: more do not fit into memory"
            )
        }
        let features = try preparation.prepare(dataset, aligned, job, of: me, encoding: tellOfEncoding)
        for column in preparation.dropped {
            report.notes.append("column '\(column)' does not vary over the training rows and was left out")
        }
        report.preparedColumns = features.numbers.columns
        report.embeddedFields = features.lookups.fields
        guard role == .label else {
            return Prepared(
                aligned: aligned, preparation: preparation, features: features, targets: nil, extended: nil)
        }
        let targets = try Targets(dataset, job, rows: aligned, training: schedule.trainRows)
        if job.model.target == .binary {
            try requireBothClasses(targets, schedule.testRows)
            if !schedule.validationRows.isEmpty { try requireBothClasses(targets, schedule.validationRows) }
        }
        return Prepared(
            aligned: aligned, preparation: preparation, features: features, targets: targets,
            extended: try extended(rows: aligned, training: training, choice, preparation.histories))
    }

    /// Metrics of labels that are all the same say nothing.
    private func requireBothClasses(_ targets: Targets, _ rows: RowNumbers) throws {
        let held = targets.present(rows)
        let positives = held.reduce(0) { $0 + targets.truth[$1] }
        guard positives > 0, positives < Double(held.count) else {
            throw RunError(
                .oneClassLabels,
                "label '\(job.label)' is the same in all \(held.count) evaluation rows: nothing can be measured; "
                    + "align more rows or choose another label")
        }
    }

    /// Tells the coordinator how far a tower over histories has learned, and ends it where the job has been given up.
    private func tellOfLearning(_ progress: HistoryLearning.Progress) throws {
        let stage: ControlMessage.Stage = progress.work == .learning ? .pretrain : .prepare
        try tell(of: progress.history, progress.done, progress.of, in: stage)
    }

    /// Tells the coordinator how far one of this party's histories is, as a part of all of them.
    ///
    /// - Throws: ``CancelledLearning`` where the job has been given up.
    func tell(of history: String, _ done: Int, _ of: Int, in stage: ControlMessage.Stage) throws {
        guard !WorkContext.current.isCancelled else { throw CancelledLearning() }
        let names = job.towers[me]?.history?.histories ?? []
        let before = names.firstIndex(of: history) ?? 0
        notify(.init(stage: stage, done: before * of + done, of: max(1, names.count) * of, bytes: bytesSent))
    }

    /// Tells the coordinator how many rows frozen encoders have encoded, and ends that where the job has been given up.
    func tellOfEncoding(_ done: Int, _ of: Int) throws {
        guard !WorkContext.current.isCancelled else { throw CancelledLearning() }
        notify(.init(stage: .prepare, done: done, of: of, bytes: bytesSent))
    }

    /// - Parameter histories: As they are fitted already.
    private func extended(
        rows: AlignedRows, training: RowNumbers, _ choice: ColumnChoice, _ histories: [PreparedHistory]?
    ) throws -> PartyFeatures? {
        guard !job.baselines.extraColumns.isEmpty,
            let index = job.members.firstIndex(where: { $0.party == me })
        else { return nil }
        var wider = job.withoutLearningHistories
        wider.members[index].columns? += job.baselines.extraColumns
        let preparation = try PartyPreparation(
            fitting: dataset, wider, of: me, rows: training, choice: choice, from: .reproducible("baseline"),
            histories: wider.towers[me]?.history == nil ? nil : histories)
        return try preparation.prepare(dataset, rows, wider, of: me, encoding: tellOfEncoding)
    }
}
