internal import Columns
internal import Coordination
internal import Course
internal import Cryptography
internal import LocalUpdates
internal import Models
internal import Runtime
internal import Shares
internal import Specification
internal import Unprotected

/// Training and evaluation over all parties: sets the source layer up as the job's protection says, then leads or follows.
extension PartyRun {
    func train(
        _ prepared: Prepared, _ schedule: Schedule, _ start: TrainingStart, _ random: any RandomSource,
        _ reservation: ExposureReservation?
    ) throws {
        switch job.protection {
        case .blind: try trainBlind(prepared, schedule, start, random, reservation)
        case .none: try trainUnprotected(prepared, schedule, start, random, reservation)
        }
    }

    private func trainBlind(
        _ prepared: Prepared, _ schedule: Schedule, _ start: TrainingStart, _ random: any RandomSource,
        _ reservation: ExposureReservation?
    ) throws {
        try job.checkDecay(rounds: schedule.epochRounds)
        let contributions = try exchangeContributions(
            prepared.features, columns: prepared.features.numbers.columns, version: start.round)
        let layers = try BlindLayers(
            self, contributions, schedule.layerRuns(of: schedule.legs[0]), random)
        try reservation?.use()
        switch role {
        case .label:
            var source = try layers.labelSource(prepared.features, saved: start.checkpoint?.part.shares)
            let passage = Passage<BlindLabelSource, HeldPart> {
                HeldPart(shares: try layers.saved($0))
            } end: {
                try layers.end($0)
            } begin: { leg, source, kept in
                let version = kept?.shares.version ?? source.matMul.role.shares.version
                try layers.begin(schedule.layerRuns(of: leg), version: version)
                source = try layers.labelSource(
                    prepared.features, saved: kept?.shares, after: kept == nil ? source : nil)
            }
            let top = try lead(&source, prepared, schedule, start, random, passage) { layers.bytesSent }
            try remember(prepared, contributions, HeldPart(shares: try layers.saved(source)), top: top)
        case .feature:
            var source = try layers.featureSource(prepared.features, saved: start.checkpoint?.part.shares)
            let passage = Passage<BlindFeatureSource, HeldPart> {
                HeldPart(shares: try layers.saved($0))
            } end: {
                try layers.end($0)
            } begin: { leg, source, kept in
                let version = kept?.shares.version ?? source.matMul.role.shares.version
                try layers.begin(schedule.layerRuns(of: leg), version: version)
                source = try layers.featureSource(
                    prepared.features, saved: kept?.shares, after: kept == nil ? source : nil)
            }
            try follow(&source, schedule, start, prepared.preparation, passage, reservation) { layers.bytesSent }
            try remember(prepared, contributions, HeldPart(shares: try layers.saved(source)))
        }
        try layers.finish()
    }

    /// Keeps what this party has of the trained model until the job has ended well.
    private func remember(
        _ prepared: Prepared, _ contributions: [Party: Contribution], _ part: HeldPart, top: LabelModel? = nil
    ) throws {
        let facts = ModelHalf.Facts(
            job: job, contributions: contributions,
            preparation: prepared.preparation.with(try top?.towers()?.map(\.atRest)),
            scale: prepared.targets?.scale,
            top: top?.parameters.atRest, plain: part.plain?.atRest,
            alpha: part.shares.alpha == ShareOptimiser.wholeAlpha ? nil : part.shares.alpha,
            test: SelfTest(part.shares.named, top?.top))
        result = .model(ModelHalf(facts: facts, shares: part.shares))
    }

    /// Tells all how much this party brings, and of which moment, and hears the same of them.
    ///
    /// - Parameter version: Updates that its weights have had.
    /// - Throws: ``RunError`` where not all parties' weights have had as many.
    func exchangeContributions(
        _ features: PartyFeatures, columns: Int, version: Int = 0
    ) throws -> [Party: Contribution] {
        let (numbers, lookups) = (features.numbers, features.lookups)
        let touched = numbers.mostNonzeros * job.train.batch
        let contributions = try exchangeColumns(
            Contribution(
                columns: columns, fields: lookups.fields, tableRows: lookups.tableRows,
                listedColumns: job.touchedRows.listed(touched: max(1, touched), of: columns), weightVersion: version))
        try requireOneVersion(contributions)
        return contributions
    }

    /// A share of one moment and the copy of a partner's of another would give numbers of no weights at all.
    private func requireOneVersion(_ contributions: [Party: Contribution]) throws(RunError) {
        func version(_ party: Party) -> Int { contributions[party]?.weightVersion ?? 0 }
        guard let other = job.featureParties.first(where: { version($0) != version(job.labelParty) }) else { return }
        // Whose is the wrong one nobody knows, so each party says it for itself.
        throw RunError(
            .badData,
            "halves of different versions: \(other)'s weights have had \(version(other)) updates, "
                + "\(job.labelParty)'s \(version(job.labelParty)); restore halves of one moment at all parties")
    }

    // MARK: - Unprotected

    private func trainUnprotected(
        _ prepared: Prepared, _ schedule: Schedule, _ start: TrainingStart, _ random: any RandomSource,
        _ reservation: ExposureReservation?
    ) throws {
        let stream = try random.stream("unprotected/init/\(me)")
        let part =
            try start.checkpoint?.part.plain.map { try PlainPart(prepared.features, job, of: me, saved: $0) }
            ?? PlainPart(prepared.features, job, of: me, from: Initializer { stream.bytes($0) })
        let contributions = try exchangeContributions(
            prepared.features, columns: part.columns, version: start.round)
        try reservation?.use()
        try runUnprotected(part, contributions, schedule) { source in
            var session = source.session
            let passage = Passage<UnprotectedLabelSource, HeldPart> {
                $0.held
            } end: {
                try self.finish($0.session)
            } begin: { leg, source, kept in
                let plan = self.unprotectedPlan(contributions, schedule, leg)
                session = try self.session(UnprotectedProtocol.specification, plan)
                source.enter(session, plan, with: try kept.flatMap { try self.plainPart($0, prepared.features) })
            }
            let top = try lead(&source, prepared, schedule, start, random, passage) { session.bytesSent }
            try remember(prepared, contributions, source.held, top: top)
        } following: { source in
            var session = source.session
            let passage = Passage<UnprotectedFeatureSource, HeldPart> {
                $0.held
            } end: {
                try self.finish($0.session)
            } begin: { leg, source, kept in
                let plan = self.unprotectedPlan(contributions, schedule, leg)
                session = try self.session(UnprotectedProtocol.specification, plan)
                source.enter(session, plan, with: try kept.flatMap { try self.plainPart($0, prepared.features) })
            }
            try follow(&source, schedule, start, prepared.preparation, passage, reservation) { session.bytesSent }
            try remember(prepared, contributions, source.held)
        }
    }

    private func plainPart(
        _ kept: HeldPart, _ features: PartyFeatures
    ) throws -> (part: PlainPart, updates: Int)? {
        try kept.plain.map { (try PlainPart(features, job, of: me, saved: $0), kept.shares.version) }
    }

    /// Begins an unprotected session, in which this party leads or follows.
    func runUnprotected(
        _ part: PlainPart, _ contributions: [Party: Contribution], _ schedule: Schedule,
        leading lead: (inout UnprotectedLabelSource) throws -> Void,
        following follow: (inout UnprotectedFeatureSource) throws -> Void
    ) throws {
        notify(.init(stage: .train, bytes: bytesSent, note: UnprotectedProtocol.warning))
        let plan = unprotectedPlan(contributions, schedule, schedule.legs[0])
        let session = try session(UnprotectedProtocol.specification, plan)
        let descent = try job.pace(epoch: 0).source
        let view = view.map { UnprotectedView(recorder: $0, me: me) }
        switch role {
        case .label:
            var source = UnprotectedLabelSource(
                session: session, role: UnprotectedLabelParty(plan: plan, layer: part.source, descent: descent),
                part: part, view: view, updates: schedule.done)
            try lead(&source)
            try finish(source.session)
        case .feature:
            var source = UnprotectedFeatureSource(
                session: session,
                role: UnprotectedFeatureParty(
                    plan: plan, layer: part.source, descent: descent, towerColumns: part.towerColumns,
                    givesStatistics: job.featureReuse.stepsPerRound > 0), part: part, job,
                view: view, updates: schedule.done)
            try follow(&source)
            try finish(source.session)
        }
    }

    private func unprotectedPlan(
        _ contributions: [Party: Contribution], _ schedule: Schedule, _ leg: Schedule.Leg
    ) -> SessionPlan {
        UnprotectedProtocol.plan(
            label: job.labelParty, features: job.featureParties, columns: contributions.mapValues(\.columns),
            width: job.model.width,
            runs: schedule.runs(of: leg).map {
                .init($0.training ? .train : .evaluate, count: $0.run.count, rows: $0.run.rows)
            })
    }

    // MARK: - Both

    private func lead<Source: LabelSource>(
        _ source: inout Source, _ prepared: Prepared, _ schedule: Schedule, _ start: TrainingStart,
        _ random: any RandomSource, _ passage: Passage<Source, HeldPart>, sent: () -> Int
    ) throws -> LabelModel {
        guard let targets = prepared.targets else { throw RunError(.internalError, "the label party has no labels") }
        let training = Training(job: job, schedule: schedule, targets: targets, own: prepared.features.own)
        let stream = try random.stream("top-model/init")
        var top =
            try start.checkpoint?.top.map { try training.topModel($0) }
            ?? training.topModel(from: Initializer { stream.bytes($0) })
        let (before, began) = (bytesSent + sent(), ContinuousClock.now)
        var passage = passage
        passage.decided = { [self] decision in
            _ = try announce(.decision(decision), rows: nil)
            report.rounds += schedule.validationBatches.count
        }
        passage.keep = { [self] progress, source, top, best in
            try keep(
                start, schedule, round: progress.done, prepared.preparation.with(top.towers()), top: top.parameters,
                course: progress.course, best: best
            ) { try passage.part(source) }
        }
        report.rounds = schedule.roundsBefore
        let past = TrainingPast(course: start.checkpoint?.course ?? .init(), best: start.checkpoint?.best)
        try keep(start, schedule, round: schedule.done, prepared.preparation, top: top.parameters) {
            try passage.part(source)
        }
        let course = try timed(\.train) {
            try training.run(&source, top: &top, after: past, keepsScores: true, passage: passage) {
                progress, source, top in
                report.rounds += 1
                notify(
                    .init(
                        stage: .train, done: progress.done, of: progress.of, loss: progress.loss,
                        bytes: bytesSent + sent()))
                try curve?.record(
                    me, round: progress.done, top: top, seconds: (ContinuousClock.now - began) / .seconds(1)
                ) { try passage.part(source) }
            }
        }
        reportUpdates(course.steps, schedule, sent: bytesSent + sent() - before)
        try validate(&source, &top, training, course)
        let scores = try timed(\.evaluate) {
            try training.score(&source, top: &top) { done, of in
                notify(.init(stage: .evaluate, done: done, of: of, bytes: bytesSent + sent()))
            }
        }
        report.rounds += schedule.testBatches.count
        let measured = try training.measurement(scores, after: course)
        (report.metrics, report.intervals, report.curves) = (measured.metrics, measured.intervals, measured.curves)
        // Baselines have encoders of their own.
        try top.rest()
        // Those of a federation that went on train from their beginning all the same.
        let alone = job.withoutLearningHistories
        let isWithout = alone.towers != job.towers
        if isWithout {
            report.notes.append(
                "baselines of \(me) alone do without its tower over histories, which learns with the model of all")
        }
        let whole = Training(
            job: alone, schedule: schedule.after(rounds: 0), targets: targets,
            own: isWithout ? nil : prepared.features.own)
        report.baselines["labelPartyOnly"] = try whole.baseline([(me, prepared.features)])
        if let extended = prepared.extended {
            let training = Training(
                job: alone, schedule: whole.schedule, targets: targets, own: extended.own)
            report.baselines["labelPartyWithExtraColumns"] = try training.baseline([(me, extended)])
        }
        let boosted = try training.boostedBaseline(
            dataset.table, columns: job.member(me)?.columns ?? [], aligned: prepared.aligned)
        report.baselines["labelPartyBoosted"] = boosted.metrics
        if let sample = boosted.sample {
            report.notes.append(
                "the boosted trees of \(me) learned from \(sample) of \(schedule.trainRows.count) training rows: more do not fit into an eighth of its memory"
            )
        }
        return top
    }

    /// Measures the rows that validate where training has not done so, and reports how good they are, and where training stopped.
    private func validate(
        _ source: inout some LabelSource, _ top: inout LabelModel, _ training: Training, _ course: TrainingCourse
    ) throws {
        if let stopped = course.stopped {
            report.validation = stopped.validation
            report.notes.append(
                "training ended after epoch \(stopped.epochs) of at most \(job.train.epochs); the model is that of epoch \(stopped.best), "
                    + "the best by \(job.train.earlyStopping?.metric.rawValue ?? "") of the rows that validate")
        } else if !training.schedule.validationRows.isEmpty {
            let scores = try timed(\.evaluate) {
                try training.score(training.schedule.validationRows, &source, top: &top) { _, _ in }
            }
            report.rounds += training.schedule.validationBatches.count
            report.validation = try training.validation(scores)
        }
    }

    private func follow<Source: FeatureSource>(
        _ source: inout Source, _ schedule: Schedule, _ start: TrainingStart, _ preparation: PartyPreparation,
        _ passage: Passage<Source, HeldPart>, _ reservation: ExposureReservation?, sent: () -> Int
    ) throws {
        let before = bytesSent + sent()
        let rounds = schedule.done + schedule.trainRounds
        var (legs, done, best) = (schedule.legs[...], schedule.done, start.checkpoint?.best)
        report.rounds = schedule.roundsBefore
        try keep(start, schedule, round: done, preparation) { try passage.part(source) }
        while let leg = legs.popFirst() {
            // The test rows are measured with the weights of the best epoch.
            if leg.epochs != schedule.legs[0].epochs { try passage.begin(leg, &source, leg.tests ? best?.part : nil) }
            try timed(\.train) {
                for (index, rows) in schedule.batches(of: leg).enumerated() {
                    if let epoch = schedule.epoch(beginningAt: index, in: leg) {
                        try source.begin(job.pace(epoch: epoch))
                    }
                    try source.answer(rows, training: true, next: schedule.round(after: index, in: leg))
                    (done, report.rounds) = (done + 1, report.rounds + 1)
                    try keep(start, schedule, round: done, preparation, best: best) { try passage.part(source) }
                    notify(.init(stage: .train, done: done, of: rounds, bytes: bytesSent + sent()))
                    try curve?.record(me, round: done) { try passage.part(source) }
                }
                if !leg.epochs.isEmpty { try source.finishTraining() }
            }
            if legs.isEmpty { reportUpdates(source.steps, schedule, sent: bytesSent + sent() - before) }
            try answer(&source, measuring: leg, of: schedule)
            guard schedule.stopsEarly, !leg.tests else { continue }
            try passage.end(source)
            guard case .decision(let decision) = try announce(nil, rows: nil) else { continue }
            if decision.isBest { best = BestEpoch(part: try passage.part(source)) }
            if !decision.goesOn {
                legs = legs.suffix(1)
                try reservation?.giveBack(schedule.unusedVisits(after: leg.epochs.upperBound))
            }
        }
    }

    /// A feature party's part in measuring rows, after a session's training.
    func answer(
        _ source: inout some FeatureSource, measuring leg: Schedule.Leg, of schedule: Schedule,
        answered: (_ rounds: Int) -> Void = { _ in }
    ) throws {
        try timed(\.evaluate) {
            for (index, rows) in schedule.measuredBatches(of: leg).enumerated() {
                let next = schedule.round(after: schedule.trainRounds(of: leg) + index, in: leg)
                try source.answer(rows, training: false, next: next)
                report.rounds += 1
                answered(index + 1)
            }
        }
    }
}

extension PartyRun {
    /// Says what was done between rounds, if anything.
    ///
    /// - Parameters:
    ///   - taken: this party's steps on whole batches.
    ///   - sent: in training.
    private func reportUpdates(_ taken: LocalStepCount, _ schedule: Schedule, sent: Int) {
        let rounds = schedule.trainRounds
        guard job.localUpdates != nil, rounds > 0 else { return }
        // Replayed shares are steps of all parties; they have no rows that could be weighed.
        let replayed = job.shareReuse.steps(rounds: rounds)
        let all = max(job.labelReuse.steps(rounds: rounds), replayed)
        report.localUpdates = .init(
            steps: max(taken.steps, replayed), seconds: taken.seconds, meanWeight: taken.meanWeight,
            bytesSaved: sent * all / rounds)
    }
}

extension Session {
    /// Bytes of the frames that it sent so far.
    var bytesSent: Int { traffic.sent.values.reduce(0) { $0 + $1.bytes } }
}
