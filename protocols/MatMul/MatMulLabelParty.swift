public import Arithmetic
public import Cryptography
internal import LocalUpdates
public import Paillier
public import Shares
public import SourceLayers
public import Specification

/// The label party's role in the MatMul layer.
///
///     start()             --I3-->   <--I4--                               setup
///     forward(rows:in:)   --F2-->   <--F1--   <--F3--   .opened(Z)        train, evaluate
///                         --F2-->   <--L1--   --L2-->   <--F1, F3--       listed phases: .opened(Z) as well
///     backward(dZ:)       --B1-->   <--B2--   --B4-->   .roundFinished    train; without B4 in the listed phase
///
/// with every feature party; frames are taken in the job's order. Learns Z, and what follows from it: see README.md. A role
/// that has thrown is done: the job goes on in a new attempt.
public struct MatMulLabelParty<Key: AdditiveKey>: Role {
    private struct Batch {
        let round: LayerRound
        let phase: LayerPhase
        let rows: SparseMatrix<Int64>
        /// Where not all rows of their weights take part, those that the feature parties have listed, as far as they have come.
        var lists: [RowListing] = []
    }

    private enum State {
        case fresh
        /// Waits for I4 of the parties whose [[V_Bp]] is not yet here.
        case settingUp
        case ready
        /// Waits for L1 of the parties whose list is not yet here; `z` is the label party's own part.
        case listing(Batch, z: Matrix<Int64>)
        /// Waits for F1, then F3, of every party; `z` is the sum of what has come.
        case forward(Batch, z: Matrix<Int64>, received: Int)
        /// Waits for the derivative.
        case opened(Batch)
        /// Waits for B2 of every party.
        case backward(Batch, multiplier: Integer, received: Int)
    }

    private struct Partner {
        let link: MatMulLink
        let cipher: Key.Cipher
        /// Of its weights.
        var workset: Workset<GradientShare>
        var party: Party { link.feature.party }
    }

    private let parameters: MatMulParameters
    private let key: Key
    /// In the job's order.
    private var partners: [Partner]
    /// [[V_Bp]] of each partner: constant, so good for every version.
    private var encryptedWeights: [Key.Cipher.Operand] = []
    private var state = State.fresh
    private var rounds: RoundCounter
    private var randomness: Randomness<Key.Cipher>

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: MatMulLabelShares
    /// Its share of each party's weights, by the party whose weights they are.
    package var sharesByParty: [Party: Matrix<Int64>] {
        var byParty = [parameters.label.party: shares.weights.value]
        for (feature, share) in zip(parameters.features, shares.featureWeights) { byParty[feature.party] = share.value }
        return byParty
    }
    /// Counts masked values over the job.
    public private(set) var budget: MaskBudget

    /// - Parameters:
    ///   - key: Its own key.
    ///   - featureKeys: The feature parties' public keys, proved and checked.
    ///   - random: Its own source.
    /// - Throws: ``SourceLayerError``, `SharesError` where something does not fit the parameters.
    public init(
        _ parameters: MatMulParameters, key: Key, featureKeys: [Party: Key.Cipher], shares: MatMulLabelShares,
        random: any RandomSource, budget: MaskBudget = MaskBudget()
    ) throws {
        try parameters.check(key.cipher)
        try shares.weights.requireShape(rows: parameters.label.columns, columns: parameters.width)
        guard shares.featureWeights.count == parameters.features.count else {
            throw SharesError.count(expected: parameters.features.count, found: shares.featureWeights.count)
        }
        for (feature, share) in zip(parameters.features, shares.featureWeights) {
            try share.requireShape(rows: feature.columns, columns: parameters.width)
        }
        try parameters.check(version: shares.version, of: parameters.label.party)
        partners = try parameters.features.map { feature in
            Partner(
                link: try MatMulLink(parameters, feature: feature),
                cipher: try parameters.key(of: feature.party, among: featureKeys),
                workset: Workset(parameters.replay))
        }
        self.parameters = parameters
        self.key = key
        self.shares = shares
        randomness = Randomness(random)
        rounds = RoundCounter(prefix: parameters.phasePrefix, version: shares.version)
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
        case .fresh, .ready, .opened: nil
        case .settingUp: partners[encryptedWeights.count].party
        case .listing(let batch, _): partners[batch.lists.count].party
        case .forward(_, _, let received): partners[received % partners.count].party
        case .backward(_, _, let received): partners[received].party
        }
    }

    // MARK: - Events

    /// Sends [[V_p]] to every feature party; nothing where rows of it travel with each round.
    public mutating func start() throws -> [Action<MatMulOutput>] {
        guard case .fresh = state else { throw SourceLayerError.outOfTurn(event: "start") }
        state = .settingUp
        guard parameters.listed == nil else { return [] }
        return try zip(partners, shares.featureWeights).map { partner, share in
            try encrypt(share.value, for: partner, as: partner.link.I3)
        }
    }

    /// Begins a round with its rows of the batch.
    ///
    /// - Parameters:
    ///   - rows: Fixed point at scale 2^20, |x| < 8; what is not stored is zero and costs nothing.
    ///   - added: This party's share, modulo 2^64, of something else of Z's shape at scale 2^40 that is opened together with Z: it
    ///     becomes a part of Z.
    /// - Throws: ``SourceLayerError``, and ``SourceLayerError/invalidParameters(_:)`` for something to add where weights decay, as
    ///   their public factor multiplies the opened sum; `SharesError` for a batch that does not fit.
    public mutating func forward(
        rows: SparseMatrix<Int64>, in phase: LayerPhase, adding added: Matrix<Int64>? = nil
    ) throws -> [Action<MatMulOutput>] {
        guard case .ready = state else { throw SourceLayerError.outOfTurn(event: "forward") }
        try parameters.check(batch: rows, of: parameters.label)
        try parameters.check(added: added, rows: rows.rows, shares.optimiser)
        let round = try rounds.begin(phase, rows: rows.rows)
        var z = rows &* shares.weights.value
        if let added { z = z &+ added }
        var actions: [Action<MatMulOutput>] = []
        for (partner, weights) in zip(partners, encryptedWeights) {
            let (frame, kept) = try partner.link.F2(round).multiply(
                Multipliers(rows, bits: FixedPoint.Limit.feature.bits), weights, under: partner.cipher,
                drawing: &randomness, spending: &budget)
            z = z &+ kept.reduced
            actions.append(.send(frame, to: partner.party))
        }
        let batch = Batch(round: round, phase: phase, rows: rows)
        state = parameters.listed == nil ? .forward(batch, z: z, received: 0) : .listing(batch, z: z)
        return actions
    }

    /// The same for rows of which what is not zero is stored.
    public mutating func forward(
        rows: Matrix<Int64>, in phase: LayerPhase, adding added: Matrix<Int64>? = nil
    ) throws -> [Action<MatMulOutput>] {
        try forward(rows: SparseMatrix(rows), in: phase, adding: added)
    }

    /// The derivative of the batch's summed loss by Z: fixed point at scale 2^20, |dZ| < 4, not divided by the batch size.
    public mutating func backward(dZ: Matrix<Int64>) throws -> [Action<MatMulOutput>] {
        guard case .opened(let batch) = state else { throw SourceLayerError.outOfTurn(event: "backward") }
        try dZ.requireShape(rows: batch.round.rows, columns: parameters.width)
        try FixedPoint.check(dZ, within: .derivative)
        let multiplier = try shares.optimiser.nextMultiplier(batch: batch.round.rows)
        // One encryption for all: its randomness is drawn once.
        let frame = try partners[0].link.B1(batch.round).encrypt(dZ, with: key, drawing: &randomness)
        let actions = partners.map { Action<MatMulOutput>.send(frame, to: $0.party) }
        stepOwn(batch.rows, dZ: dZ, multiplier: multiplier)
        state = .backward(batch, multiplier: multiplier, received: 0)
        return actions
    }

    // MARK: - Local steps

    /// The label party's share U_B times some rows, modulo 2^64 at scale 2^40: how much Z of these rows has changed by
    /// ``descend(rows:dZ:)`` is a difference of two of these, as V_B never changes.
    public func product(rows: SparseMatrix<Int64>) throws -> Matrix<Int64> {
        try parameters.check(batch: rows, of: parameters.label)
        return shares.optimiser.applyAlpha(to: rows &* shares.weights.value)
    }

    /// A local step: moves its share of its own weights along X_B^T dZ, as ``backward(dZ:)`` does, without a message. It depends on
    /// nothing but what the label party has opened before. Between rounds, or while it waits for B2.
    ///
    /// - Parameters:
    ///   - rows: Any rows of its own.
    ///   - dZ: As in ``backward(dZ:)``.
    public mutating func descend(rows: SparseMatrix<Int64>, dZ: Matrix<Int64>) throws {
        switch state {
        case .ready, .backward: break
        case .fresh, .settingUp, .listing, .forward, .opened: throw SourceLayerError.outOfTurn(event: "descend")
        }
        try parameters.check(batch: rows, of: parameters.label)
        try dZ.requireShape(rows: rows.rows, columns: parameters.width)
        try FixedPoint.check(dZ, within: .derivative)
        stepOwn(rows, dZ: dZ, multiplier: try shares.optimiser.multiplier(batch: rows.rows))
    }

    /// B5: the gradient of its own weights is the label party's to know.
    private mutating func stepOwn(_ rows: SparseMatrix<Int64>, dZ: Matrix<Int64>, multiplier: Integer) {
        shares.optimiser.step(
            &shares.weights, gradient: (rows.transposed() &* dZ).map { Integer($0) }, multiplier: multiplier,
            rounding: .halfEven)
    }

    /// Draws what the round after the one under way needs of randomness, so that idle cores can make it ready. The next round
    /// must be this one.
    ///
    /// - Throws: `RandomError` for a round that was foreseen already.
    public mutating func foresee(_ phase: LayerPhase, rows: Int) throws {
        let round = rounds.foresee(phase, rows: rows)
        for partner in partners { try randomness.foresee([partner.link.F2(round)], under: partner.cipher) }
        if parameters.listed != nil { try randomness.foresee(partners.map { $0.link.L2(round) }, with: key) }
        guard phase == .train else { return }
        try randomness.foresee([partners[0].link.B1(round)], with: key)
        if parameters.listed == nil { try randomness.foresee(partners.map { $0.link.B4(round) }, with: key) }
    }

    // MARK: - Frames

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<MatMulOutput>] {
        switch state {
        case .fresh, .ready, .opened:
            throw outOfTurn(frame, from: peer)
        case .settingUp:
            let partner = partners[encryptedWeights.count]
            let weights = try partner.link.I4.operand(frame, from: peer, under: partner.cipher)
            encryptedWeights.append(partner.cipher.operand(weights, isReused: true))
            if encryptedWeights.count == partners.count { state = .ready }
            return []
        case .listing(var batch, let z):
            let (index, partner) = (batch.lists.count, partners[batch.lists.count])
            let listing = try partner.link.L1(batch.round).listing(frame, from: peer)
            batch.lists.append(listing)
            state =
                batch.lists.count < partners.count
                ? .listing(batch, z: z) : .forward(batch, z: z, received: 0)
            let rows = shares.featureWeights[index].value.selecting(listing.rows)
            return [try encrypt(rows, for: partner, as: partner.link.L2(batch.round))]
        case .forward(let batch, let z, let received):
            let link = partners[received % partners.count].link
            let share =
                received < partners.count
                ? try link.F1(batch.round).open(frame, from: peer, with: key, spending: &budget).reduced
                : try link.F3(batch.round).share(frame, from: peer)
            guard received + 1 == 2 * partners.count else {
                state = .forward(batch, z: z &+ share, received: received + 1)
                return []
            }
            return finishForward(batch, z: z &+ share)
        case .backward(let batch, let multiplier, let received):
            let gradient = try partners[received].link.B2(batch.round).open(
                frame, from: peer, with: key, spending: &budget)
            let refreshed = try update(batch, received, gradient: gradient, multiplier: multiplier)
            guard received + 1 == partners.count else {
                state = .backward(batch, multiplier: multiplier, received: received + 1)
                return refreshed
            }
            shares.version += 1
            state = .ready
            return refreshed + [.output(.roundFinished)]
        }
    }

    // MARK: - Steps

    /// F4: the sum of all shares is Z.
    private mutating func finishForward(_ batch: Batch, z: Matrix<Int64>) -> [Action<MatMulOutput>] {
        let opened = Action.output(MatMulOutput.opened(shares.optimiser.applyAlpha(to: z)))
        switch batch.phase {
        case .train:
            state = .opened(batch)
            return [opened]
        case .evaluate:
            state = .ready
            return [opened, .output(.roundFinished)]
        }
    }

    /// B3, rounded up, and replays; then B4, all rows of the new [[V_p]], where rows do not travel with each round.
    private mutating func update(
        _ batch: Batch, _ index: Int, gradient: Matrix<Integer>, multiplier: Integer
    ) throws -> [Action<MatMulOutput>] {
        let listing = parameters.listed == nil ? nil : batch.lists[index]
        shares.optimiser.descend(
            &shares.featureWeights[index],
            along: GradientShare(rows: listing?.rows, gradient: gradient, multiplier: multiplier),
            then: &partners[index].workset, rounding: .ceiling)
        guard listing == nil else { return [] }
        let partner = partners[index]
        return [
            try encrypt(shares.featureWeights[index].value, for: partner, as: partner.link.B4(batch.round))
        ]
    }

    private mutating func encrypt(
        _ share: Matrix<Int64>, for partner: Partner, as message: EncryptedMessage
    ) throws -> Action<MatMulOutput> {
        .send(try message.encrypt(share, with: key, drawing: &randomness), to: partner.party)
    }
}
