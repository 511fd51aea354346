public import Arithmetic
public import Cryptography
internal import LocalUpdates
public import Paillier
public import Shares
public import SourceLayers
public import Specification

/// A feature party's role in the MatMul layer.
///
///     start()   --I4-->   <--I3--                                        setup
///     forward(rows:in:)   --F1-->   <--F2--   --F3-->                    train, evaluate
///                         --L1-->   <--F2--   <--L2--   --F1, F3-->      listed phases
///                         <--B1--   --B2-->   <--B4--   .roundFinished   train; without B4 in the listed phase
///
/// Learns nothing but public sizes. It never holds its own weights, Z or its derivative. A role that has thrown is done: the
/// job goes on in a new attempt.
public struct MatMulFeatureParty<Key: AdditiveKey>: Role {
    private typealias Encrypted = Matrix<Key.Cipher.Ciphertext>

    private struct Batch {
        let round: LayerRound
        let phase: LayerPhase
        /// Of columns of which the label party's share of the weights takes part.
        let rows: SparseMatrix<Int64>
        /// Which ones, where not all do.
        let listing: RowListing?
        /// Its own part of F3, as far as it is known.
        var z: Matrix<Int64>
    }

    private enum State {
        case fresh
        /// Waits for I3.
        case settingUp
        /// Holds [[V_p]], or nothing where rows of it come with each round.
        case ready(EncryptedCopy<Key.Cipher>?)
        /// Has sent L1; waits for F2.
        case listed(Batch)
        /// Waits for L2.
        case rows(Batch)
        /// Has sent F1; waits for F2.
        case forward(Batch, EncryptedCopy<Key.Cipher>)
        /// Waits for B1.
        case backward(Batch)
        /// Waits for B4.
        case refresh(LayerRound)
    }

    private let me: MatMulParameters.Member
    private let parameters: MatMulParameters
    private let link: MatMulLink
    private let key: Key
    private let labelKey: Key.Cipher
    private let pairs: PairMasks
    private var state = State.fresh
    private var rounds: RoundCounter
    private var randomness: Randomness<Key.Cipher>
    private var workset: Workset<GradientShare>

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: MatMulFeatureShares
    /// Its share of each party's weights of which it has one, by the party whose weights they are.
    package var sharesByParty: [Party: Matrix<Int64>] {
        [me.party: shares.weights.value, parameters.label.party: shares.labelWeights]
    }
    /// Counts masked values over the job.
    public private(set) var budget: MaskBudget

    /// - Parameters:
    ///   - key: Its own key.
    ///   - labelKey: The label party's public key, proved and checked.
    ///   - random: Its own source.
    ///   - pairRandom: For each other feature party, a source that both ends of their link key alike and nobody else can
    ///     (`KeyedRandomSource`).
    /// - Throws: ``SourceLayerError``, `SharesError` where something does not fit the parameters.
    public init(
        _ party: Party, _ parameters: MatMulParameters, key: Key, labelKey: Key.Cipher, shares: MatMulFeatureShares,
        random: any RandomSource, pairRandom: [Party: any RandomSource], budget: MaskBudget = MaskBudget()
    ) throws {
        me = try parameters.feature(party)
        try parameters.check(key.cipher)
        try parameters.check(labelKey)
        try shares.weights.requireShape(rows: me.columns, columns: parameters.width)
        try shares.labelWeights.requireShape(rows: parameters.label.columns, columns: parameters.width)
        try parameters.check(version: shares.version, of: party)
        link = try MatMulLink(parameters, feature: me)
        pairs = try PairMasks(of: party, order: parameters.features.map(\.party), sources: pairRandom)
        self.parameters = parameters
        self.key = key
        self.labelKey = labelKey
        self.shares = shares
        randomness = Randomness(random)
        rounds = RoundCounter(prefix: parameters.phasePrefix, version: shares.version)
        workset = Workset(parameters.replay)
        self.budget = budget
    }

    /// From the next round on, another learning rate: public, and the same at every party. Between rounds.
    ///
    /// - Throws: ``SourceLayerError/outOfTurn(event:)``; `SharesError.invalidOptimiser`.
    public mutating func setRate(_ rate: Fraction) throws {
        guard case .ready = state else { throw SourceLayerError.outOfTurn(event: "setRate") }
        try shares.optimiser.setRate(rate)
    }

    public var awaiting: Party? {
        switch state {
        case .fresh, .ready: nil
        case .settingUp, .listed, .rows, .forward, .backward, .refresh: parameters.label.party
        }
    }

    // MARK: - Events

    /// Sends [[V_Bp]] to the label party.
    public mutating func start() throws -> [Action<MatMulOutput>] {
        guard case .fresh = state else { throw SourceLayerError.outOfTurn(event: "start") }
        let frame = try link.I4.encrypt(shares.labelWeights, with: key, drawing: &randomness)
        state = parameters.listed == nil ? .settingUp : .ready(nil)
        return [send(frame)]
    }

    /// Begins a round with its rows of the batch.
    ///
    /// - Parameters:
    ///   - rows: Fixed point at scale 2^20, |x| < 8; what is not stored is zero and costs nothing.
    ///   - added: This party's share, modulo 2^64, of something else of Z's shape at scale 2^40 that is opened together with Z: it
    ///     becomes a part of F3, under the masks.
    ///   - listed: Where the layer has lists, and only there: columns in ascending order, as many as it lists in every round,
    ///     among them all that hold anything in this batch. The label party learns them: `RowList` adds decoys.
    /// - Throws: ``SourceLayerError``, and ``SourceLayerError/invalidParameters(_:)`` for something to add where weights decay, as
    ///   their public factor multiplies the opened sum; `SharesError` for a batch that does not fit.
    public mutating func forward(
        rows: SparseMatrix<Int64>, in phase: LayerPhase, adding added: Matrix<Int64>? = nil,
        listing listed: [Int]? = nil
    ) throws -> [Action<MatMulOutput>] {
        guard case .ready(let copy) = state else { throw SourceLayerError.outOfTurn(event: "forward") }
        try parameters.check(batch: rows, of: me)
        try parameters.check(added: added, rows: rows.rows, shares.optimiser)
        let listing = try parameters.listing(listed, of: me)
        let taking = try listing.map { try $0.columns(of: rows) } ?? rows
        let round = try rounds.begin(phase, rows: rows.rows)
        var batch = Batch(
            round: round, phase: phase, rows: taking, listing: listing, z: rows &* shares.weights.value)
        if let added { batch.z = batch.z &+ added }
        guard var copy else {
            guard let listing else { throw SourceLayerError.outOfTurn(event: "forward") }
            state = .listed(batch)
            return [send(link.L1(round).frame(listing))]
        }
        let product = try multiply(
            &batch, copy.operand(of: shares.version, under: labelKey, isReused: phase == .evaluate))
        state = .forward(batch, copy)
        return [product]
    }

    /// The same for rows of which what is not zero is stored.
    public mutating func forward(
        rows: Matrix<Int64>, in phase: LayerPhase, adding added: Matrix<Int64>? = nil, listing listed: [Int]? = nil
    ) throws -> [Action<MatMulOutput>] {
        try forward(rows: SparseMatrix(rows), in: phase, adding: added, listing: listed)
    }

    /// Draws what the round after the one under way needs of randomness, so that idle cores can make it ready. The next round
    /// must be this one.
    ///
    /// - Throws: `RandomError` for a round that was foreseen already.
    public mutating func foresee(_ phase: LayerPhase, rows: Int) throws {
        let round = rounds.foresee(phase, rows: rows)
        try randomness.foresee([link.F1(round)] + (phase == .train ? [link.B2(round)] : []), under: labelKey)
    }

    // MARK: - Frames

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<MatMulOutput>] {
        switch state {
        case .fresh, .ready:
            throw outOfTurn(frame, from: peer)
        case .settingUp:
            state = .ready(try link.I3.copy(frame, from: peer, under: labelKey))
            return []
        case .listed(var batch):
            try take(F2: frame, from: peer, into: &batch)
            state = .rows(batch)
            return []
        case .rows(var batch):
            let rows = try link.L2(batch.round).operand(frame, from: peer, under: labelKey)
            let product = try multiply(&batch, labelKey.operand(rows, isReused: false))
            return [product] + (try finishForward(batch, keeping: nil))
        case .forward(var batch, let copy):
            try take(F2: frame, from: peer, into: &batch)
            return try finishForward(batch, keeping: copy)
        case .backward(let batch):
            let derivative = try link.B1(batch.round).operand(frame, from: peer, under: labelKey)
            let answer = try update(batch, derivative: derivative)
            guard batch.listing == nil else {
                state = .ready(nil)
                return [answer, .output(.roundFinished)]
            }
            state = .refresh(batch.round)
            return [answer]
        case .refresh(let round):
            state = .ready(try link.B4(round).copy(frame, from: peer, under: labelKey))
            return [.output(.roundFinished)]
        }
    }

    // MARK: - Steps

    /// F1: its rows times the label party's share of its weights.
    private mutating func multiply(
        _ batch: inout Batch, _ weights: Key.Cipher.Operand
    ) throws -> Action<MatMulOutput> {
        let (frame, kept) = try link.F1(batch.round).multiply(
            Multipliers(batch.rows, bits: FixedPoint.Limit.feature.bits), weights, under: labelKey,
            drawing: &randomness, spending: &budget)
        batch.z = batch.z &+ kept.reduced
        return send(frame)
    }

    private mutating func take(F2 frame: Frame, from peer: Party, into batch: inout Batch) throws {
        let share = try link.F2(batch.round).open(frame, from: peer, with: key, spending: &budget)
        batch.z = batch.z &+ share.reduced
    }

    /// F3.
    private mutating func finishForward(
        _ batch: Batch, keeping copy: EncryptedCopy<Key.Cipher>?
    ) throws -> [Action<MatMulOutput>] {
        let answer = send(link.F3(batch.round).frame(batch.z &+ (try zeroSumMask(batch.round))))
        switch batch.phase {
        case .train:
            state = .backward(batch)
            return [answer]
        case .evaluate:
            state = .ready(copy)
            return [answer, .output(.roundFinished)]
        }
    }

    /// B2 and B3: shares of the gradient, this party's rounded down; replays, too.
    private mutating func update(_ batch: Batch, derivative: Encrypted) throws -> Action<MatMulOutput> {
        let multiplier = try shares.optimiser.nextMultiplier(batch: batch.round.rows)
        let (frame, kept) = try link.B2(batch.round).multiply(
            Multipliers(batch.rows.transposed(), bits: FixedPoint.Limit.feature.bits),
            labelKey.operand(derivative, isReused: false), under: labelKey, drawing: &randomness, spending: &budget)
        let gradient = GradientShare(rows: batch.listing?.rows, gradient: kept, multiplier: multiplier)
        shares.optimiser.descend(&shares.weights, along: gradient, then: &workset, rounding: .floor)
        shares.version += 1
        return send(frame)
    }

    private func zeroSumMask(_ round: LayerRound) throws -> Matrix<Int64> {
        try pairs.zeroSumMask(rows: round.rows, columns: parameters.width) { pair in
            parameters.wire.draw("F3", round, pair)
        }
    }

    private func send(_ frame: Frame) -> Action<MatMulOutput> { .send(frame, to: parameters.label.party) }
}
