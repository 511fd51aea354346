internal import Arithmetic
internal import Models
internal import Specification

/// One party's part of a model in the clear: its rows, its part of the source layer, and a tower in front that is trained with it.
struct PlainPart {
    private let features: PartyFeatures
    /// Its part of the source layer; the tower's outputs are the last columns.
    var source: PlainSource
    private var tower: TrainedTower?
    /// By which derivatives were divided.
    private let derivativeScale: Double
    private(set) var descent: SourceDescent

    /// - Parameters:
    ///   - party: Whose tower, if it has one in front of the source layer.
    ///   - initializer: Gives first weights.
    init(_ features: PartyFeatures, _ job: Job, of party: Party, from initializer: Initializer) throws {
        self.features = features
        (descent, derivativeScale) = (try job.pace(epoch: 0).source, Double(job.derivativeScale))
        var columns = features.numbers.columns
        if party != job.labelParty, let inputs = features.tower, let tower = job.towers[party] {
            self.tower = try TrainedTower(
                .init(inputs: inputs.columns, hidden: tower.hidden, outputs: tower.outputs),
                optimiser: job.train.localOptimiser, from: initializer)
            columns += tower.outputs
        }
        let (width, lookups) = (job.model.width, features.lookups)
        let linear = try LinearSource(
            columns: columns, width: width, deviation: job.model.initialDeviation, from: initializer)
        var embedding: EmbeddingSource?
        if lookups.fields > 0 {
            embedding = try EmbeddingSource(
                tableRows: lookups.tableRows, fields: lookups.fields, dimension: job.model.dimension, width: width,
                tableDeviation: Job.Model.embeddingDeviation, weightDeviation: Job.Model.embeddingDeviation,
                from: initializer)
        }
        source = PlainSource(linear: linear, embedding: embedding)
    }

    /// What of it a model's half and a checkpoint keep.
    struct Saved: Codable, Sendable {
        var source: PlainSource
        var tower: ModelParameters?

        /// Enough to predict with: forgetting how the tower moved.
        var atRest: Saved { Saved(source: source, tower: tower?.atRest) }
    }

    /// As it was when it was saved: for the same columns.
    init(_ features: PartyFeatures, _ job: Job, of party: Party, saved: Saved) throws {
        self.features = features
        (descent, derivativeScale) = (try job.pace(epoch: 0).source, Double(job.derivativeScale))
        source = saved.source
        if let parameters = saved.tower, let inputs = features.tower, let tower = job.towers[party] {
            self.tower = try TrainedTower(
                .init(inputs: inputs.columns, hidden: tower.hidden, outputs: tower.outputs), parameters: parameters,
                optimiser: job.train.localOptimiser)
        }
    }

    /// What is to be kept of it, with the source layer as its role has trained it.
    func saved(_ source: PlainSource) -> Saved { Saved(source: source, tower: tower?.parameters) }

    /// Columns of its part of the source layer.
    var columns: Int { source.columns }

    /// How many of them are outputs of its tower: the last ones.
    var towerColumns: Int { tower?.tower.outputs ?? 0 }

    /// Its rows of a batch as they enter the source layer: positions in the common row order.
    func rows(_ names: [Int]) throws -> SourceRows {
        var numbers = try features.numbers.sparse(rows: names)
        if let tower, let inputs = features.tower {
            numbers = try numbers.beside(tower(inputs.dense(rows: names)))
        }
        return SourceRows(numbers: numbers, lookups: try features.lookups.matrix(rows: names))
    }

    /// The derivative by the tower's outputs, before the source layer moves; `nil` without a tower.
    func towerGradient(dZ: Matrix<Double>) -> Matrix<Double>? {
        tower == nil ? nil : source.gradient(byLast: towerColumns, dZ: dZ)
    }

    /// From here on it moves at this pace.
    mutating func begin(_ pace: Pace) {
        descent = pace.source
        tower?.optimiser = pace.local
    }

    /// Moves the tower along the derivative by its outputs.
    ///
    /// - Parameter decays: not at a step between two rounds.
    mutating func descendTower(_ names: [Int], gradient: Matrix<Double>, decays: Bool = true) throws {
        guard let inputs = features.tower, let pace = tower?.optimiser else { return }
        if !decays { tower?.optimiser = pace.withoutDecay }
        defer { tower?.optimiser = pace }
        try tower?.descend(inputs.dense(rows: names), gradient: gradient.map { $0 * derivativeScale })
    }

    /// Moves all of it.
    mutating func descend(_ names: [Int], _ batch: SourceRows, dZ: Matrix<Double>, decays: Bool = true) throws {
        let gradient = towerGradient(dZ: dZ)
        source.descend(batch, gradient: dZ, by: decays ? descent : descent.withoutDecay)
        if let gradient { try descendTower(names, gradient: gradient, decays: decays) }
    }
}

extension Job.Model {
    /// Standard deviation of the source layer's first weights. Under a regression it is small: the weight of a rare category
    /// keeps most of its first value to the end, and with it that much noise.
    var initialDeviation: Double {
        switch kind {
        case .logistic, .multinomial, .linear, .poisson: 0.01
        case .mlp, .wideDeep, .dlrm: 0.1
        }
    }

    /// Standard deviation of first tables and of the weights behind them.
    static let embeddingDeviation = 0.25
}

extension SparseMatrix<Double> {
    /// With the columns of a dense matrix to the right.
    fileprivate func beside(_ right: Matrix<Double>) -> SparseMatrix<Double> {
        let rows = (0..<rows).map { row in
            Array(self.row(row)) + right.row(row).enumerated().map { Place(columns + $0.offset, $0.element) }
        }
        return SparseMatrix(columns: columns + right.columns, rows: rows)
    }
}
