internal import Coordination
internal import Cryptography
internal import Models
internal import Resumption
internal import Runtime
internal import Specification

/// Where this party's training begins, and where parts of it are kept on the way.
struct TrainingStart {
    let checkpoints: Checkpoints
    /// What it goes on from; `nil` where it begins.
    let checkpoint: Checkpoint?
    /// This party's latest moment; `nil` where it had none.
    let latest: Moment?

    /// Training rounds that are done.
    var round: Int { checkpoint?.moment.round ?? 0 }

    /// Rounds that an earlier attempt may have opened, and that will be opened once more with other weights, counted from the
    /// checkpoint. Whoever has a checkpoint may have gone on until the next one was due. The first round after the checkpoint is not among
    /// them: it opens the same rows under the same weights, and so the very same numbers.
    func reopened(every interval: Int) -> Range<Int> {
        guard let checkpoint, let latest else { return 0..<0 }
        return 1..<max(1, latest.round + interval - checkpoint.moment.round)
    }

    /// How far an earlier attempt may have come beyond the checkpoint: what it measured there, this one measures again with other
    /// weights. No rounds where it was not ahead.
    var lost: Range<Int> {
        guard let checkpoint, let latest, latest.round > checkpoint.moment.round else { return 0..<0 }
        return checkpoint.moment.round + 1..<latest.round + 1
    }
}

extension PartyRun {
    /// Begins a training, or agrees with all parties from which moment it goes on: where there is none of which all have a
    /// checkpoint, it begins.
    func trainingStart(_ aligned: AlignedRows, _ schedule: Schedule) throws -> TrainingStart {
        guard let key = credentials.transcriptKey else {
            throw RunError(.storageFailed, "there is no transcript key, under which checkpoints are kept")
        }
        let checkpoints = Checkpoints(
            state: file.state, key: key, party: me, job: assignment.hash, rows: try digest(of: aligned, schedule))
        guard assignment.resumes else {
            return TrainingStart(checkpoints: checkpoints, checkpoint: nil, latest: nil)
        }
        let own = try checkpoints.moments()
        if own.readable.isEmpty, own.useless > 0 {
            report.notes.append(
                "no checkpoint could be used: the rows have changed since, or a file is damaged or of another version")
        }
        let role = ResumptionParty(me: me, parties: job.parties, own: own.readable)
        let outputs = try play(ResumptionProtocol.specification, ResumptionProtocol.plan(job.parties), role) {
            $0.start()
        }
        guard case let moment?? = outputs.first, let checkpoint = try checkpoints.read(moment) else {
            notify(.init(stage: .prepare, bytes: bytesSent, note: "training begins: not all parties have a checkpoint"))
            return TrainingStart(checkpoints: checkpoints, checkpoint: nil, latest: nil)
        }
        try checkpoints.goOn(from: moment)
        let note = "training goes on after round \(moment.round), from checkpoints of attempt \(moment.attempt)"
        notify(.init(stage: .prepare, bytes: bytesSent, note: note))
        report.notes.append("\(note); bytes and seconds are those of attempt \(assignment.attempt)")
        return TrainingStart(checkpoints: checkpoints, checkpoint: checkpoint, latest: own.readable.first)
    }

    /// Keeps this party's part where a checkpoint is due: before the first round, every so many rounds, after the last, and after
    /// those after which training may stop.
    func keep(
        _ start: TrainingStart, _ schedule: Schedule, round: Int,
        _ preparation: @autoclosure () throws -> PartyPreparation,
        top: @autoclosure () -> ModelParameters? = nil, course: TrainingCourse = .init(),
        best: BestEpoch<HeldPart>? = nil, _ part: () throws -> HeldPart
    ) throws {
        let isDue =
            round.isMultiple(of: job.train.checkpoint) || round == schedule.done + schedule.trainRounds
            || schedule.mayStop(after: round)
        guard isDue, round != start.checkpoint?.moment.round else { return }
        try start.checkpoints.save(
            Checkpoint(
                moment: Moment(attempt: assignment.attempt, round: round), preparation: try preparation(), part: part(),
                top: top(), course: course, best: best))
    }

    /// Binds checkpoints to the rows that they were made of, and to what these were for.
    private func digest(of aligned: AlignedRows, _ schedule: Schedule) throws -> [UInt8] {
        let keys = try dataset.table.keys()
        var writer = CanonicalWriter()
        writer.text("colonnade/checkpoint-rows/v1")
        var hash = SHA256()
        hash.update(writer.bytes)
        hash.update(list: aligned) { writer, row in writer.optional(row) { $0.blob(keys.encoding(row: $1)) } }
        for rows in [schedule.validationRows, schedule.testRows] { hash.update(list: rows) { $0.count($1) } }
        return hash.digest()
    }
}
