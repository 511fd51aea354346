public import Arithmetic
public import Cryptography
public import Paillier
public import Shares
public import SourceLayers
public import Specification

/// The label party's role in the Embed-MatMul layer.
///
///     start()                --I1..I3-->   <--I4..I7--                                        setup
///     forward(lookups:in:)   --E2-->   <--E1--   --E4-->   <--E3--   <--E5--   .opened(Z)     train, evaluate
///                            --E2-->   <--E1--   --E4-->   <--E3--   .share(of Z)             joined phases
///                            --L3-->   <--L1--   --L2-->   <--L4--   and on as above          listed phases
///     backward(dZ:)          --G1a..G1c, G5-->   <--G2..G4--                                  train
///                            --G6a..G6c-->   <--G6d..G6g--   .roundFinished                   train
///
/// with every feature party; E2, G3, G5, L3, L4 and all copies but I1, I2, I4 (G6a, G6b, G6d) with the partner alone, and not at
/// all where the label party has no fields. Frames are taken in the job's order. Learns Z, and what follows from it: see
/// README.md. A role that has thrown is done: the job goes on in a new attempt.
public struct EmbedMatMulLabelParty<Key: AdditiveKey>: Role {
    private let parameters: EmbedMatMulParameters
    private let key: Key
    /// In the job's order.
    private var partners: [Partner]
    private var ownCopies: OwnCopies?
    private var state = State.fresh
    private var rounds: RoundCounter
    private var randomness: Randomness<Key.Cipher>

    /// This party's shares: to be saved between rounds.
    public private(set) var shares: EmbedMatMulLabelShares
    /// Counts masked values over the job.
    public private(set) var budget: MaskBudget

    /// - Parameters:
    ///   - key: Its own key.
    ///   - featureKeys: The feature parties' public keys, proved and checked.
    ///   - random: Its own source.
    /// - Throws: ``SourceLayerError``, `SharesError` where something does not fit the parameters.
    public init(
        _ parameters: EmbedMatMulParameters, key: Key, featureKeys: [Party: Key.Cipher],
        shares: EmbedMatMulLabelShares, random: any RandomSource, budget: MaskBudget = MaskBudget()
    ) throws {
        try parameters.check(key.cipher)
        guard (shares.own != nil) == (parameters.partner != nil) else {
            throw SourceLayerError.missing("share of a table, or fields,", parameters.label.party)
        }
        if let own = shares.own { try parameters.check(own, of: parameters.label) }
        try parameters.check(shares.optimiser)
        guard shares.features.count == parameters.features.count else {
            throw SharesError.count(expected: parameters.features.count, found: shares.features.count)
        }
        for (feature, part) in zip(parameters.features, shares.features) { try parameters.check(part, of: feature) }
        try parameters.check(version: shares.version, of: parameters.label.party)
        partners = try parameters.features.map { feature in
            Partner(
                link: try EmbedMatMulLink(parameters, feature: feature),
                cipher: try parameters.key(of: feature.party, among: featureKeys))
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
        case .collecting(_, let partner, _), .gradient(_, let partner, _): partners[partner].party
        case .listing(let start): partners[start.lists.count].party
        case .rows: parameters.partner
        case .lookup(let batch, _): partners[batch.features.count].party
        case .product(_, _, let received): partners[received % partners.count].party
        }
    }

    // MARK: - Events

    /// Sends its shares under its own key to every feature party.
    public mutating func start() throws -> [Action<EmbedMatMulOutput>] {
        guard case .fresh = state else { throw SourceLayerError.outOfTurn(event: "start") }
        let setup = partners[0].link.setup
        state = .collecting(setup, partner: 0, [:])
        return try partners.indices.flatMap { try sendCopies(setup, to: $0) }
    }

    /// Begins a round with its lookups of the batch: a row for each example, a column for each field, rows of its table, counted
    /// from 0. Without fields they are a matrix without columns: see ``forward(rows:in:)``.
    ///
    /// - Parameter listed: Where the layer has lists and the label party fields, and only there: rows of its table in ascending
    ///   order, as many as it lists in every round, among them all that this batch looks up. The partner learns them: `RowList`
    ///   adds decoys.
    /// - Throws: ``SourceLayerError``, `SharesError` for a batch that does not fit.
    public mutating func forward(
        lookups: Matrix<Int>, in phase: LayerPhase, listing listed: [Int]? = nil
    ) throws -> [Action<EmbedMatMulOutput>] {
        guard case .ready = state else { throw SourceLayerError.outOfTurn(event: "forward") }
        let listing = try parameters.listing(listed, of: parameters.label)
        let lookups = try LookedUpRows(lookups, of: parameters.label, among: listing)
        if phase == .train { try parameters.checkTraining(rows: lookups.batch) }
        let start = Start(
            round: try rounds.begin(phase, rows: lookups.batch), phase: phase,
            lookups: parameters.partner == nil ? nil : lookups)
        guard parameters.listed != nil else { return try lookUp(start) }
        state = .listing(start)
        guard let listing, let partner = partners.first(where: \.link.isPartner) else { return [] }
        return [.send(partner.link.L3(start.round).frame(listing), to: partner.party)]
    }

    /// Begins a round over a batch of so many rows, of which the label party, without fields, looks nothing up.
    public mutating func forward(rows: Int, in phase: LayerPhase) throws -> [Action<EmbedMatMulOutput>] {
        try forward(lookups: Matrix(rows: rows, columns: 0, elements: []), in: phase)
    }

    /// The derivative of the batch's summed loss by Z: fixed point at scale 2^20, |dZ| < 4, not divided by the batch size.
    public mutating func backward(dZ: Matrix<Int64>) throws -> [Action<EmbedMatMulOutput>] {
        guard case .opened(let batch) = state else { throw SourceLayerError.outOfTurn(event: "backward") }
        try dZ.requireShape(rows: batch.round.rows, columns: parameters.width)
        try FixedPoint.check(dZ, within: .derivative)
        let multiplier = try shares.optimiser.nextMultiplier(batch: batch.round.rows)
        // One encryption for all: its randomness is drawn once.
        let messages = partners[0].link.derivatives(batch.round)
        let packed = try messages[0].encrypt(dZ, with: key, drawing: &randomness)
        let cells = try messages[1].encrypt(dZ, with: key, drawing: &randomness)
        var actions: [Action<EmbedMatMulOutput>] = []
        var backward = Backward(batch: batch, dZ: dZ, multiplier: multiplier)
        for (partner, part) in zip(partners, shares.features) {
            let product = dZ.exactProduct(part.weights.value.transposed())
            let rows = Matrix(
                rows: batch.round.rows * partner.link.feature.fields, columns: parameters.dimension,
                elements: product.elements)
            let timesWeights = try partner.link.derivatives(batch.round)[2].encrypt(
                rows, with: key, drawing: &randomness)
            actions += [packed, cells, timesWeights].map { .send($0, to: partner.party) }
            if partner.link.isPartner, let own = batch.own {
                let (frame, share) = try ownTableGradient(own, batch, dZ, partner)
                actions.append(.send(frame, to: partner.party))
                backward.ownTable = share
            }
        }
        state = .gradient(backward, partner: 0, [])
        return actions
    }

    /// Draws what the round after the one under way needs of randomness, so that idle cores can make it ready. The next round
    /// must be this one.
    public mutating func foresee(_ phase: LayerPhase, rows: Int) throws {
        let round = rounds.foresee(phase, rows: rows)
        if phase == .train { try parameters.checkTraining(rows: rows) }
        for (index, partner) in partners.enumerated() {
            let link = partner.link
            let forward = (link.isPartner ? [link.E2(round)] : []) + [link.E4(round)]
            try randomness.foresee(forward, under: partner.cipher)
            if parameters.listed != nil { try randomness.foresee([link.L2(round)], with: key) }
            guard phase == .train else { continue }
            // [[dZ]] is encrypted once, as for the first party.
            try randomness.foresee(Array(link.derivatives(round).dropFirst(index == 0 ? 0 : 2)), with: key)
            if link.isPartner { try randomness.foresee([link.G5(round)], under: partner.cipher) }
            try randomness.foresee(link.copiesOfLabel(round.updated).map(\.message), with: key)
        }
    }

    /// G5: dZ W_B^T, added up in the rows of its own table; the part with its own share of W_B in the clear under the mask.
    private mutating func ownTableGradient(
        _ own: OwnBatch, _ batch: Batch, _ dZ: Matrix<Int64>, _ partner: Partner
    ) throws -> (frame: Frame, share: Matrix<Integer>) {
        guard var copies = ownCopies, let part = shares.own else {
            throw SourceLayerError.outOfTurn(event: "backward")
        }
        let known = own.lookups.scatter(dZ.exactProduct(part.weights.value.transposed()))
        let weights = try copies.transposedWeights.operand(of: shares.version, under: partner.cipher, isReused: false)
        return try partner.link.G5(batch.round).multiply(
            own.lookups.derivativeMultipliers(dZ), weights, adding: known, under: partner.cipher,
            drawing: &randomness, spending: &budget)
    }

    // MARK: - Frames

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<EmbedMatMulOutput>] {
        switch state {
        case .fresh, .ready, .opened:
            throw outOfTurn(frame, from: peer)
        case .collecting(let round, let index, var copies):
            let partner = partners[index]
            let expected = partner.link.copiesOfFeature(round)
            let (copy, message) = expected[copies.count]
            copies[copy] = try message.copy(frame, from: peer, under: partner.cipher)
            guard copies.count == expected.count else {
                state = .collecting(round, partner: index, copies)
                return []
            }
            keep(copies, of: index)
            guard index + 1 == partners.count else {
                state = .collecting(round, partner: index + 1, [:])
                return []
            }
            state = .ready
            return round.isSetup ? [] : [.output(.roundFinished)]
        case .listing(let start):
            return try list(start, frame, from: peer)
        case .rows(let start):
            guard let partner = partners.first(where: \.link.isPartner) else { throw outOfTurn(frame, from: peer) }
            ownCopies?.table = try partner.link.L4(start.round).copy(frame, from: peer, under: partner.cipher)
            return try lookUp(start)
        case .lookup(let batch, let z):
            return try multiply(batch, z, frame, from: peer)
        case .product(let batch, let z, let received):
            let link = partners[received % partners.count].link
            let share =
                received < partners.count
                ? try link.E3(batch.round).open(frame, from: peer, with: key, spending: &budget)
                    .reduced(to: Int128.self)
                : try link.E5(batch.round).share(frame, from: peer)
            let expected = parameters.opening == .own ? 2 * partners.count : partners.count
            guard received + 1 == expected else {
                state = .product(batch, z: z &+ share, received: received + 1)
                return []
            }
            return finishForward(batch, z: z &+ share)
        case .gradient(let backward, let index, let gradients):
            let expected = partners[index].link.gradients(backward.batch.round)
            let gradients =
                gradients + [try expected[gradients.count].open(frame, from: peer, with: key, spending: &budget)]
            guard gradients.count == expected.count else {
                state = .gradient(backward, partner: index, gradients)
                return []
            }
            update(
                backward, index, weights: gradients[0], table: gradients[gradients.count - 1],
                ownWeights: gradients.count == 3 ? gradients[1] : nil)
            let updated = backward.batch.round.updated
            if index + 1 < partners.count {
                state = .gradient(backward, partner: index + 1, [])
            } else {
                shares.version += 1
                state = .collecting(updated, partner: 0, [:])
            }
            return try sendCopies(updated, to: index)
        }
    }

    // MARK: - Steps

    /// Takes L1 of a partner and answers with L2: the listed rows of its share of that party's table.
    private mutating func list(
        _ start: Start, _ frame: Frame, from peer: Party
    ) throws -> [Action<EmbedMatMulOutput>] {
        var start = start
        let (index, partner) = (start.lists.count, partners[start.lists.count])
        let listing = try partner.link.L1(start.round).listing(frame, from: peer)
        start.lists.append(listing)
        let rows = shares.features[index].table.value.selecting(listing.rows)
        let answer = Action<EmbedMatMulOutput>.send(
            try partner.link.L2(start.round).encrypt(rows, with: key, drawing: &randomness), to: partner.party)
        guard start.lists.count == partners.count else {
            state = .listing(start)
            return [answer]
        }
        guard start.lookups == nil else {
            state = .rows(start)
            return [answer]
        }
        return [answer] + (try lookUp(start))
    }

    /// E2: the partner's share of the looked up rows; nothing without fields.
    private mutating func lookUp(_ start: Start) throws -> [Action<EmbedMatMulOutput>] {
        guard let lookups = start.lookups else {
            let none = Matrix<Int128>(rows: start.round.rows, columns: parameters.width, repeating: 0)
            state = .lookup(Batch(start: start, own: nil), z: none)
            return []
        }
        guard let partner = partners.first(where: \.link.isPartner), let part = shares.own,
            var table = ownCopies?.table
        else { throw SourceLayerError.outOfTurn(event: "forward") }
        let isListed = lookups.listing != nil
        let operand = try table.operand(
            of: shares.version, under: partner.cipher, isReused: start.phase == .evaluate && !isListed)
        let (hidden, kept) = try partner.link.E2(start.round).multiply(
            lookups.selection, operand, under: partner.cipher, drawing: &randomness, spending: &budget)
        ownCopies?.table = isListed ? nil : table
        let rows = lookups.lookUp(part.table.value) &+ lookups.sideBySide(kept.reduced(to: Int128.self))
        state = .lookup(
            Batch(start: start, own: OwnBatch(lookups: lookups, rows: rows)), z: rows &* part.weights.value)
        return [.send(hidden, to: partner.party)]
    }

    /// All shares, or all but those that another layer will add, have come.
    private mutating func finishForward(_ batch: Batch, z: Matrix<Int128>) -> [Action<EmbedMatMulOutput>] {
        let output = Action.output(parameters.opening == .own ? EmbedMatMulOutput.opened(z) : .share(z))
        switch batch.phase {
        case .train:
            state = .opened(batch)
            return [output]
        case .evaluate:
            state = .ready
            return [output, .output(.roundFinished)]
        }
    }

    /// Takes E1 of a partner and answers with E4: its shares of embedded rows times the partner's shares of the weights.
    private mutating func multiply(
        _ batch: Batch, _ z: Matrix<Int128>, _ frame: Frame, from peer: Party
    ) throws -> [Action<EmbedMatMulOutput>] {
        var batch = batch
        let index = batch.features.count
        let partner = partners[index]
        guard
            let weights = try partners[index].weights?.operand(
                of: shares.version, under: partner.cipher, isReused: batch.phase == .evaluate)
        else {
            throw outOfTurn(frame, from: peer)
        }
        let got = try partner.link.E1(batch.round).open(frame, from: peer, with: key, spending: &budget)
        let rows = Matrix(
            rows: batch.round.rows, columns: partner.link.feature.fields * parameters.dimension,
            elements: got.reduced(to: Int128.self).elements)
        batch.features.append(rows)
        let all = rows.beside(partner.link.isPartner ? batch.own?.rows : nil)
        let (hidden, kept) = try partner.link.E4(batch.round).multiply(
            Multipliers(wide: all, bits: shareBits), weights, under: partner.cipher, drawing: &randomness,
            spending: &budget)
        let sum = z &+ rows &* shares.features[index].weights.value &+ kept.reduced(to: Int128.self)
        state =
            batch.features.count < partners.count
            ? .lookup(batch, z: sum) : .product(batch, z: sum, received: 0)
        return [.send(hidden, to: partner.party)]
    }

    /// Moves its shares of a partner's table and weights, rounded up; with G3 of the partner its own, too.
    private mutating func update(
        _ backward: Backward, _ index: Int, weights: Matrix<Integer>, table: Matrix<Integer>,
        ownWeights: Matrix<Integer>?
    ) {
        let optimiser = shares.optimiser
        func step(_ share: inout WideWeightShare, _ gradient: Matrix<Integer>, rows: [Int]? = nil) {
            optimiser.step(
                &share, rows: rows, gradient: gradient, multiplier: backward.multiplier, rounding: .ceiling)
        }
        func whole(_ gradient: Matrix<Integer>, _ rows: Matrix<Int128>) -> Matrix<Integer> {
            gradient.adding(rows.transposed().exactProduct(backward.dZ))
        }
        let (batch, lists) = (backward.batch, backward.batch.start.lists)
        step(&shares.features[index].weights, whole(weights, batch.features[index]))
        step(&shares.features[index].table, table, rows: lists.isEmpty ? nil : lists[index].rows)
        // Taken out and put back, for a table that somebody else held too would be copied.
        if let ownWeights, let ownTable = backward.ownTable, let own = batch.own, var part = shares.own.take() {
            step(&part.weights, whole(ownWeights, own.rows))
            step(&part.table, ownTable, rows: own.lookups.listing?.rows)
            shares.own = part
        }
    }

    private mutating func sendCopies(_ round: LayerRound, to index: Int) throws -> [Action<EmbedMatMulOutput>] {
        let partner = partners[index]
        return try partner.link.copiesOfLabel(round).map { copy, message in
            .send(try message.encrypt(share(copy, index), with: key, drawing: &randomness), to: partner.party)
        }
    }

    private func share(_ copy: EmbedMatMulLink.CopyOfLabel, _ index: Int) throws -> Matrix<Int128> {
        switch copy {
        case .table: return shares.features[index].table.value
        case .weights: return shares.features[index].weights.value
        case .ownWeights:
            guard let own = shares.own else { throw SourceLayerError.missing("share", parameters.label.party) }
            return own.weights.value
        }
    }

    private mutating func keep(_ copies: [EmbedMatMulLink.CopyOfFeature: EncryptedCopy<Key.Cipher>], of index: Int) {
        partners[index].weights = copies[.weights]?.stacked(on: copies[.labelWeights])
        guard let transposed = copies[.transposedLabelWeights] else { return }
        ownCopies = OwnCopies(table: copies[.labelTable], transposedWeights: transposed)
    }
}
