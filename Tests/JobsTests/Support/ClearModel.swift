import Arithmetic
import AuditedFederation
import Coordination
import Cryptography
import Evaluation
import Identifiers
import Jobs
import Models
import Specification

/// The model of an unprotected job of a ``MadeUpFederation``: all parts in one place, with the first weights that the parties draw.
/// Written over Models alone, so that it shares no code with how jobs train.
struct ClearModel {
    let schedule: Schedule
    /// Rows in the common order.
    private let features: [Matrix<Double>]
    private let labels: [Double]
    private let descent: SourceDescent
    /// Of each party, the label party's first.
    private(set) var parts: [PlainSource]
    private(set) var top: TopModel

    init(_ federation: MadeUpFederation, _ job: Job) throws {
        // The label party's file has its rows in the order of their numbers.
        let table = try Dataset(federation.files[0].data, in: federation.files[0].space).table
        let keys = try table.keys()
        let hasher = IDHasher(job.align.declaration, seed: job.rowSeed)
        let hashes = try (0..<table.rowCount).compactMap { row in
            try hasher.hash(keys.cells(row: row).map { Array($0.utf8)[...] })
        }
        let order = hashes.indices.sorted { hashes[$0] < hashes[$1] }
        let labels = try federation.labels()
        self.labels = order.map { labels[$0] }
        features = try federation.parties.map { party in
            let features = try MadeUpFederation.features(of: party)
            return Matrix(
                rows: features.rows, columns: features.columns, elements: order.flatMap { features.row($0) })
        }
        schedule = Schedule(job: job, rows: order.count)
        let (rate, momentum) = (Double(job.train.optimizer.rate) ?? 0, Double(job.train.optimizer.momentum) ?? 0)
        descent = SourceDescent(rate: rate, momentum: momentum)
        let width = job.model.width
        parts = try federation.parties.map { party in
            let stream = try MadeUpFederation.randomness(of: party).stream("unprotected/init/\(party)")
            return PlainSource(
                linear: try LinearSource(
                    columns: MadeUpFederation.columns, width: width, deviation: 0.1,
                    from: Initializer { stream.bytes($0) }))
        }
        let stream = try MadeUpFederation.randomness(of: federation.parties[0]).stream("top-model/init")
        top = try TopModel(
            Architecture(kind: .mlp, target: .binary, width: width, hidden: job.model.hidden),
            optimiser: LocalOptimiser(.sgd, rate: rate, momentum: momentum), from: Initializer { stream.bytes($0) })
    }

    private func batch(of party: Int, _ rows: [Int]) -> SourceRows {
        SourceRows(
            numbers: SparseMatrix(
                Matrix(
                    rows: rows.count, columns: features[party].columns,
                    elements: rows.flatMap { features[party].row($0) })))
    }

    /// What a party's part makes of its rows of a batch.
    func product(of party: Int, _ rows: [Int]) -> Matrix<Double> { parts[party](batch(of: party, rows)) }

    /// The sum over all parties.
    func z(_ rows: [Int]) -> Matrix<Double> {
        parts.indices.dropFirst().reduce(product(of: 0, rows)) { $0 + product(of: $1, rows) }
    }

    /// Moves a party's part.
    mutating func descend(_ party: Int, _ rows: [Int], along derivative: Matrix<Double>) {
        parts[party].descend(batch(of: party, rows), gradient: derivative, by: descent)
    }

    /// Moves the top model, and gives the derivative by Z before that.
    mutating func descendTop(
        _ z: Matrix<Double>, _ rows: [Int], weights: [Double]? = nil
    ) throws -> Matrix<Double> {
        try top.descend(z: z, targets: rows.map { labels[$0] }, weights: weights).gradient
    }

    /// The derivative by Z; nothing moves.
    func derivative(_ z: Matrix<Double>, _ rows: [Int]) throws -> Matrix<Double> {
        try top.derivative(z: z, targets: rows.map { labels[$0] })
    }

    /// Of the rows held back.
    func metrics() throws -> PartyReport.Metrics {
        let scores = schedule.testBatches.flatMap { top.predict(z: z($0)).elements }
        let truth = schedule.testRows.map { labels[$0] }
        var metrics = PartyReport.Metrics()
        metrics.auc = try Metric.auc.measure(scores, against: truth)
        metrics.logloss = try Metric.logloss.measure(scores, against: truth)
        return metrics
    }
}

func + (left: Matrix<Double>, right: Matrix<Double>) -> Matrix<Double> { combined(left, right, +) }
func - (left: Matrix<Double>, right: Matrix<Double>) -> Matrix<Double> { combined(left, right, -) }

private func combined(
    _ left: Matrix<Double>, _ right: Matrix<Double>, _ combine: (Double, Double) -> Double
) -> Matrix<Double> {
    Matrix(rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(combine))
}
