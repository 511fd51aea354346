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
    func run(
        _ source: inout some LabelSource, top: inout TopModel,
        progress: (_ done: Int, _ of: Int, _ loss: Double) -> Void
    ) throws {
        let rounds = schedule.trainRounds
        for (index, rows) in schedule.trainBatches.enumerated() {
            let z = try source.open(rows, training: true, next: schedule.round(after: index))
            let step = try top.descend(z, labels: rows.map { labels[$0] }, optimizer)
            try source.update(step.gradient)
            progress(index + 1, rounds, step.loss)
        }
    }

    /// For each held-back row, the probability of label 1.
    func score(
        _ source: inout some LabelSource, top: TopModel, progress: (_ done: Int, _ of: Int) -> Void
    ) throws -> [Double] {
        let batches = schedule.testBatches
        var scores: [Double] = []
        for (index, rows) in batches.enumerated() {
            let next = schedule.round(after: schedule.trainRounds + index)
            scores += try top.probabilities(source.open(rows, training: false, next: next))
            progress(index + 1, batches.count)
        }
        return scores
    }

    private var optimizer: SGD { SGD(job.train.optimizer) }

    /// The job's metrics over the held-back rows.
    func metrics(_ scores: [Double]) throws -> PartyReport.Metrics {
        let truth = schedule.testBatches.joined().map { labels[$0] }
        var metrics = PartyReport.Metrics()
        for metric in job.evaluate.metrics {
            let value = try metric.measure(scores, against: truth)
            switch metric {
            case .auc: metrics.auc = value
            case .ks: metrics.ks = value
            case .logloss: metrics.logloss = value
            case .accuracy: metrics.accuracy = value
            case .rmse: metrics.rmse = value
            case .mae: metrics.mae = value
            case .r2: metrics.r2 = value
            case .deviance: metrics.deviance = value
            }
        }
        return metrics
    }
}

extension SGD {
    init(_ optimizer: Job.Optimizer) {
        self.init(rate: Double(optimizer.rate) ?? 0, momentum: Double(optimizer.momentum) ?? 0)
    }
}

extension TopModel {
    /// The job's top model with its first weights.
    static func make(_ model: Job.Model, from initializer: Initializer) throws -> TopModel {
        switch model.kind {
        case .logistic: .logistic
        case .mlp: try .mlp(width: model.width, hidden: model.hidden, from: initializer)
        }
    }
}
