internal import Arithmetic
internal import Coordination
internal import Cryptography
internal import Models
internal import Tables

/// The source layer on columns that lie in one place: what a federation is compared with.
struct LocalSource: LabelSource {
    private let features: [PreparedMatrix]
    private let optimizer: SGD
    private var layer: LinearSource
    private var last = Matrix<Double>(rows: 0, columns: 0, elements: [])

    /// - Parameter features: each organisation's prepared columns, in the common row order.
    init(_ features: [PreparedMatrix], job: Job, from initializer: Initializer) throws {
        self.features = features
        optimizer = SGD(job.train.optimizer)
        // Uniform in +-b has the deviation b / sqrt(3).
        layer = LinearSource(
            weights: try initializer.uniform(
                rows: features.reduce(0) { $0 + $1.columns }, columns: job.model.width,
                bound: job.model.initialDeviation * 3.0.squareRoot()))
    }

    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) -> Matrix<Double> {
        last = dense(rows)
        return layer(last)
    }

    mutating func update(_ derivative: Matrix<Double>) { layer.descend(last, gradient: derivative, optimizer) }

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
    /// Trains and scores the job's model on prepared columns in one place. The same result every time.
    func baseline(_ features: [PreparedMatrix]) throws -> PartyReport.Metrics {
        let initializer = try Initializer.reproducible("baseline")
        var source = try LocalSource(features, job: job, from: initializer)
        var top = try TopModel.make(job.model, from: initializer)
        try run(&source, top: &top) { _, _, _ in }
        return try metrics(score(&source, top: top) { _, _ in })
    }
}

extension Initializer {
    /// The same numbers in every run: for comparisons, where nothing is to be hidden.
    static func reproducible(_ purpose: String) throws -> Initializer {
        let stream = try RecordedRandomSource(seed: [UInt8](repeating: 0, count: 32)).stream(purpose)
        return Initializer { stream.bytes($0) }
    }
}

extension Job.Model {
    /// Standard deviation of the source layer's first weights. Under logistic regression it is small: the weight of a rare category
    /// keeps most of its first value to the end, and with it that much noise.
    var initialDeviation: Double {
        switch kind {
        case .logistic: 0.01
        case .mlp: 0.1
        }
    }
}
