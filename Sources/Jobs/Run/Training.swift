internal import Arithmetic
internal import Coordination
internal import Evaluation
internal import Models

/// Trains a model over any source layer, round after round of a schedule, and scores the rows that were held back.
///
/// One function for the federation, its unprotected comparison and every baseline, so that they differ in nothing but the layer.
struct Training {
    let job: Job
    let schedule: Schedule
    /// 0 or 1 of every row in the common order.
    let labels: [Double]

    /// - Parameter progress: called after each round with the rounds done, their number, and the round's mean loss.
    /// - Returns: For each held-back row, the probability of label 1.
    func run(
        _ source: inout some LabelSource, top: inout TopModel, progress: (_ done: Int, _ of: Int, _ loss: Double) -> Void
    ) throws {
        let batches = schedule.trainBatches
        for (index, rows) in batches.enumerated() {
            let z = try source.open(rows, training: true)
            let step = try top.train(z, labels: rows.map { labels[$0] })
            try source.update(step.derivative)
            progress(index + 1, batches.count, step.loss)
        }
    }

    func score(
        _ source: inout some LabelSource, top: TopModel, progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [Double] {
        let batches = schedule.testBatches
        var scores: [Double] = []
        for (index, rows) in batches.enumerated() {
            scores += try top.predict(source.open(rows, training: false))
            progress(index + 1, batches.count)
        }
        return scores
    }

    /// The job's metrics over the held-back rows.
    func metrics(_ scores: [Double]) throws -> PartyReport.Metrics {
        let truth = schedule.testBatches.joined().map { labels[$0] }
        var metrics = PartyReport.Metrics()
        for metric in job.evaluate.metrics {
            switch metric {
            case .auc: metrics.auc = try Metric.auc.measure(scores, against: truth)
            case .ks: metrics.ks = try Metric.ks.measure(scores, against: truth)
            case .logloss: metrics.logloss = try Metric.logloss.measure(scores, against: truth)
            case .accuracy: metrics.accuracy = try Metric.accuracy.measure(scores, against: truth)
            }
        }
        return metrics
    }
}
