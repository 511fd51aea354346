public import Arithmetic
public import Cryptography
public import Paillier
public import Shares
public import SourceLayers
public import Specification

/// A feature party's role in the MatMul layer.
///
///     start()   --I4-->   <--I3--                                        setup
///     forward(rows:in:)   --F1-->   <--F2--   --F3-->                    train, evaluate
///                         <--B1--   --B2-->   <--B4--   .roundFinished   train
///
/// Learns nothing but public sizes. It never holds its own weights, Z or its derivative. A role that has thrown is done: the
/// job goes on in a new attempt.
public struct MatMulFeatureParty<Key: AdditiveKey>: Role {
    private typealias Encrypted = Matrix<Key.Cipher.Ciphertext>

    private enum State {
        case fresh
        /// Waits for I3.
        case settingUp
        /// Holds [[V_p]].
        case ready(EncryptedCopy<Key.Cipher>)
        /// Waits for F2; `z` is its own part of F3.
        case forward(LayerRound, LayerPhase, rows: SparseMatrix<Int64>, z: Matrix<Int64>, EncryptedCopy<Key.Cipher>)
        /// Waits for B1.
        case backward(LayerRound, rows: SparseMatrix<Int64>)
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
    private var rounds = RoundCounter()
    private var randomness: Randomness<Key.Cipher>

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: MatMulFeatureShares
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
        link = try MatMulLink(parameters, feature: me)
        pairs = try PairMasks(of: party, order: parameters.features.map(\.party), sources: pairRandom)
        self.parameters = parameters
        self.key = key
        self.labelKey = labelKey
        self.shares = shares
        randomness = Randomness(random)
        self.budget = budget
    }

    public var awaiting: Party? {
        switch state {
        case .fresh, .ready: nil
        case .settingUp, .forward, .backward, .refresh: parameters.label.party
        }
    }

    // MARK: - Events

    /// Sends [[V_Bp]] to the label party.
    public mutating func start() throws -> [Action<MatMulOutput>] {
        guard case .fresh = state else { throw SourceLayerError.outOfTurn(event: "start") }
        let frame = try link.I4.encrypt(shares.labelWeights, with: key, drawing: &randomness)
        state = .settingUp
        return [send(frame)]
    }

    /// Begins a round with its rows of the batch.
    ///
    /// - Parameters:
    ///   - rows: Fixed point at scale 2^20, |x| < 8; what is not stored is zero and costs nothing.
    ///   - added: This party's share, modulo 2^64, of something else of Z's shape at scale 2^40 that is opened together with Z: it
    ///     becomes a part of F3, under the masks.
    /// - Throws: ``SourceLayerError``, and ``SourceLayerError/invalidParameters(_:)`` for something to add where weights decay, as
    ///   their public factor multiplies the opened sum; `SharesError` for a batch that does not fit.
    public mutating func forward(
        rows: SparseMatrix<Int64>, in phase: LayerPhase, adding added: Matrix<Int64>? = nil
    ) throws -> [Action<MatMulOutput>] {
        guard case .ready(var weights) = state else { throw SourceLayerError.outOfTurn(event: "forward") }
        try parameters.check(batch: rows, of: me)
        try parameters.check(added: added, rows: rows.rows, shares.optimiser)
        let round = try rounds.begin(phase, rows: rows.rows)
        let (frame, kept) = try link.F1(round).multiply(
            Multipliers(rows, bits: FixedPoint.Limit.feature.bits), weights.operand(under: labelKey, in: phase),
            under: labelKey, drawing: &randomness, spending: &budget)
        var z = rows &* shares.weights.value &+ kept.reduced
        if let added { z = z &+ added }
        state = .forward(round, phase, rows: rows, z: z, weights)
        return [send(frame)]
    }

    /// The same for rows of which what is not zero is stored.
    public mutating func forward(
        rows: Matrix<Int64>, in phase: LayerPhase, adding added: Matrix<Int64>? = nil
    ) throws -> [Action<MatMulOutput>] {
        try forward(rows: SparseMatrix(rows), in: phase, adding: added)
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
            state = .ready(EncryptedCopy(try link.I3.operand(frame, from: peer, under: labelKey)))
            return []
        case .forward(let round, let phase, let rows, let z, let weights):
            let share = try z &+ link.F2(round).open(frame, from: peer, with: key, spending: &budget).reduced
            let answer = send(link.F3(round).frame(share &+ (try zeroSumMask(round))))
            switch phase {
            case .train:
                state = .backward(round, rows: rows)
                return [answer]
            case .evaluate:
                state = .ready(weights)
                return [answer, .output(.roundFinished)]
            }
        case .backward(let round, let rows):
            let derivative = try link.B1(round).operand(frame, from: peer, under: labelKey)
            let answer = try update(round, rows: rows, derivative: derivative)
            state = .refresh(round)
            return [answer]
        case .refresh(let round):
            state = .ready(EncryptedCopy(try link.B4(round).operand(frame, from: peer, under: labelKey)))
            return [.output(.roundFinished)]
        }
    }

    /// B2 and B3: shares of the gradient, this party's rounded down.
    private mutating func update(
        _ round: LayerRound, rows: SparseMatrix<Int64>, derivative: Encrypted
    ) throws -> Action<MatMulOutput> {
        let multiplier = try shares.optimiser.nextMultiplier(batch: round.rows)
        let (frame, kept) = try link.B2(round).multiply(
            Multipliers(rows.transposed(), bits: FixedPoint.Limit.feature.bits),
            labelKey.operand(derivative, isReused: false), under: labelKey, drawing: &randomness, spending: &budget)
        shares.optimiser.step(&shares.weights, gradient: kept, multiplier: multiplier, rounding: .floor)
        return send(frame)
    }

    private func zeroSumMask(_ round: LayerRound) throws -> Matrix<Int64> {
        try pairs.zeroSumMask(rows: round.rows, columns: parameters.width) { pair in
            parameters.wire.draw("F3", round, pair)
        }
    }

    private func send(_ frame: Frame) -> Action<MatMulOutput> { .send(frame, to: parameters.label.party) }
}
