internal import Arithmetic
internal import Coordination
internal import Evaluation
internal import Models
internal import Preparation
internal import Tables

/// Trains a model over any source layer, round after round of a schedule, and scores the rows that were held back.
///
/// One function for the federation, its unprotected comparison and every baseline, so that they differ in nothing but the layer.
struct Training {
    let job: Job
    let schedule: Schedule
    let targets: Targets
    /// What enters the label party's tower, row by row of the common order; `nil` where it has none.
    let tower: PreparedMatrix?

    /// The job's top model with its first weights.
    func topModel(from initializer: Initializer) throws -> TopModel {
        try TopModel(
            job.architecture(towerInputs: tower?.columns), optimiser: job.train.localOptimiser,
            outputBias: targets.scale.bias, from: initializer)
    }

    /// The same with the parameters that it had.
    func topModel(_ parameters: ModelParameters) throws -> TopModel {
        try TopModel(
            job.architecture(towerInputs: tower?.columns), parameters: parameters,
            optimiser: job.train.localOptimiser)
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

    /// - Parameters:
    ///   - course: Of the rounds before, where the schedule begins after them.
    ///   - keepsScores: whether the course has predictions of the last rounds' rows; not where there are classes.
    ///   - progress: called after each round, with the layer and the top model as they are then.
    @discardableResult
    func run<Source: LabelSource>(
        _ source: inout Source, top: inout TopModel, after course: TrainingCourse = .init(), keepsScores: Bool = false,
        progress: (Progress, Source, TopModel) throws -> Void
    ) throws -> TrainingCourse {
        let rounds = schedule.trainRounds
        let scoredRounds = TrainingCourse.scoredRounds(schedule)
        var course = course
        var steps = LabelSteps(job.labelReuse)
        for (index, rows) in schedule.trainBatches.enumerated() {
            if let epoch = schedule.epoch(beginningAt: index) {
                let pace = try job.pace(epoch: epoch)
                try source.begin(pace)
                top.optimiser = pace.local
            }
            let z = try source.open(rows, training: true, next: schedule.round(after: index))
            if keepsScores, index >= rounds - scoredRounds, job.model.target != .classes {
                let scores = targets.scale.restore(top.predict(z: z, own: tower?.dense(rows: rows)).elements)
                course.scores += zip(rows, scores).filter { !targets.absent.contains($0.0) }.map(\.1)
            }
            let step = try descend(&top, z: z, rows, weights: targets.weights(rows))
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
                    done: schedule.done + index + 1, of: schedule.done + rounds, loss: step.loss, course: course),
                source, top)
        }
        course.steps = steps.count
        return course
    }

    /// Learns from one batch above the source layer; the step's gradient is divided by the job's `derivativeScale`.
    func descend(
        _ top: inout TopModel, z: Matrix<Double>, _ rows: [Int], weights: [Double]?
    ) throws(ModelsError) -> TopModel.Step {
        try top.descend(
            z: z, own: tower?.dense(rows: rows), targets: targets(rows), weights: weights,
            dividingBy: Double(job.derivativeScale))
    }

    /// Predictions for each held-back row, one for each class where there are classes.
    func score(
        _ source: inout some LabelSource, top: TopModel, progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [Double] {
        try Scoring(schedule: schedule, scale: targets.scale, tower: tower).run(&source, top: top, progress: progress)
    }

    /// The job's metrics over the held-back rows that have a label.
    ///
    /// - Parameter all: Predictions for every held-back row, one for each class where there are classes.
    func metrics(_ all: [Double]) throws -> PartyReport.Metrics {
        try measure(present(all))
    }

    /// Those of the held-back rows that have a label.
    func present(_ all: [Double]) -> [Double] {
        let width = max(1, all.count / max(1, schedule.testRows.count))
        return schedule.testRows.enumerated().filter { !targets.absent.contains($0.element) }
            .flatMap { all[$0.offset * width..<($0.offset + 1) * width] }
    }

    /// What these rows are.
    var truth: [Double] { targets.present(schedule.testRows).map { targets.truth[$0] } }

    /// The same of predictions for those rows alone.
    func measure(_ scores: [Double]) throws -> PartyReport.Metrics {
        let truth = self.truth
        var metrics = PartyReport.Metrics()
        for metric in job.evaluate.metrics {
            let value =
                job.model.target == .classes
                ? try metric.measure(classes: job.model.classes, probabilities: scores, against: truth.map { Int($0) })
                : try metric.measure(scores, against: truth)
            metrics[keyPath: metric.field] = value
        }
        return metrics
    }
}

/// Predicts over any source layer, without labels.
struct Scoring {
    let schedule: Schedule
    let scale: TargetScale
    /// What enters the label party's tower, row by row of the common order; `nil` where it has none.
    let tower: PreparedMatrix?

    /// Predictions for each row that is not trained on, one for each class where there are classes.
    func run(
        _ source: inout some LabelSource, top: TopModel, progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [Double] {
        let batches = schedule.testBatches
        var scores: [Double] = []
        for (index, rows) in batches.enumerated() {
            let next = schedule.round(after: schedule.trainRounds + index)
            let z = try source.open(rows, training: false, next: next)
            scores += scale.restore(top.predict(z: z, own: tower?.dense(rows: rows)).elements)
            progress(index + 1, batches.count)
        }
        return scores
    }
}
