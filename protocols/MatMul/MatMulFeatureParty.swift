public import Arithmetic
public import Cryptography
public import Paillier
public import Shares
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

    /// [[V_p]] as it came, and as products use it as long as nothing refreshes it.
    private struct EncryptedWeights {
        let matrix: Encrypted
        var operand: Key.Cipher.Operand?
    }

    private enum State {
        case fresh
        /// Waits for I3.
        case settingUp
        /// Holds [[V_p]].
        case ready(EncryptedWeights)
        /// Waits for F2; `z` is its own part of F3.
        case forward(MatMulRound, MatMulPhase, rows: Matrix<Int64>, z: Matrix<Int64>, EncryptedWeights)
        /// Waits for B1.
        case backward(MatMulRound, rows: Matrix<Int64>)
        /// Waits for B4.
        case refresh(MatMulRound)
    }

    private let me: MatMulParameters.Member
    private let parameters: MatMulParameters
    private let link: MatMulLink
    private let key: Key
    private let labelKey: Key.Cipher
    private let random: any RandomSource
    /// Sources shared with the feature parties after and before this one in the job's order.
    private let pairs: (later: [Pair], earlier: [Pair])
    private var state = State.fresh
    private var progress = MatMulProgress()
    private var noise = MatMulNoise<Key.Cipher.Noise>()

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: MatMulFeatureShares
    /// Counts masked values over the job.
    public private(set) var budget: MaskBudget

    private struct Pair {
        let name: String
        let source: any RandomSource
    }

    /// - Parameters:
    ///   - key: Its own key.
    ///   - labelKey: The label party's public key, proved and checked.
    ///   - random: Its own source.
    ///   - pairRandom: For each other feature party, a source that both ends of their link key alike and nobody else can
    ///     (`KeyedRandomSource`).
    /// - Throws: ``MatMulError``, `SharesError` where something does not fit the parameters.
    public init(
        _ party: Party, _ parameters: MatMulParameters, key: Key, labelKey: Key.Cipher, shares: MatMulFeatureShares,
        random: any RandomSource, pairRandom: [Party: any RandomSource], budget: MaskBudget = MaskBudget()
    ) throws {
        me = try parameters.feature(party)
        try parameters.check(key.cipher)
        try parameters.check(labelKey)
        try parameters.check(shares.weights, rows: me.columns)
        try parameters.check(shares.labelWeights, rows: parameters.label.columns, columns: parameters.width)
        link = try MatMulLink(parameters, feature: me)
        let order = parameters.features.map(\.party)
        let position = order.firstIndex(of: party) ?? 0
        func pair(with other: Party, _ first: Party, _ second: Party) throws(MatMulError) -> Pair {
            guard let source = pairRandom[other] else { throw .missing("source of pair masks", other) }
            return Pair(name: "\(first)|\(second)", source: source)
        }
        pairs.later = try order[(position + 1)...].map { try pair(with: $0, party, $0) }
        pairs.earlier = try order[..<position].map { try pair(with: $0, $0, party) }
        self.parameters = parameters
        self.key = key
        self.labelKey = labelKey
        self.shares = shares
        self.random = random
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
        guard case .fresh = state else { throw MatMulError.outOfTurn(event: "start") }
        let message = link.I4
        let encrypted = try message.conversion.encrypt(
            shares.labelWeights, with: key, noise: message.noise(with: key, random: random))
        state = .settingUp
        return [send(message.frame(encrypted.elements, under: key.cipher))]
    }

    /// Begins a round with its rows of the batch, fixed point at scale 2^20, |x| < 8.
    public mutating func forward(rows: Matrix<Int64>, in phase: MatMulPhase) throws -> [Action<MatMulOutput>] {
        guard case .ready(var weights) = state else { throw MatMulError.outOfTurn(event: "forward") }
        try parameters.check(batch: rows, of: me)
        let round = try progress.begin(phase, rows: rows.rows)
        let message = link.F1(round)
        // A training round ends with new weights; evaluation uses the same again and again.
        let operand = weights.operand ?? labelKey.operand(weights.matrix, isReused: phase == .evaluate)
        weights.operand = phase == .evaluate ? operand : nil
        let (hidden, kept) = try message.multiply(
            rows, operand, under: labelKey, noise: noise(message), random: random, spending: &budget)
        let z = rows &* shares.weights.value &+ kept.reduced
        state = .forward(round, phase, rows: rows, z: z, weights)
        return [send(message.frame(hidden, under: labelKey))]
    }

    /// Draws what the round after the one under way needs of randomness, so that idle cores can make it ready. The next round
    /// must be this one.
    ///
    /// - Throws: `RandomError` for a round that was foreseen already.
    public mutating func foresee(_ phase: MatMulPhase, rows: Int) throws {
        let round = progress.foresee(phase, rows: rows)
        let messages = [link.F1(round)] + (phase == .train ? [try link.B2(round)] : [])
        for message in messages {
            noise.foresee(message.draw, try message.noise(under: labelKey, random: random))
        }
    }

    private mutating func noise(_ message: EncryptedMessage) throws -> Key.Cipher.Noise {
        try noise.take(message.draw) ?? message.noise(under: labelKey, random: random)
    }

    // MARK: - Frames

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<MatMulOutput>] {
        switch state {
        case .fresh, .ready:
            throw outOfTurn(frame, from: peer)
        case .settingUp:
            state = .ready(.init(matrix: try link.I3.operand(frame, from: peer, under: labelKey)))
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
            state = .ready(.init(matrix: try link.B4(round).operand(frame, from: peer, under: labelKey)))
            return [.output(.roundFinished)]
        }
    }

    /// B2 and B3: shares of the gradient, this party's rounded down.
    private mutating func update(
        _ round: MatMulRound, rows: Matrix<Int64>, derivative: Encrypted
    ) throws -> Action<MatMulOutput> {
        let message = try link.B2(round)
        let multiplier = try shares.optimiser.nextMultiplier(batch: round.rows)
        let (hidden, kept) = try message.multiply(
            rows.transposed(), labelKey.operand(derivative, isReused: false), under: labelKey, noise: noise(message),
            random: random, spending: &budget)
        shares.optimiser.step(&shares.weights, gradient: kept, multiplier: multiplier, rounding: .floor)
        return send(message.frame(hidden, under: labelKey))
    }

    private func zeroSumMask(_ round: MatMulRound) throws -> Matrix<Int64> {
        func streams(_ pairs: [Pair]) throws -> [RandomStream] {
            try pairs.map { try $0.source.stream(parameters.draw("F3", round, $0.name)) }
        }
        return try .zeroSumMask(
            rows: round.rows, columns: parameters.width, sharedWithLater: streams(pairs.later),
            sharedWithEarlier: streams(pairs.earlier))
    }

    private func send(_ frame: Frame) -> Action<MatMulOutput> { .send(frame, to: parameters.label.party) }
}
