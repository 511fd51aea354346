internal import Coordination
internal import Course
internal import HistoryTower
internal import Models

/// Follows the metric of the rows that validate from epoch to epoch.
struct Stopping: Codable, Sendable {
    private let rule: Job.EarlyStopping
    private let epochs: Int
    private var best: Double?
    private var waited = 0
    private(set) var done = 0
    /// The epoch that is the best so far, counted from 1.
    private(set) var bestEpoch = 0

    init(_ rule: Job.EarlyStopping, epochs: Int) { (self.rule, self.epochs) = (rule, epochs) }

    /// What follows from the metric after an epoch. One that is no number is never better.
    mutating func decide(_ value: Double) -> EpochDecision {
        done += 1
        let gain = best.map { rule.metric.growsWithQuality ? value - $0 : $0 - value } ?? .infinity
        let isBest = best == nil || gain > (Job.Limits.decimal(rule.minimalGain) ?? 0)
        if isBest { (best, bestEpoch, waited) = (value, done, 0) } else { waited += 1 }
        return EpochDecision(isBest: isBest, goesOn: waited < rule.patience && done < epochs)
    }
}

/// What a training that may stop early keeps of its best epoch so far.
struct BestEpoch<Kept> {
    /// Of the source layer.
    var part: Kept
    /// At the label party, which alone knows how good epochs are.
    var judgement: Judgement?

    struct Judgement: Codable, Sendable {
        /// As it is after the latest epoch, which need not be the best.
        var stopping: Stopping
        /// What is above the source layer.
        var top: ModelParameters
        /// Encoders of histories that learn with it, if any.
        var towers: [HistoryTower]?
        /// Predictions for training rows of its last rounds.
        var scores: [Double]
        var validation: PartyReport.Metrics
    }
}

extension BestEpoch: Sendable where Kept: Sendable {}

/// What a training has been through when it goes on.
struct TrainingPast<Kept> {
    var course = TrainingCourse()
    var best: BestEpoch<Kept>?
}

/// How a source goes from one session to the next, and what is kept on the way.
struct Passage<Source, Kept> {
    /// What is kept of a source, enough to go on from.
    var part: (Source) throws -> Kept
    /// A session is over.
    var end: (Source) throws -> Void = { _ in }
    /// What was decided after an epoch.
    var decided: (EpochDecision) throws -> Void = { _ in }
    /// The next session begins: from the weights that the source has, or from others that were kept.
    var begin: (Schedule.Leg, inout Source, Kept?) throws -> Void
    /// A round is over.
    var keep: (Training.Progress, Source, LabelModel, BestEpoch<Kept>?) throws -> Void = { _, _, _, _ in }
}

extension Passage where Kept == Source {
    /// Of a source in one place, which needs no session.
    static var inPlace: Passage { Passage(part: { $0 }, begin: { _, source, kept in source = kept ?? source }) }
}

extension Training {
    /// Trains epoch by epoch as long as the job says, and leaves the best epoch's weights, ready for the test rows. The source is in the
    /// first of the schedule's sessions.
    func runStopping<Source: LabelSource, Kept>(
        _ source: inout Source, top: inout LabelModel, after past: TrainingPast<Kept>, keepsScores: Bool,
        rule: Job.EarlyStopping, passage: Passage<Source, Kept>, progress: (Progress, Source, LabelModel) throws -> Void
    ) throws -> TrainingCourse {
        var (course, best, steps) = (past.course, past.best, LabelSteps(job.labelReuse))
        var stopping = best?.judgement?.stopping ?? Stopping(rule, epochs: job.train.epochs)
        let legs = schedule.legs
        for (index, leg) in legs.dropLast().enumerated() {
            if index > 0 { try passage.begin(leg, &source, nil) }
            if leg.skips == 0 { course.scores = [] }
            try run(leg, &source, top: &top, keepsScores: keepsScores, &course, &steps) { done, source, top in
                try passage.keep(done, source, top, best)
                try progress(done, source, top)
            }
            let measured = try validation(score(schedule.validationRows, &source, top: &top) { _, _ in })
            try passage.end(source)
            let decision = stopping.decide(measured[keyPath: rule.metric.field] ?? .nan)
            try passage.decided(decision)
            if decision.isBest {
                best = try BestEpoch(
                    part: try passage.part(source),
                    judgement: .init(
                        stopping: stopping, top: top.parameters, towers: top.towers(), scores: course.scores,
                        validation: measured))
            }
            best?.judgement?.stopping = stopping
            if !decision.goesOn { break }
        }
        guard let best, let judgement = best.judgement else {
            throw RunError(.internalError, "no epoch was the best")
        }
        (top, course.scores) = (try topModel(judgement.top, towers: judgement.towers), judgement.scores)
        course.stopped = (stopping.done, stopping.bestEpoch, judgement.validation)
        course.steps = steps.count
        try passage.begin(legs[legs.count - 1], &source, best.part)
        return course
    }
}
