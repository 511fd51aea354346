public import Arithmetic
public import Cryptography
public import Paillier
public import Shares
public import Specification

/// The label party's role in the MatMul layer.
///
///     start()             --I3-->   <--I4--                               setup
///     forward(rows:in:)   --F2-->   <--F1--   <--F3--   .opened(Z)        train, evaluate
///     backward(dZ:)       --B1-->   <--B2--   --B4-->   .roundFinished    train
///
/// with every feature party; frames are taken in the job's order. Learns Z, and what follows from it: see README.md. A role
/// that has thrown is done: the job goes on in a new attempt.
public struct MatMulLabelParty<Key: AdditiveKey>: Role {
    private enum State {
        case fresh
        /// Waits for I4 of the parties whose [[V_Bp]] is not yet here.
        case settingUp
        case ready
        /// Waits for F1, then F3, of every party; `z` is the sum of what has come.
        case forward(MatMulRound, MatMulPhase, rows: Matrix<Int64>, z: Matrix<Int64>, received: Int)
        /// Waits for the derivative.
        case opened(MatMulRound, rows: Matrix<Int64>)
        /// Waits for B2 of every party.
        case backward(MatMulRound, multiplier: Integer, received: Int)
    }

    private struct Partner {
        let link: MatMulLink
        let cipher: Key.Cipher
        var party: Party { link.feature.party }
    }

    private let parameters: MatMulParameters
    private let key: Key
    private let random: any RandomSource
    /// In the job's order.
    private let partners: [Partner]
    /// [[V_Bp]] of each partner, constant.
    private var encryptedWeights: [Key.Cipher.Operand] = []
    private var state = State.fresh
    private var progress = MatMulProgress()
    private var noise = MatMulNoise<Key.Cipher.Noise>()

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: MatMulLabelShares
    /// Counts masked values over the job.
    public private(set) var budget: MaskBudget

    /// - Parameters:
    ///   - key: Its own key.
    ///   - featureKeys: The feature parties' public keys, proved and checked.
    ///   - random: Its own source.
    /// - Throws: ``MatMulError``, `SharesError` where something does not fit the parameters.
    public init(
        _ parameters: MatMulParameters, key: Key, featureKeys: [Party: Key.Cipher], shares: MatMulLabelShares,
        random: any RandomSource, budget: MaskBudget = MaskBudget()
    ) throws {
        try parameters.check(key.cipher)
        try parameters.check(shares.weights, rows: parameters.label.columns)
        guard shares.featureWeights.count == parameters.features.count else {
            throw SharesError.count(expected: parameters.features.count, found: shares.featureWeights.count)
        }
        for (feature, share) in zip(parameters.features, shares.featureWeights) {
            try parameters.check(share, rows: feature.columns)
        }
        partners = try parameters.features.map { feature in
            guard let cipher = featureKeys[feature.party] else {
                throw MatMulError.missing("public key", feature.party)
            }
            try parameters.check(cipher)
            return Partner(link: try MatMulLink(parameters, feature: feature), cipher: cipher)
        }
        self.parameters = parameters
        self.key = key
        self.shares = shares
        self.random = random
        self.budget = budget
    }

    public var awaiting: Party? {
        switch state {
        case .fresh, .ready, .opened: nil
        case .settingUp: partners[encryptedWeights.count].party
        case .forward(_, _, _, _, let received): partners[received % partners.count].party
        case .backward(_, _, let received): partners[received].party
        }
    }

    // MARK: - Events

    /// Sends [[V_p]] to every feature party.
    public mutating func start() throws -> [Action<MatMulOutput>] {
        guard case .fresh = state else { throw MatMulError.outOfTurn(event: "start") }
        state = .settingUp
        var actions: [Action<MatMulOutput>] = []
        for (partner, share) in zip(partners, shares.featureWeights) {
            actions.append(try encrypt(share, for: partner, as: partner.link.I3))
        }
        return actions
    }

    /// Begins a round with its rows of the batch, fixed point at scale 2^20, |x| < 8.
    public mutating func forward(rows: Matrix<Int64>, in phase: MatMulPhase) throws -> [Action<MatMulOutput>] {
        guard case .ready = state else { throw MatMulError.outOfTurn(event: "forward") }
        try parameters.check(batch: rows, of: parameters.label)
        let round = try progress.begin(phase, rows: rows.rows)
        var z = rows &* shares.weights.value
        var actions: [Action<MatMulOutput>] = []
        for (partner, weights) in zip(partners, encryptedWeights) {
            let message = partner.link.F2(round)
            let noise = try noise.take(message.draw) ?? message.noise(under: partner.cipher, random: random)
            let (hidden, kept) = try message.multiply(
                rows, weights, under: partner.cipher, noise: noise, random: random, spending: &budget)
            z = z &+ kept.reduced
            actions.append(.send(message.frame(hidden, under: partner.cipher), to: partner.party))
        }
        state = .forward(round, phase, rows: rows, z: z, received: 0)
        return actions
    }

    /// The derivative of the batch's summed loss by Z: fixed point at scale 2^20, |dZ| < 4, not divided by the batch size.
    public mutating func backward(dZ: Matrix<Int64>) throws -> [Action<MatMulOutput>] {
        guard case .opened(let round, let rows) = state else { throw MatMulError.outOfTurn(event: "backward") }
        try parameters.check(dZ, rows: round.rows, columns: parameters.width)
        try FixedPoint.check(dZ, within: .derivative)
        let multiplier = try shares.optimiser.nextMultiplier(batch: round.rows)
        // One encryption for all: its randomness is drawn once.
        let noise = try noise.take(derivativeDraw(round)) ?? derivativeNoise(round)
        let encrypted = try parameters.gradient(rows: round.rows).encrypt(dZ, with: key, noise: noise)
        let actions = try partners.map { partner -> Action<MatMulOutput> in
            .send(try partner.link.B1(round).frame(encrypted.elements, under: key.cipher), to: partner.party)
        }
        // B5: the gradient of its own weights is the label party's to know.
        shares.optimiser.step(
            &shares.weights, gradient: (rows.transposed() &* dZ).map { Integer($0) }, multiplier: multiplier,
            rounding: .halfEven)
        state = .backward(round, multiplier: multiplier, received: 0)
        return actions
    }

    /// Draws what the round after the one under way needs of randomness, so that idle cores can make it ready. The next round
    /// must be this one.
    ///
    /// - Throws: `RandomError` for a round that was foreseen already.
    public mutating func foresee(_ phase: MatMulPhase, rows: Int) throws {
        let round = progress.foresee(phase, rows: rows)
        for partner in partners {
            let message = partner.link.F2(round)
            noise.foresee(message.draw, try message.noise(under: partner.cipher, random: random))
        }
        guard phase == .train else { return }
        noise.foresee(derivativeDraw(round), try derivativeNoise(round))
        for partner in partners {
            let message = partner.link.B4(round)
            noise.foresee(message.draw, try message.noise(with: key, random: random))
        }
    }

    private func derivativeDraw(_ round: MatMulRound) -> String { parameters.draw("B1", round, "randomizer") }

    private func derivativeNoise(_ round: MatMulRound) throws -> Key.Cipher.Noise {
        try parameters.gradient(rows: round.rows).noise(
            rows: round.rows, with: key, from: random.stream(derivativeDraw(round)))
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
        case .forward(let round, let phase, let rows, let z, let received):
            let link = partners[received % partners.count].link
            let share =
                received < partners.count
                ? try link.F1(round).open(frame, from: peer, with: key, spending: &budget).reduced
                : try link.F3(round).share(frame, from: peer)
            guard received + 1 == 2 * partners.count else {
                state = .forward(round, phase, rows: rows, z: z &+ share, received: received + 1)
                return []
            }
            return finishForward(round, phase, rows: rows, z: z &+ share)
        case .backward(let round, let multiplier, let received):
            let partner = partners[received]
            let gradient = try partner.link.B2(round).open(frame, from: peer, with: key, spending: &budget)
            // B3, rounded up; then B4: all rows of the new [[V_p]].
            shares.optimiser.step(
                &shares.featureWeights[received], gradient: gradient, multiplier: multiplier, rounding: .ceiling)
            let refreshed = try encrypt(shares.featureWeights[received], for: partner, as: partner.link.B4(round))
            guard received + 1 == partners.count else {
                state = .backward(round, multiplier: multiplier, received: received + 1)
                return [refreshed]
            }
            state = .ready
            return [refreshed, .output(.roundFinished)]
        }
    }

    /// F4: the sum of all shares is Z.
    private mutating func finishForward(
        _ round: MatMulRound, _ phase: MatMulPhase, rows: Matrix<Int64>, z: Matrix<Int64>
    ) -> [Action<MatMulOutput>] {
        let opened = Action.output(MatMulOutput.opened(shares.optimiser.applyAlpha(to: z)))
        switch phase {
        case .train:
            state = .opened(round, rows: rows)
            return [opened]
        case .evaluate:
            state = .ready
            return [opened, .output(.roundFinished)]
        }
    }

    private mutating func encrypt(
        _ share: WeightShare, for partner: Partner, as message: EncryptedMessage
    ) throws -> Action<MatMulOutput> {
        let noise = try noise.take(message.draw) ?? message.noise(with: key, random: random)
        let encrypted = try message.conversion.encrypt(share.value, with: key, noise: noise)
        return .send(message.frame(encrypted.elements, under: key.cipher), to: partner.party)
    }
}
