internal import Arithmetic
internal import Coordination
internal import Evaluation
internal import HistoryTower
internal import Models
internal import Tables

/// Trains a model over any source layer, round after round of a schedule, and scores the rows that were held back.
///
/// One function for the federation, its unprotected comparison and every baseline, so that they differ in nothing but the layer.
struct Training {
    let job: Job
    let schedule: Schedule
    let targets: Targets
    /// What enters the label party's model beside Z; `nil` where nothing does.
    let own: OwnRows?

    /// The job's model above the source layer with its first weights.
    func topModel(from initializer: Initializer) throws -> LabelModel {
        LabelModel(
            try TopModel(
                job.architecture(ownColumns: own?.columns), optimiser: job.train.localOptimiser,
                outputBias: targets.scale.bias, from: initializer), own: own)
    }

    /// The same with the parameters that it had.
    ///
    /// - Parameter towers: Encoders of histories as they were; `nil`: as the preparation has them.
    func topModel(_ parameters: ModelParameters, towers: [HistoryTower]? = nil) throws -> LabelModel {
        LabelModel(
            try TopModel(
                job.architecture(ownColumns: own?.columns), parameters: parameters,
                optimiser: job.train.localOptimiser), own: own, towers: towers)
    }

    /// What some rows are to be predicted as.
    func targets(_ rows: [Int]) -> [Double] { rows.map { targets.values[$0] } }

    /// How far a training has come.
    struct Progress {
        var done: Int
        var of: Int
        /// The mean loss of the round just done.
        var loss: Double
        /// How it went until then.
        var course: TrainingCourse
    }

    /// Trains as long as the job says; the source is in the first of the schedule's sessions then, and in the last one afterwards.
    ///
    /// - Parameters:
    ///   - past: The rounds before, where the schedule begins after them.
    ///   - keepsScores: whether the course has predictions of the last rounds' rows; not where there are classes.
    ///   - passage: How the source goes from session to session.
    ///   - progress: called after each round, with the layer and the top model as they are then.
    @discardableResult
    func run<Source: LabelSource, Kept>(
        _ source: inout Source, top: inout LabelModel, after past: TrainingPast<Kept> = .init(),
        keepsScores: Bool = false, passage: Passage<Source, Kept>,
        progress: (Progress, Source, LabelModel) throws -> Void
    ) throws -> TrainingCourse {
        if let rule = job.train.earlyStopping {
            return try runStopping(
                &source, top: &top, after: past, keepsScores: keepsScores, rule: rule, passage: passage,
                progress: progress)
        }
        var (course, steps) = (past.course, LabelSteps(job.labelReuse))
        try run(schedule.legs[0], &source, top: &top, keepsScores: keepsScores, &course, &steps) { done, source, top in
            try passage.keep(done, source, top, nil)
            try progress(done, source, top)
        }
        course.steps = steps.count
        return course
    }

    /// Trains through the epochs of one session.
    func run<Source: LabelSource>(
        _ leg: Schedule.Leg, _ source: inout Source, top: inout LabelModel, keepsScores: Bool,
        _ course: inout TrainingCourse, _ steps: inout LabelSteps,
        progress: (Progress, Source, LabelModel) throws -> Void
    ) throws {
        let scoredFrom = schedule.trainRounds(of: leg) - TrainingCourse.scoredRounds(schedule)
        for (index, rows) in schedule.batches(of: leg).enumerated() {
            if let epoch = schedule.epoch(beginningAt: index, in: leg) {
                let pace = try job.pace(epoch: epoch)
                try source.begin(pace)
                try top.begin(pace)
            }
            let beside = try top.forward(rows)
            let z = try source.open(rows, training: true, next: schedule.round(after: index, in: leg))
            if keepsScores, index >= scoredFrom, job.model.target != .classes {
                let scores = targets.scale.restore(top.predict(z: z, own: beside).elements)
                course.scores += zip(rows, scores).filter { !targets.absent.contains($0.0) }.map(\.1)
            }
            let step = try descend(&top, z: z, own: beside, rows, weights: targets.weights(rows))
            let own = steps.isEmpty ? nil : try source.own(rows)
            try source.update(step.gradient)
            if let own {
                try steps.take(
                    after: .init(rows: rows, z: z, own: own, derivative: step.gradient), &source, &top, in: self)
            }
            try source.settle()
            course.add(loss: step.loss)
            try progress(
                Progress(
                    done: course.losses.count, of: schedule.done + schedule.trainRounds, loss: step.loss, course: course
                ),
                source, top)
        }
    }

    /// Learns from one batch above the source layer; the step's gradient is divided by the job's `derivativeScale`.
    ///
    /// - Parameter own: What the model's `forward` gave of these rows.
    func descend(
        _ top: inout LabelModel, z: Matrix<Double>, own: Matrix<Double>?, _ rows: [Int], weights: [Double]?
    ) throws -> TopModel.Step {
        try top.descend(
            z: z, own: own, targets: targets(rows), weights: weights, dividingBy: Double(job.derivativeScale))
    }

    /// Predictions for each held-back row, one for each class where there are classes.
    func score(
        _ source: inout some LabelSource, top: inout LabelModel, progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [Double] {
        try score(schedule.testRows, &source, top: &top, progress: progress)
    }

    /// The same for the rows that validate, or those that test; the source stands before the first of their rounds.
    func score(
        _ rows: RowNumbers, _ source: inout some LabelSource, top: inout LabelModel,
        progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [Double] {
        try Scoring(schedule: schedule, scale: targets.scale).run(rows, &source, top: &top, progress: progress)
    }

    /// The job's metrics over the held-back rows that have a label.
    ///
    /// - Parameter all: Predictions for every held-back row, one for each class where there are classes.
    func metrics(_ all: [Double]) throws -> PartyReport.Metrics {
        try measure(present(all))
    }

    /// Those of the held-back rows that have a label.
    func present(_ all: [Double]) -> [Double] { present(all, of: schedule.testRows) }

    private func present(_ all: [Double], of rows: RowNumbers) -> [Double] {
        let width = max(1, all.count / max(1, rows.count))
        return rows.enumerated().filter { !targets.absent.contains($0.element) }
            .flatMap { all[$0.offset * width..<($0.offset + 1) * width] }
    }

    /// What these rows are.
    var truth: [Double] { targets.present(schedule.testRows).map { targets.truth[$0] } }

    /// The same of predictions for those rows alone.
    func measure(_ scores: [Double]) throws -> PartyReport.Metrics {
        try measure(job.evaluate.metrics, scores, against: truth)
    }

    /// The metrics of the rows that validate, and the one by which training stops if it may, from predictions for each of them.
    func validation(_ all: [Double]) throws -> PartyReport.Metrics {
        let rows = schedule.validationRows
        let stopping = [job.train.earlyStopping?.metric].compactMap(\.self)
        return try measure(
            job.evaluate.metrics + stopping, present(all, of: rows),
            against: targets.present(rows).map { targets.truth[$0] })
    }

    private func measure(
        _ metrics: [Metric], _ scores: [Double], against truth: [Double]
    ) throws -> PartyReport.Metrics {
        var result = PartyReport.Metrics()
        for metric in metrics {
            result[keyPath: metric.field] =
                job.model.target == .classes
                ? try metric.measure(classes: job.model.classes, probabilities: scores, against: truth.map { Int($0) })
                : try metric.measure(scores, against: truth)
        }
        return result
    }
}

/// Predicts over any source layer, without labels.
struct Scoring {
    let schedule: Schedule
    let scale: TargetScale

    /// Predictions for some of the rows that are not trained on, one for each class where there are classes.
    ///
    /// - Parameter rows: All that validate, or all that test.
    func run(
        _ rows: RowNumbers, _ source: inout some LabelSource, top: inout LabelModel,
        progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [Double] {
        let batches = schedule.batches(measuring: rows)
        var scores: [Double] = []
        for (index, rows) in batches.enumerated() {
            let next = schedule.upcoming(after: index, measuring: batches)
            let beside = try top.evaluate(rows)
            let z = try source.open(rows, training: false, next: next)
            scores += scale.restore(top.predict(z: z, own: beside).elements)
            progress(index + 1, batches.count)
        }
        return scores
    }
}
