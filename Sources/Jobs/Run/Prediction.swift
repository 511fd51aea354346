internal import Columns
internal import Coordination
internal import Cryptography
internal import Glibc
internal import Link
internal import Models
internal import Runtime
internal import Specification
internal import Tables
internal import Unprotected
internal import Workers

/// Scoring rows with a model that an earlier job trained: forward passes alone, labels are not needed.
extension PartyRun {
    /// Scores all common rows. Scores come into being at the label party and stay there.
    ///
    /// Leaks what every opening does: one more of each row, which the exposure ledger counts.
    func predict(_ model: String, _ aligned: AlignedRows, _ random: any RandomSource) throws {
        let half = try ModelHalf(path: ModelHalf.path(state: file.state, model: model), model: model)
        guard aligned.count > 0 else { throw RunError(.badData, "there is no common row to be scored") }
        notify(.init(stage: .prepare, bytes: bytesSent))
        let features = try timed(\.prepare) {
            try half.facts.preparation.prepare(
                dataset, aligned, job, of: me, keeping: keeping(model), encoding: tellOfEncoding)
        }
        report.notes += features.stored.map { $0.note(of: me.name) }
        try view?.rows(features, half.facts.preparation, dataset, aligned, targets: nil, of: job.label)
        report.preparedColumns = features.numbers.columns
        report.embeddedFields = features.lookups.fields
        let schedule = Schedule(job: job, rows: aligned.count)
        let reservation = try reserveExposure(aligned, features, [(RowNumbers(aligned.indices), 1)])
        defer { reservation?.settle() }
        let rounds = schedule.testBatches.count
        let refinement = CodeBookRefinement(of: features.stored)
        defer {
            if let outcome = refinement?.end() { report.notes += outcome.notes(of: me.name) }
        }
        switch job.protection {
        case .blind:
            let contributions = try exchangeContributions(
                features, columns: features.numbers.columns, version: half.shares.version)
            try requireSameSizes(contributions, half.facts.contributions)
            let layers = try BlindLayers(self, contributions, schedule.layerRuns, random)
            try reservation?.use()
            switch role {
            case .label:
                var source = try layers.labelSource(features, saved: half.shares)
                try score(&source, half, features, schedule, aligned, refinement) { layers.bytesSent }
            case .feature:
                var source = try layers.featureSource(features, saved: half.shares)
                try answer(&source, measuring: schedule.legs[0], of: schedule) { refinement?.advance($0, of: rounds) }
            }
            try layers.finish()
        case .none:
            guard let saved = half.facts.plain else { throw RunError(.badData, "model \(model) is a protected one") }
            let part = try PlainPart(features, job, of: me, saved: saved)
            try reservation?.use()
            try runUnprotected(part, half.facts.contributions, schedule) { source in
                let session = source.session
                try score(&source, half, features, schedule, aligned, refinement) { session.bytesSent }
                // Here nobody has waited yet for partners that still prepare.
                report.seconds.evaluate -= session.waitedForBeginnings / .seconds(1)
            } following: { source in
                try answer(&source, measuring: schedule.legs[0], of: schedule) { refinement?.advance($0, of: rounds) }
            }
        }
    }

    /// Where the job wants this party's histories kept from one prediction to the next: how.
    private func keeping(_ model: String) -> TowerHistories.Keeping? {
        guard let share = job.towers[me]?.history?.historyBudget.flatMap(Double.init) else { return nil }
        return TowerHistories.Keeping(stores: HistoryStores(state: file.state, model: model), share: share) {
            [self] name, done, of in try tell(of: name, done, of, in: .prepare)
        }
    }

    /// Halves belong together only if all parties bring what they brought when the model was trained.
    private func requireSameSizes(_ now: [Party: Contribution], _ then: [Party: Contribution]) throws(RunError) {
        for party in job.parties {
            guard let now = now[party], let then = then[party], now.columns == then.columns,
                now.fields == then.fields, now.tableRows == then.tableRows
            else {
                throw RunError(
                    .badData, blaming: party,
                    "\(party)'s half of the model has other sizes than it had when this one was trained")
            }
        }
    }

    private func score(
        _ source: inout some LabelSource, _ half: ModelHalf, _ features: PartyFeatures, _ schedule: Schedule,
        _ aligned: AlignedRows, _ refinement: CodeBookRefinement?, sent: () -> Int
    ) throws {
        guard let topModel = try half.facts.topModel, let scale = half.facts.scale else {
            throw RunError(.badData, "the label party's half of the model lacks what is above the source layer")
        }
        var top = LabelModel(topModel, own: features.own)
        let scores = try timed(\.evaluate) {
            try Scoring(schedule: schedule, scale: scale).run(
                schedule.testRows, &source, top: &top
            ) { done, of in
                refinement?.advance(done, of: of)
                notify(.init(stage: .evaluate, done: done, of: of, bytes: bytesSent + sent()))
            }
        }
        report.rounds = schedule.testBatches.count
        let keys = try dataset.table.keys()
        result = .scores(
            try ScoreFile(
                job: job, ids: aligned.map { $0.map { keys.cells(row: $0) } }, scores: scores,
                classes: scale.classes))
    }
}

/// What a job leaves on its party's disk when it has ended well.
enum JobResult {
    /// A trained model's half.
    case model(ModelHalf)
    /// Scores with the ids of their rows.
    case scores(ScoreFile)
}

extension PartyRun {
    /// What a model, or a file of scores, is called: 12 digits of the job's hash and the attempt.
    var name: String { "\(assignment.hash.hexadecimal.prefix(12))-\(assignment.attempt)" }

    /// Writes the job's result to disk and reports where it is.
    func keep() throws {
        switch result {
        case nil: break
        case .model(let half):
            let path = try ModelHalf.path(state: file.state, model: name)
            try StateFile.makeFolder(file.state + "/models")
            try half.save(to: path)
            report.model = name
            register(half)
        case .scores(let scores):
            try StateFile.makeFolder(file.scores)
            let path = "\(file.scores)/\(job.name)-\(name).csv"
            try StateFile.write(scores.bytes, to: path)
            report.scores = .init(file: path, rows: scores.rows)
        }
    }

    /// Takes the model into this party's registry. The half is kept by now, and the registry is made anew of halves where need be: so a
    /// job does not fail by it.
    private func register(_ half: ModelHalf) {
        var entry = ModelEntry(
            half, name: name, hash: assignment.hash.hexadecimal, at: me, time: Int(time(nil)))
        (entry.rows, entry.metrics) = (report.aligned, report.metrics)
        do { try ModelRegistry(state: file.state, party: me).add(entry) } catch {
            report.notes.append("the model is kept, and not in the registry yet: \(error)")
        }
    }
}
