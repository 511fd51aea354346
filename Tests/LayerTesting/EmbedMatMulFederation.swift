public import Arithmetic
public import Cryptography
public import EmbedMatMul
public import Paillier
public import ProtocolTesting
public import Shares
public import SourceLayers
public import Specification

/// All parties of an Embed-MatMul layer in one process.
public struct EmbedMatMulFederation<Key: AdditiveKey> {
    /// What each party holds of the layer.
    public typealias Shares = (label: EmbedMatMulLabelShares, features: [EmbedMatMulFeatureShares])
    private typealias Stage = Rehearsal<EmbedMatMulOutput>

    public let parameters: EmbedMatMulParameters
    public let keys: [Party: Key]
    public let label: Rehearsal<EmbedMatMulOutput>.Seat<EmbedMatMulLabelParty<Key>>
    public let features: [Rehearsal<EmbedMatMulOutput>.Seat<EmbedMatMulFeatureParty<Key>>]
    private let stage: Rehearsal<EmbedMatMulOutput>

    /// Parties draw from sources of their own with the same seed; names tell their draws apart.
    ///
    /// - Parameter shares: From an earlier run; drawn if there are none.
    public init(
        _ parameters: EmbedMatMulParameters, runs: [LayerRun], keys: [Party: Key],
        bounds: EmbedMatMulInitialBounds, optimiser: ShareOptimiser, shares: Shares? = nil,
        source: () -> any RandomSource
    ) throws {
        self.parameters = parameters
        self.keys = keys
        let stage = try Stage(EmbedMatMulProtocol.specification, parameters.plan(runs))
        self.stage = stage
        let party = parameters.label.party
        let key = keys[party]!  // every party has a key
        let random = source()
        label = stage.seat(
            party,
            try EmbedMatMulLabelParty(
                parameters, key: key, featureKeys: keys.mapValues(\.cipher),
                shares: shares?.label
                    ?? EmbedMatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: random),
                random: random))
        features = try parameters.features.map(\.party).enumerated().map { index, feature in
            let random = source()
            let pairs = parameters.features.map { ($0.party, source()) }
            return stage.seat(
                feature,
                try EmbedMatMulFeatureParty(
                    feature, parameters, key: keys[feature]!,  // every party has a key
                    labelKey: key.cipher,
                    shares: shares?.features[index]
                        ?? EmbedMatMulFeatureShares(
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
    /// - Parameter lists: What parties list of their tables.
    public func forward(
        label rows: Matrix<Int>, features featureRows: [Matrix<Int>], in phase: LayerPhase,
        listing lists: [Party: [Int]] = [:]
    ) throws -> Matrix<Int128> {
        let outputs = try outputs(label: rows, features: featureRows, in: phase, listing: lists)
        guard case .opened(let z) = outputs[label.party]?.first else { throw NothingOpened() }
        return z
    }

    /// One round's forward pass in a joined phase; every party's share of Z.
    public func shareForward(
        label rows: Matrix<Int>, features featureRows: [Matrix<Int>], in phase: LayerPhase,
        listing lists: [Party: [Int]] = [:]
    ) throws -> [Party: Matrix<Int128>] {
        try outputs(label: rows, features: featureRows, in: phase, listing: lists).mapValues {
            guard case .share(let z) = $0.first else { throw NothingOpened() }
            return z
        }
    }

    private func outputs(
        label rows: Matrix<Int>, features featureRows: [Matrix<Int>], in phase: LayerPhase,
        listing lists: [Party: [Int]]
    ) throws -> [Party: [EmbedMatMulOutput]] {
        let before = stage.outputs.mapValues(\.count)
        try stage.perform(label) { try $0.forward(lookups: rows, in: phase, listing: lists[label.party]) }
        for (feature, rows) in zip(features, featureRows) {
            try stage.perform(feature) { try $0.forward(lookups: rows, in: phase, listing: lists[feature.party]) }
        }
        try stage.settle()
        return Dictionary(
            uniqueKeysWithValues: stage.outputs.map { ($0, Array($1.dropFirst(before[$0] ?? 0))) })
    }

    /// All parties draw what the next round needs of randomness.
    public func foresee(_ phase: LayerPhase, rows: Int) throws {
        func foresee<Event: Role>(
            _ seat: Rehearsal<EmbedMatMulOutput>.Seat<Event>, _ draw: (inout Event) throws -> Void
        ) throws {
            try stage.perform(seat) {
                try draw(&$0)
                return []
            }
        }
        try foresee(label) { try $0.foresee(phase, rows: rows) }
        for feature in features { try foresee(feature) { try $0.foresee(phase, rows: rows) } }
    }

    /// The rest of a training round; in a joined phase, the feature parties go on first.
    public func backward(dZ: Matrix<Int64>) throws {
        for feature in features where parameters.opening == .joined {
            try stage.perform(feature) { try $0.backward() }
        }
        try stage.perform(label) { try $0.backward(dZ: dZ) }
        try stage.settle()
    }
}

/// A table and its weights, which nobody could put together in a real run.
public struct EmbeddingModel {
    public let table: Matrix<Int128>
    public let weights: Matrix<Int128>

    init(_ one: EmbedMatMulPart, _ other: EmbedMatMulPart) {
        table = one.table.value &+ other.table.value
        weights = one.weights.value &+ other.weights.value
    }
}

extension EmbedMatMulFederation {
    /// What the parties would save.
    public var shares: Shares { (label.role.shares, features.map(\.role.shares)) }

    /// The label party's shares at the partner.
    public var labelPart: EmbedMatMulPart? { shares.features.compactMap(\.label).first }

    /// The feature parties' in the job's order, then the label party's, if it has one.
    public var models: [EmbeddingModel] {
        let (label, features) = shares
        let own = zip(features, label.features).map { EmbeddingModel($0.own, $1) }
        guard let ownOfLabel = label.own, let other = labelPart else { return own }
        return own + [EmbeddingModel(ownOfLabel, other)]
    }
}
