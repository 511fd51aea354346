public import Arithmetic
public import Cryptography
public import MatMul
public import Paillier
public import ProtocolTesting
public import Shares
public import SourceLayers
public import Specification

/// All parties of a MatMul layer in one process.
public struct MatMulFederation<Key: AdditiveKey> {
    /// What each party holds of the layer.
    public typealias Shares = (label: MatMulLabelShares, features: [MatMulFeatureShares])
    private typealias Stage = Rehearsal<MatMulOutput>

    public let parameters: MatMulParameters
    public let keys: [Party: Key]
    public let label: Rehearsal<MatMulOutput>.Seat<MatMulLabelParty<Key>>
    public let features: [Rehearsal<MatMulOutput>.Seat<MatMulFeatureParty<Key>>]
    private let stage: Rehearsal<MatMulOutput>

    /// Parties draw from sources of their own with the same seed; names tell their draws apart.
    ///
    /// - Parameter shares: From an earlier run; drawn if there are none.
    public init(
        _ parameters: MatMulParameters, runs: [LayerRun], keys: [Party: Key], bounds: MatMulInitialBounds,
        optimiser: ShareOptimiser, shares: Shares? = nil, source: () -> any RandomSource
    ) throws {
        self.parameters = parameters
        self.keys = keys
        let stage = try Stage(MatMulProtocol.specification, parameters.plan(runs))
        self.stage = stage
        let party = parameters.label.party
        let key = keys[party]!  // every party has a key
        let random = source()
        label = stage.seat(
            party,
            try MatMulLabelParty(
                parameters, key: key, featureKeys: keys.mapValues(\.cipher),
                shares: shares?.label
                    ?? MatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: random),
                random: random))
        features = try parameters.features.map(\.party).enumerated().map { index, feature in
            let random = source()
            let pairs = parameters.features.map { ($0.party, source()) }
            return stage.seat(
                feature,
                try MatMulFeatureParty(
                    feature, parameters, key: keys[feature]!,  // every party has a key
                    labelKey: key.cipher,
                    shares: shares?.features[index]
                        ?? MatMulFeatureShares(
                            of: feature, parameters, bounds: bounds, optimiser: optimiser, random: random),
                    random: random, pairRandom: Dictionary(uniqueKeysWithValues: pairs)))
        }
    }

    /// Frames in the order in which they crossed each link.
    public var sent: [Route: [Frame]] { stage.sentOnRoute }

    /// True when every frame of the plan has crossed every link.
    public var isFinished: Bool { stage.isFinished }

    /// Rounds that each party has finished.
    public var roundsFinished: [Int] { stage.outputs.values.map { $0.count { $0 == .roundFinished } } }

    public func start() throws {
        try stage.perform(label) { try $0.start() }
        for feature in features { try stage.perform(feature) { try $0.start() } }
        try stage.settle()
    }

    /// One round's forward pass; Z as the label party opens it.
    ///
    /// - Parameters:
    ///   - added: What parties add to their parts.
    ///   - lists: What feature parties list.
    ///   - next: The round after it, which every party foresees.
    public func forward(
        label rows: Matrix<Int64>, features featureRows: [Matrix<Int64>], in phase: LayerPhase,
        adding added: [Party: Matrix<Int64>] = [:], listing lists: [Party: [Int]] = [:], next: LayerRun? = nil
    ) throws -> Matrix<Int64> {
        try opened {
            try stage.perform(label) { try $0.forward(rows: rows, in: phase, adding: added[label.party]) }
            for (feature, rows) in zip(features, featureRows) {
                try stage.perform(feature) {
                    try $0.forward(rows: rows, in: phase, adding: added[feature.party], listing: lists[feature.party])
                }
            }
            if let next { try foresee(next) }
        }
    }

    /// The same for rows with stored elements.
    public func forward(
        label rows: SparseMatrix<Int64>, features featureRows: [SparseMatrix<Int64>], in phase: LayerPhase,
        listing lists: [Party: [Int]] = [:]
    ) throws -> Matrix<Int64> {
        try opened {
            try stage.perform(label) { try $0.forward(rows: rows, in: phase) }
            for (feature, rows) in zip(features, featureRows) {
                try stage.perform(feature) {
                    try $0.forward(rows: rows, in: phase, listing: lists[feature.party])
                }
            }
        }
    }

    private func opened(after events: () throws -> Void) throws -> Matrix<Int64> {
        let before = stage.outputs[label.party]?.count ?? 0
        try events()
        try stage.settle()
        guard case .opened(let z) = stage.outputs[label.party]?.dropFirst(before).first else { throw NothingOpened() }
        return z
    }

    /// Every party gets ready for a round.
    public func foresee(_ round: LayerRun) throws {
        func foresee(_ event: () throws -> Void) rethrows -> [Action<MatMulOutput>] {
            try event()
            return []
        }
        try stage.perform(label) { role in try foresee { try role.foresee(round.phase, rows: round.rows) } }
        for feature in features {
            try stage.perform(feature) { role in try foresee { try role.foresee(round.phase, rows: round.rows) } }
        }
    }

    public func backward(dZ: Matrix<Int64>) throws {
        try stage.perform(label) { try $0.backward(dZ: dZ) }
        try stage.settle()
    }
}

/// A forward pass ended without Z.
public struct NothingOpened: Error {}

extension MatMulFederation {
    /// What the parties would save.
    public var shares: Shares { (label.role.shares, features.map(\.role.shares)) }

    /// The weights, which nobody could put together in a real run: the feature parties' in the job's order, then the label
    /// party's.
    public var weights: [Matrix<Int64>] {
        let (label, features) = shares
        let own = zip(features, label.featureWeights).map {
            label.optimiser.applyAlpha(to: $0.weights.value &+ $1.value)
        }
        let labels = features.reduce(label.weights.value) { $0 &+ $1.labelWeights }
        return own + [label.optimiser.applyAlpha(to: labels)]
    }
}
