public import Arithmetic
public import Cryptography
public import Paillier
public import Shares
public import Specification

/// A feature party's role in the Embed-MatMul layer.
///
///     start()                  --I4..I7-->   <--I1..I3--                              setup
///     forward(categories:in:)  --E1-->   <--E2--   --E3-->   <--E4--   --E5-->        train, evaluate
///                              <--G1a..G1c--   --G2..G4-->   <--G5--                  train
///                              --G6d..G6g-->   <--G6a..G6c--   .roundFinished         train
///
/// E2, G3, G5 and all copies but I1, I2, I4 (G6a, G6b, G6d) are the partner's alone. Learns nothing but public sizes: it never
/// holds its own table or weights, Z or its derivative. A role that has thrown is done: the job goes on in a new attempt.
public struct EmbedMatMulFeatureParty<Key: AdditiveKey>: Role {
    private typealias Encrypted = Matrix<Key.Cipher.Ciphertext>

    /// The label party's shares under its key.
    private struct Copies {
        var table: EncryptedCopy<Key.Cipher>
        /// [[V_p]]; below it, at the partner, [[U_B]].
        var weights: EncryptedCopy<Key.Cipher>
    }

    private struct Batch {
        let round: EmbedMatMulRound
        let phase: EmbedMatMulPhase
        let lookups: LookedUpRows
        /// Its share of its own embedded rows.
        let own: Matrix<Int128>
        /// At the partner, its share of the label party's.
        var label: Matrix<Int128>?
    }

    /// Its shares of the gradients before an update.
    private struct Gradients {
        let weights: Matrix<Integer>
        let table: Matrix<Integer>
        /// Of V_B, at the partner.
        let labelWeights: Matrix<Integer>?
    }

    private enum State {
        case fresh
        /// Waits for the label party's copies, of which these have come.
        case collecting(EmbedMatMulRound, [Encrypted])
        case ready(Copies)
        /// Waits for E2.
        case lookup(Batch, Copies)
        /// Waits for E4; `z` is its own part of E5.
        case product(Batch, z: Matrix<Int128>, Copies)
        /// Waits for what of G1 has not come.
        case derivative(Batch, [Encrypted])
        /// Waits for G5.
        case gradient(EmbedMatMulRound, Gradients)
    }

    private let me: EmbedMatMulParameters.Member
    private let parameters: EmbedMatMulParameters
    private let link: EmbedMatMulLink
    private let key: Key
    private let labelKey: Key.Cipher
    private let random: any RandomSource
    /// Sources shared with the feature parties after and before this one in the job's order.
    private let pairs: (later: [Pair], earlier: [Pair])
    private var state = State.fresh
    private var progress = EmbedMatMulProgress()
    private var noise: EmbedMatMulNoise<Key.Cipher>

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: EmbedMatMulFeatureShares
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
    /// - Throws: ``EmbedMatMulError``, `SharesError` where something does not fit the parameters.
    public init(
        _ party: Party, _ parameters: EmbedMatMulParameters, key: Key, labelKey: Key.Cipher,
        shares: EmbedMatMulFeatureShares, random: any RandomSource, pairRandom: [Party: any RandomSource],
        budget: MaskBudget = MaskBudget()
    ) throws {
        me = try parameters.feature(party)
        link = try EmbedMatMulLink(parameters, feature: me)
        try parameters.check(key.cipher)
        try parameters.check(labelKey)
        try parameters.check(shares.own, of: me)
        try parameters.check(shares.optimiser)
        guard (shares.label != nil) == link.isPartner else {
            throw EmbedMatMulError.missing("label party's shares at the partner alone", party)
        }
        if let label = shares.label { try parameters.check(label, of: parameters.label) }
        let order = parameters.features.map(\.party)
        let position = order.firstIndex(of: party) ?? 0
        func pair(with other: Party, _ first: Party, _ second: Party) throws(EmbedMatMulError) -> Pair {
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
        noise = EmbedMatMulNoise(random)
        self.budget = budget
    }

    public var awaiting: Party? {
        switch state {
        case .fresh, .ready: nil
        case .collecting, .lookup, .product, .derivative, .gradient: parameters.label.party
        }
    }

    // MARK: - Events

    /// Sends its shares under its own key to the label party.
    public mutating func start() throws -> [Action<EmbedMatMulOutput>] {
        guard case .fresh = state else { throw EmbedMatMulError.outOfTurn(event: "start") }
        let copies = try sendCopies(.setup)
        state = .collecting(.setup, [])
        return copies
    }

    /// Begins a round with its categories of the batch: a row for each example, a column for each field, counted from 0.
    public mutating func forward(
        categories: Matrix<Int>, in phase: EmbedMatMulPhase
    ) throws -> [Action<EmbedMatMulOutput>] {
        guard case .ready(var copies) = state else { throw EmbedMatMulError.outOfTurn(event: "forward") }
        let lookups = try LookedUpRows(categories, of: me)
        if phase == .train { try parameters.checkTraining(rows: lookups.batch) }
        let round = progress.begin(phase, rows: lookups.batch)
        let message = link.E1(round)
        let (hidden, kept) = try message.mask(
            labelKey.product(
                variableTime: lookups.selection, copies.table.operand(under: labelKey, in: phase),
                join: message.conversion.join),
            under: labelKey, noise: noise.take(message, under: labelKey), random: random, spending: &budget)
        let own = lookups.lookUp(shares.own.table.value) &+ lookups.sideBySide(kept.reduced(to: Int128.self))
        let batch = Batch(round: round, phase: phase, lookups: lookups, own: own)
        guard link.isPartner else { return [send(hidden), try multiply(batch, copies)] }
        state = .lookup(batch, copies)
        return [send(hidden)]
    }

    /// Draws what the round after the one under way needs of randomness, so that idle cores can make it ready. The next round
    /// must be this one.
    public mutating func foresee(_ phase: EmbedMatMulPhase, rows: Int) throws {
        let round = progress.next(phase, rows: rows)
        if phase == .train { try parameters.checkTraining(rows: rows) }
        try noise.foresee([link.E1(round), link.E3(round)], under: labelKey)
        guard phase == .train else { return }
        try noise.foresee(link.gradients(round), under: labelKey)
        try noise.foresee(link.copiesOfFeature(round), with: key)
    }

    // MARK: - Frames

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<EmbedMatMulOutput>] {
        switch state {
        case .fresh, .ready:
            throw outOfTurn(frame, from: peer)
        case .collecting(let round, let copies):
            let expected = link.copiesOfLabel(round)
            let copies = copies + [try expected[copies.count].operand(frame, from: peer, under: labelKey)]
            guard copies.count == expected.count else {
                state = .collecting(round, copies)
                return []
            }
            state = .ready(
                Copies(
                    table: EncryptedCopy(copies[0]),
                    weights: EncryptedCopy(copies[1].stacked(on: copies.dropFirst(2).first))))
            return round.isSetup ? [] : [.output(.roundFinished)]
        case .lookup(var batch, let copies):
            let got = try link.E2(batch.round).open(frame, from: peer, with: key, spending: &budget)
            let columns = parameters.label.fields.count * parameters.dimension
            batch.label = Matrix(
                rows: batch.round.rows, columns: columns, elements: got.reduced(to: Int128.self).elements)
            return [try multiply(batch, copies)]
        case .product(let batch, let z, let copies):
            let got = try link.E4(batch.round).open(frame, from: peer, with: key, spending: &budget)
            let share = z &+ got.reduced(to: Int128.self) &+ (try zeroSumMask(batch.round))
            let answer = send(link.E5(batch.round).frame(share))
            switch batch.phase {
            case .train:
                state = .derivative(batch, [])
                return [answer]
            case .evaluate:
                state = .ready(copies)
                return [answer, .output(.roundFinished)]
            }
        case .derivative(let batch, let derivatives):
            let expected = link.derivatives(batch.round)
            let next = try expected[derivatives.count].operand(frame, from: peer, under: labelKey)
            guard derivatives.count + 1 == expected.count else {
                state = .derivative(batch, derivatives + [next])
                return []
            }
            return try backward(batch, packed: derivatives[0], cells: derivatives[1], timesWeights: next)
        case .gradient(let round, let gradients):
            let labelTable = try link.G5(round).open(frame, from: peer, with: key, spending: &budget)
            return try update(round, gradients, labelTable: labelTable)
        }
    }

    // MARK: - Steps

    /// E3: its shares of embedded rows times the label party's shares of the weights.
    private mutating func multiply(_ batch: Batch, _ copies: Copies) throws -> Action<EmbedMatMulOutput> {
        let message = link.E3(batch.round)
        var copies = copies
        let (hidden, kept) = try message.mask(
            labelKey.product(
                variableTime: Multipliers(wide: batch.own.beside(batch.label), bits: shareBits),
                copies.weights.operand(under: labelKey, in: batch.phase), join: message.conversion.join),
            under: labelKey, noise: noise.take(message, under: labelKey), random: random, spending: &budget)
        var z = batch.own &* shares.own.weights.value &+ kept.reduced(to: Int128.self)
        if let rows = batch.label, let label = shares.label { z = z &+ rows &* label.weights.value }
        state = .product(batch, z: z, copies)
        return send(hidden)
    }

    /// G2 to G4, from the weights before the update.
    private mutating func backward(
        _ batch: Batch, packed: Encrypted, cells: Encrypted, timesWeights: Encrypted
    ) throws -> [Action<EmbedMatMulOutput>] {
        let derivative = labelKey.operand(packed, isReused: link.isPartner)
        func gradient(
            _ rows: Matrix<Int128>, _ message: EncryptedMessage
        ) throws -> (frame: Frame, share: Matrix<Integer>) {
            try message.mask(
                labelKey.product(
                    variableTime: Multipliers(wide: rows.transposed(), bits: shareBits), derivative,
                    join: message.conversion.join),
                under: labelKey, noise: noise.take(message, under: labelKey), random: random, spending: &budget)
        }
        let weights = try gradient(batch.own, link.G2(batch.round))
        let labelWeights = try batch.label.map { try gradient($0, link.G3(batch.round)) }

        let (message, lookups) = (link.G4(batch.round), batch.lookups)
        let packing = message.conversion.packing
        let sums = try lookups.derivativeSums(cells, under: labelKey)
        let timesOwn = try labelKey.product(
            variableTime: lookups.weightMultipliers(shares.own.weights.value, packing),
            labelKey.operand(sums, isReused: false), join: packing.valueJoin)
        let timesLabels = try labelKey.product(
            variableTime: lookups.scattering, labelKey.operand(timesWeights, isReused: false),
            join: message.conversion.join)
        let table = try message.mask(
            labelKey.add(timesOwn, timesLabels), under: labelKey, noise: noise.take(message, under: labelKey),
            random: random, spending: &budget)

        let frames = [weights.frame] + (labelWeights.map { [$0.frame] } ?? []) + [table.frame]
        let gradients = Gradients(weights: weights.share, table: table.share, labelWeights: labelWeights?.share)
        guard link.isPartner else { return frames.map(send) + (try update(batch.round, gradients, labelTable: nil)) }
        state = .gradient(batch.round, gradients)
        return frames.map(send)
    }

    /// Moves its shares, rounded down, and sends them under its key.
    private mutating func update(
        _ round: EmbedMatMulRound, _ gradients: Gradients, labelTable: Matrix<Integer>?
    ) throws -> [Action<EmbedMatMulOutput>] {
        let multiplier = try shares.optimiser.nextMultiplier(batch: round.rows)
        let optimiser = shares.optimiser
        func step(_ share: inout WideWeightShare, _ gradient: Matrix<Integer>) {
            optimiser.step(&share, gradient: gradient, multiplier: multiplier, rounding: .floor)
        }
        step(&shares.own.weights, gradients.weights)
        step(&shares.own.table, gradients.table)
        if var label = shares.label, let weights = gradients.labelWeights, let table = labelTable {
            step(&label.weights, weights)
            step(&label.table, table)
            shares.label = label
        }
        state = .collecting(round, [])
        return try sendCopies(round)
    }

    private mutating func sendCopies(_ round: EmbedMatMulRound) throws -> [Action<EmbedMatMulOutput>] {
        var copies = [shares.own.weights.value]
        if let label = shares.label {
            let weights = label.weights.value
            copies += [label.table.value, weights, weights.transposedByFields(dimension: parameters.dimension)]
        }
        return try zip(link.copiesOfFeature(round), copies).map { message, copy in
            let encrypted = try message.conversion.encrypt(copy, with: key, noise: noise.take(message, with: key))
            return send(message.frame(encrypted.elements, under: key.cipher))
        }
    }

    private func zeroSumMask(_ round: EmbedMatMulRound) throws -> Matrix<Int128> {
        func streams(_ pairs: [Pair]) throws -> [RandomStream] {
            try pairs.map { try $0.source.stream(parameters.draw("E5", round, $0.name)) }
        }
        return try .zeroSumMask(
            rows: round.rows, columns: parameters.width, sharedWithLater: streams(pairs.later),
            sharedWithEarlier: streams(pairs.earlier))
    }

    private func send(_ frame: Frame) -> Action<EmbedMatMulOutput> { .send(frame, to: parameters.label.party) }
}
