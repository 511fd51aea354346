internal import Coordination
internal import Course
internal import Models

/// Follows the metric of the rows that validate from epoch to epoch.
struct Stopping {
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

/// How a source goes from one session to the next; a source in one place needs nothing.
struct Passage<Source> {
    /// A session is over.
    var end: (Source) throws -> Void = { _ in }
    /// What was decided after an epoch.
    var decided: (EpochDecision) throws -> Void = { _ in }
    /// The next session begins, from the weights that the source has.
    var begin: (Schedule.Leg, inout Source) throws -> Void = { _, _ in }
}

extension Training {
    /// Trains epoch by epoch as long as the job says, and leaves the best epoch's weights, ready for the test rows. The source is in the
    /// first of the schedule's sessions.
    func runStopping<Source: LabelSource>(
        _ source: inout Source, top: inout TopModel, keepsScores: Bool, rule: Job.EarlyStopping,
        passage: Passage<Source>, progress: (Progress, Source, TopModel) throws -> Void
    ) throws -> TrainingCourse {
        var (course, steps) = (TrainingCourse(), LabelSteps(job.labelReuse))
        var stopping = Stopping(rule, epochs: job.train.epochs)
        var best: (source: Source, top: TopModel, scores: [Double], validation: PartyReport.Metrics)?
        let legs = schedule.legs
        for leg in legs.dropLast() {
            if leg.epochs.lowerBound > 0 { try passage.begin(leg, &source) }
            course.scores = []
            try run(leg, &source, top: &top, keepsScores: keepsScores, &course, &steps, progress: progress)
            let measured = try validation(score(schedule.validationRows, &source, top: top) { _, _ in })
            try passage.end(source)
            let decision = stopping.decide(measured[keyPath: rule.metric.field] ?? .nan)
            try passage.decided(decision)
            if decision.isBest { best = (source, top, course.scores, measured) }
            if !decision.goesOn { break }
        }
        guard let best else { throw RunError(.internalError, "no epoch was the best") }
        (source, top, course.scores) = (best.source, best.top, best.scores)
        course.stopped = (stopping.done, stopping.bestEpoch, best.validation)
        course.steps = steps.count
        try passage.begin(legs[legs.count - 1], &source)
        return course
    }
}
