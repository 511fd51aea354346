internal import Coordination
internal import Evaluation

/// What the label party's report says of the held-back rows.
struct Measurement {
    var metrics = PartyReport.Metrics()
    var intervals: [String: PartyReport.Interval] = [:]
    var curves = PartyReport.Curves()
}

extension Training {
    /// The job's metrics over the held-back rows that have a label, their intervals, and tables that show no row.
    ///
    /// - Parameters:
    ///   - all: Predictions for every held-back row, one for each class where there are classes.
    ///   - course: Of the training that led there.
    func measurement(_ all: [Double], after course: TrainingCourse) throws -> Measurement {
        let (scores, truth) = (present(all), self.truth)
        var result = Measurement()
        result.metrics = try measure(scores)
        for metric in job.evaluate.metrics {
            let interval =
                job.model.target == .classes
                ? try? metric.interval(
                    classes: job.model.classes, probabilities: scores, against: truth.map { Int($0) })
                : try? metric.interval(scores, against: truth)
            result.intervals[metric.rawValue] = interval.map { .init(low: $0.low, high: $0.high) }
        }
        result.curves = try curves(scores, truth, course)
        return result
    }

    private func curves(
        _ scores: [Double], _ truth: [Double], _ course: TrainingCourse
    ) throws -> PartyReport.Curves {
        var curves = PartyReport.Curves()
        if !course.losses.isEmpty { curves.loss = course.points }
        if job.model.target == .classes {
            let classes = job.model.classes
            let matrix = try ConfusionMatrix(
                classes: classes, probabilities: scores, against: truth.map { Int($0) })
            let table = (0..<classes).map { label in (0..<classes).map { Int(matrix[label, $0]) } }
            if table.allSatisfy({ $0.reduce(0, +) >= ScoreBins.fewest }) { curves.confusion = table }
            return curves
        }
        // Of fewer rows than a bin has there is no distribution to speak of.
        let isEnough = min(scores.count, course.scores.count) >= ScoreBins.fewest
        if isEnough { curves.psi = try Stability(reference: course.scores, actual: scores).index }
        if job.model.target == .binary, isEnough, Set(truth).count == 2 {
            let bins = try ScoreBins(scores, against: truth, reference: course.scores).bins.map { bin in
                PartyReport.Curves.ScoreBin(
                    above: bin.above, rows: bin.rows, positives: bin.positives, meanScore: bin.meanScore,
                    trainingRows: bin.reference, lift: bin.lift, precision: bin.counts.precision,
                    recall: bin.counts.recall, f1: bin.counts.f1)
            }
            if !bins.isEmpty { curves.deciles = bins }
            curves.calibrationError = try Calibration(scores, against: truth).expectedError
        }
        return curves
    }
}
