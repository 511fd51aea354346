public import Arithmetic
public import Cryptography
public import Paillier
public import Shares
public import SourceLayers
public import Specification

/// A feature party's role in the Embed-MatMul layer.
///
///     start()                --I4..I7-->   <--I1..I3--                              setup
///     forward(lookups:in:)   --E1-->   <--E2--   --E3-->   <--E4--   --E5-->        train, evaluate
///                            --E1-->   <--E2--   --E3-->   <--E4--   .share(of Z)   joined phases
///                            --L1-->   <--L3--   --L4-->   <--L2--   and on as above   listed phases
///                            <--G1a..G1c--   --G2..G4-->   <--G5--                  train
///                            --G6d..G6g-->   <--G6a..G6c--   .roundFinished         train
///
/// E2, G3, G5, L3, L4 and all copies but I1, I2, I4 (G6a, G6b, G6d) are the partner's alone. Learns nothing but public sizes: it never
/// holds its own table or weights, Z or its derivative. A role that has thrown is done: the job goes on in a new attempt.
public struct EmbedMatMulFeatureParty<Key: AdditiveKey>: Role {
    private typealias Encrypted = Matrix<Key.Cipher.Ciphertext>

    /// The label party's shares under its key.
    private struct Copies {
        /// Nothing where its rows come with each round.
        var table: EncryptedCopy<Key.Cipher>?
        /// [[V_p]]; below it, at the partner, [[U_B]].
        var weights: EncryptedCopy<Key.Cipher>
    }

    /// A batch before its rows are looked up.
    private struct Start {
        let round: LayerRound
        let phase: LayerPhase
        let lookups: LookedUpRows
        /// At the partner, which rows of the label party's table the round computes with, where not all do.
        var labelListing: RowListing?
    }

    private struct Batch {
        let start: Start
        var round: LayerRound { start.round }
        var phase: LayerPhase { start.phase }
        var lookups: LookedUpRows { start.lookups }
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
        case collecting(LayerRound, [EmbedMatMulLink.CopyOfLabel: EncryptedCopy<Key.Cipher>])
        case ready(Copies)
        /// The partner, which has sent L1, waits for L3.
        case listed(Start, Copies)
        /// Waits for L2.
        case rows(Start, Copies)
        /// Waits for E2.
        case lookup(Batch, Copies)
        /// Waits for E4; `z` is its share of Z without it.
        case product(Batch, z: Matrix<Int128>, Copies)
        /// Its share is given away; the derivative comes when the layer that opens Z has ended its round.
        case shared(Batch)
        /// Waits for what of G1 has not come.
        case derivative(Batch, [Encrypted])
        /// Waits for G5.
        case gradient(Start, Gradients)
    }

    private let me: EmbedMatMulParameters.Member
    private let parameters: EmbedMatMulParameters
    private let link: EmbedMatMulLink
    private let key: Key
    private let labelKey: Key.Cipher
    private let pairs: PairMasks
    private var state = State.fresh
    private var rounds: RoundCounter
    private var randomness: Randomness<Key.Cipher>

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: EmbedMatMulFeatureShares
    /// Counts masked values over the job.
    public private(set) var budget: MaskBudget

    /// - Parameters:
    ///   - key: Its own key.
    ///   - labelKey: The label party's public key, proved and checked.
    ///   - random: Its own source.
    ///   - pairRandom: For each other feature party, a source that both ends of their link key alike and nobody else can
    ///     (`KeyedRandomSource`); none where Z is opened with another layer's.
    /// - Throws: ``SourceLayerError``, `SharesError` where something does not fit the parameters.
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
            throw SourceLayerError.missing("label party's shares at the partner alone", party)
        }
        if let label = shares.label { try parameters.check(label, of: parameters.label) }
        try parameters.check(version: shares.version, of: party)
        // Joined, nobody sends its share of Z, and there is nothing to be masked.
        let masking = parameters.opening == .own ? parameters.features.map(\.party) : [party]
        pairs = try PairMasks(of: party, order: masking, sources: pairRandom)
        self.parameters = parameters
        self.key = key
        self.labelKey = labelKey
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
        case .fresh, .ready, .shared: nil
        case .collecting, .listed, .rows, .lookup, .product, .derivative, .gradient: parameters.label.party
        }
    }

    // MARK: - Events

    /// Sends its shares under its own key to the label party.
    public mutating func start() throws -> [Action<EmbedMatMulOutput>] {
        guard case .fresh = state else { throw SourceLayerError.outOfTurn(event: "start") }
        state = .collecting(link.setup, [:])
        return try sendCopies(link.setup)
    }

    /// Begins a round with its lookups of the batch: a row for each example, a column for each field, rows of its table, counted
    /// from 0.
    ///
    /// - Parameter listed: Where the layer has lists, and only there: rows of the table in ascending order, as many as it lists in
    ///   every round, among them all that this batch looks up. The label party learns them: `RowList` adds decoys.
    /// - Throws: ``SourceLayerError``, `SharesError` for a batch that does not fit.
    public mutating func forward(
        lookups: Matrix<Int>, in phase: LayerPhase, listing listed: [Int]? = nil
    ) throws -> [Action<EmbedMatMulOutput>] {
        guard case .ready(let copies) = state else { throw SourceLayerError.outOfTurn(event: "forward") }
        let listing = try parameters.listing(listed, of: me)
        let lookups = try LookedUpRows(lookups, of: me, among: listing)
        if phase == .train { try parameters.checkTraining(rows: lookups.batch) }
        let start = Start(round: try rounds.begin(phase, rows: lookups.batch), phase: phase, lookups: lookups)
        guard let listing else { return try lookUp(start, copies) }
        state = link.isPartner ? .listed(start, copies) : .rows(start, copies)
        return [send(link.L1(start.round).frame(listing))]
    }

    /// Goes on with a training round of a joined phase, after the layer that opened Z has ended its own: the frames of both run over
    /// one link, in this order.
    public mutating func backward() throws -> [Action<EmbedMatMulOutput>] {
        guard case .shared(let batch) = state else { throw SourceLayerError.outOfTurn(event: "backward") }
        state = .derivative(batch, [])
        return []
    }

    /// Draws what the round after the one under way needs of randomness, so that idle cores can make it ready. The next round
    /// must be this one.
    public mutating func foresee(_ phase: LayerPhase, rows: Int) throws {
        let round = rounds.foresee(phase, rows: rows)
        if phase == .train { try parameters.checkTraining(rows: rows) }
        try randomness.foresee([link.E1(round), link.E3(round)], under: labelKey)
        if parameters.listed != nil, link.isPartner { try randomness.foresee([link.L4(round)], with: key) }
        guard phase == .train else { return }
        try randomness.foresee(link.gradients(round), under: labelKey)
        try randomness.foresee(link.copiesOfFeature(round.updated).map(\.message), with: key)
    }

    // MARK: - Frames

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<EmbedMatMulOutput>] {
        switch state {
        case .fresh, .ready, .shared:
            throw outOfTurn(frame, from: peer)
        case .collecting(let round, var copies):
            let expected = link.copiesOfLabel(round)
            let (copy, message) = expected[copies.count]
            copies[copy] = try message.copy(frame, from: peer, under: labelKey)
            guard copies.count == expected.count, let weights = copies[.weights] else {
                state = .collecting(round, copies)
                return []
            }
            state = .ready(Copies(table: copies[.table], weights: weights.stacked(on: copies[.ownWeights])))
            return round.isSetup ? [] : [.output(.roundFinished)]
        case .listed(var start, let copies):
            let listing = try link.L3(start.round).listing(frame, from: peer)
            guard let label = shares.label else { throw outOfTurn(frame, from: peer) }
            start.labelListing = listing
            state = .rows(start, copies)
            let rows = label.table.value.selecting(listing.rows)
            return [send(try link.L4(start.round).encrypt(rows, with: key, drawing: &randomness))]
        case .rows(let start, var copies):
            copies.table = try link.L2(start.round).copy(frame, from: peer, under: labelKey)
            return try lookUp(start, copies)
        case .lookup(var batch, let copies):
            let got = try link.E2(batch.round).open(frame, from: peer, with: key, spending: &budget)
            batch.label = Matrix(
                rows: batch.round.rows, columns: parameters.columns(parameters.label),
                elements: got.reduced(to: Int128.self).elements)
            return [try multiply(batch, copies)]
        case .product(let batch, let z, let copies):
            let got = try link.E4(batch.round).open(frame, from: peer, with: key, spending: &budget)
            let share = z &+ got.reduced(to: Int128.self)
            let answer =
                parameters.opening == .own
                ? send(link.E5(batch.round).frame(share &+ (try zeroSumMask(batch.round)))) : .output(.share(share))
            switch batch.phase {
            case .train:
                state = parameters.opening == .own ? .derivative(batch, []) : .shared(batch)
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
            return try answer(batch, packed: derivatives[0], cells: derivatives[1], timesWeights: next)
        case .gradient(let start, let gradients):
            let labelTable = try link.G5(start.round).open(frame, from: peer, with: key, spending: &budget)
            return try update(start, gradients, labelTable: labelTable)
        }
    }

    // MARK: - Steps

    /// E1: the label party's share of the looked up rows; with E3 where nothing else is needed for it.
    private mutating func lookUp(_ start: Start, _ copies: Copies) throws -> [Action<EmbedMatMulOutput>] {
        var copies = copies
        guard var table = copies.table else { throw SourceLayerError.outOfTurn(event: "forward") }
        let isListed = start.lookups.listing != nil
        let rows = try table.operand(
            of: shares.version, under: labelKey, isReused: start.phase == .evaluate && !isListed)
        let (hidden, kept) = try link.E1(start.round).multiply(
            start.lookups.selection, rows, under: labelKey, drawing: &randomness, spending: &budget)
        copies.table = isListed ? nil : table
        let own =
            start.lookups.lookUp(shares.own.table.value)
            &+ start.lookups.sideBySide(kept.reduced(to: Int128.self))
        let batch = Batch(start: start, own: own)
        guard link.isPartner else { return [send(hidden), try multiply(batch, copies)] }
        state = .lookup(batch, copies)
        return [send(hidden)]
    }

    /// E3: its shares of embedded rows times the label party's shares of the weights.
    private mutating func multiply(_ batch: Batch, _ copies: Copies) throws -> Action<EmbedMatMulOutput> {
        var copies = copies
        let weights = try copies.weights.operand(
            of: shares.version, under: labelKey, isReused: batch.phase == .evaluate)
        let (hidden, kept) = try link.E3(batch.round).multiply(
            Multipliers(wide: batch.own.beside(batch.label), bits: shareBits), weights, under: labelKey,
            drawing: &randomness, spending: &budget)
        var z = batch.own &* shares.own.weights.value &+ kept.reduced(to: Int128.self)
        if let rows = batch.label, let label = shares.label { z = z &+ rows &* label.weights.value }
        state = .product(batch, z: z, copies)
        return send(hidden)
    }

    /// G2 to G4, from the weights before the update.
    private mutating func answer(
        _ batch: Batch, packed: Encrypted, cells: Encrypted, timesWeights: Encrypted
    ) throws -> [Action<EmbedMatMulOutput>] {
        // Two products at most: keeping tables for many would take longer than making small ones twice.
        let derivative = labelKey.operand(packed, isReused: false)
        func gradient(
            _ rows: Matrix<Int128>, _ message: EncryptedMessage
        ) throws -> (frame: Frame, share: Matrix<Integer>) {
            try message.multiply(
                Multipliers(wide: rows.transposed(), bits: shareBits), derivative, under: labelKey,
                drawing: &randomness, spending: &budget)
        }
        let weights = try gradient(batch.own, link.G2(batch.round))
        let labelWeights = try batch.label.map { try gradient($0, link.G3(batch.round)) }

        let (message, lookups) = (link.G4(batch.round), batch.lookups)
        let packing = message.conversion.packing
        let timesOwn = try lookups.gradient(
            weights: shares.own.weights.value, times: cells, packing, under: labelKey)
        let timesLabels = try labelKey.product(
            variableTime: lookups.scattering, labelKey.operand(timesWeights, isReused: false),
            join: message.conversion.join)
        let table = try message.mask(
            labelKey.add(timesOwn, timesLabels), under: labelKey, drawing: &randomness, spending: &budget)

        let frames = [weights.frame] + (labelWeights.map { [$0.frame] } ?? []) + [table.frame]
        let gradients = Gradients(weights: weights.share, table: table.share, labelWeights: labelWeights?.share)
        guard link.isPartner else { return frames.map(send) + (try update(batch.start, gradients, labelTable: nil)) }
        state = .gradient(batch.start, gradients)
        return frames.map(send)
    }

    /// Moves its shares, rounded down, and sends them under its key.
    private mutating func update(
        _ start: Start, _ gradients: Gradients, labelTable: Matrix<Integer>?
    ) throws -> [Action<EmbedMatMulOutput>] {
        let multiplier = try shares.optimiser.nextMultiplier(batch: start.round.rows)
        let optimiser = shares.optimiser
        func step(_ share: inout WideWeightShare, _ gradient: Matrix<Integer>, rows: [Int]? = nil) {
            optimiser.step(&share, rows: rows, gradient: gradient, multiplier: multiplier, rounding: .floor)
        }
        step(&shares.own.weights, gradients.weights)
        step(&shares.own.table, gradients.table, rows: start.lookups.listing?.rows)
        // Taken out and put back, for a table that somebody else held too would be copied.
        if let weights = gradients.labelWeights, let table = labelTable, var label = shares.label.take() {
            step(&label.weights, weights)
            step(&label.table, table, rows: start.labelListing?.rows)
            shares.label = label
        }
        shares.version += 1
        state = .collecting(start.round.updated, [:])
        return try sendCopies(start.round.updated)
    }

    private mutating func sendCopies(_ round: LayerRound) throws -> [Action<EmbedMatMulOutput>] {
        try link.copiesOfFeature(round).map { copy, message in
            send(try message.encrypt(share(copy), with: key, drawing: &randomness))
        }
    }

    private func share(_ copy: EmbedMatMulLink.CopyOfFeature) throws -> Matrix<Int128> {
        if copy == .weights { return shares.own.weights.value }
        guard let label = shares.label else { throw SourceLayerError.missing("share", parameters.label.party) }
        return switch copy {
        case .weights, .labelWeights: label.weights.value
        case .labelTable: label.table.value
        case .transposedLabelWeights: label.weights.value.transposedByFields(dimension: parameters.dimension)
        }
    }

    private func zeroSumMask(_ round: LayerRound) throws -> Matrix<Int128> {
        try pairs.zeroSumMask(rows: round.rows, columns: parameters.width) { pair in
            parameters.wire.draw("E5", round, pair)
        }
    }

    private func send(_ frame: Frame) -> Action<EmbedMatMulOutput> { .send(frame, to: parameters.label.party) }
}
