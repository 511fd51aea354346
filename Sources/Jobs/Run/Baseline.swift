internal import Arithmetic
internal import Coordination
internal import Models
public import Specification
internal import Tables

/// The job's model on columns that lie in one place, trained on the same schedule: what a federation is compared with.
struct LocalSource: LabelSource {
    private let features: [PreparedMatrix]
    private var layer: LinearLayer
    private var rows: [Int] = []

    init(_ features: [PreparedMatrix], job: Job) {
        self.features = features
        layer = LinearLayer(
            columns: features.reduce(0) { $0 + $1.columns }, width: job.model.width, rate: job.train.optimizer.rateValue,
            momentum: job.train.optimizer.momentumValue, standardDeviation: job.model.initialDeviation, seed: 1)
    }

    mutating func open(_ rows: [Int], training: Bool) -> Matrix<Double> {
        self.rows = rows
        return layer.forward(dense(rows))
    }

    mutating func update(_ derivative: Matrix<Double>) { layer.update(dense(rows), derivative) }

    /// All parties' columns side by side.
    private func dense(_ rows: [Int]) -> Matrix<Double> {
        let parts = features.map { $0.dense(rows: rows) }
        let columns = parts.reduce(0) { $0 + $1.columns }
        var elements: [Double] = []
        elements.reserveCapacity(rows.count * columns)
        for row in rows.indices { for part in parts { elements += part.row(row) } }
        return Matrix(rows: rows.count, columns: columns, elements: elements)
    }
}

extension Training {
    /// Trains and scores the job's model on prepared columns in one place.
    func baseline(_ features: [PreparedMatrix]) throws -> PartyReport.Metrics {
        var source = LocalSource(features, job: job)
        var top = TopModel(job)
        try run(&source, top: &top) { _, _, _ in }
        return try metrics(score(&source, top: top) { _, _ in })
    }
}

extension Job.Optimizer {
    var rateValue: Double { Double(rate) ?? 0 }
    var momentumValue: Double { Double(momentum) ?? 0 }
}

extension Job.Model {
    /// Standard deviation of the source layer's first weights: small, since rare categories keep most of it to the end.
    var initialDeviation: Double { 0.05 }
}
