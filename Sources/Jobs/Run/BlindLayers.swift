internal import Arithmetic
internal import Columns
internal import Coordination
internal import Cryptography
internal import EmbedMatMul
internal import KeyExchange
internal import MatMul
internal import Paillier
internal import Runtime
internal import Shares
internal import SourceLayers
internal import Specification

/// The protected source layer of one job at one party: its keys, the sessions of its protocols, and the roles in them.
final class BlindLayers {
    private let run: PartyRun
    private let key: PrivateKey
    private let partnerKeys: [Party: PublicKey]
    private let source: any RandomSource
    private let contributions: [Party: Contribution]
    private var leg: LayerSessions
    /// What earlier sessions masked, and sent.
    private var spent = (matMul: MaskBudget(), embedding: MaskBudget(), ciphertextBytes: 0)
    /// With each other feature party; booked as used once.
    private var pairs: [Party: any RandomSource]?

    private var random: any RandomSource { leg.random }
    private var matMul: MatMulParameters { leg.matMul }
    private var matMulSession: Session { leg.matMulSession }
    private var embedding: (parameters: EmbedMatMulParameters, session: Session)? { leg.embedding }

    /// Exchanges keys and begins the sessions.
    ///
    /// - Parameters:
    ///   - runs: All rounds of the first session, in order.
    init(
        _ run: PartyRun, _ contributions: [Party: Contribution], _ runs: [LayerRun], _ random: any RandomSource
    ) throws {
        self.run = run
        source = random
        self.contributions = contributions
        (key, partnerKeys) = try run.exchangeKeys(random)
        leg = try LayerSessions(run, contributions, runs, number: 0, random)
    }

    /// Ends the sessions under way: the next ones begin with the weights of a source that was in one of them.
    func end(_ source: BlindLabelSource) throws {
        try end()
        spent.matMul = source.matMul.role.budget
        if let embedding = source.embedding { spent.embedding = embedding.role.budget }
    }

    /// The same at a feature party.
    func end(_ source: BlindFeatureSource) throws {
        try end()
        spent.matMul = source.matMul.role.budget
        if let embedding = source.embedding { spent.embedding = embedding.role.budget }
    }

    private func end() throws {
        for session in leg.sessions { try run.finish(session) }
        spent.ciphertextBytes += leg.ciphertextBytes
    }

    /// Begins the next sessions, with weights that have had so many updates.
    func begin(_ runs: [LayerRun], version: Int) throws {
        let contributions = contributions.mapValues { contribution in
            var contribution = contribution
            contribution.weightVersion = version
            return contribution
        }
        leg = try LayerSessions(run, contributions, runs, number: leg.number + 1, source)
    }

    /// The label party's side of the layer, set up.
    ///
    /// - Parameters:
    ///   - saved: Its shares, where they were trained before.
    ///   - before: Its source in an earlier session, from whose shares it goes on; `nil` where it does not.
    func labelSource(
        _ features: PartyFeatures, saved: SavedShares?, after before: BlindLabelSource? = nil
    ) throws -> BlindLabelSource {
        let (parties, optimiser) = (matMul.features.map(\.party), try run.job.shareOptimiser(alpha: saved?.alpha))
        let shares =
            try before?.matMul.role.shares ?? saved.map {
                try MatMulLabelShares(saved: $0, features: parties, optimiser: optimiser)
            }
            ?? MatMulLabelShares(matMul, bounds: MatMulInitialBounds(run.job), optimiser: optimiser, random: random)
        var seat = Seated(
            session: matMulSession,
            role: try MatMulLabelParty(
                matMul, key: key, featureKeys: partnerKeys, shares: shares, random: random, budget: spent.matMul))
        try seat.run { try $0.start() }
        return BlindLabelSource(
            features: features, matMul: seat, embedding: try labelEmbedding(saved, before), tableLists: tableLists,
            view: rounds)
    }

    private func labelEmbedding(
        _ saved: SavedShares?, _ before: BlindLabelSource?
    ) throws -> Seated<EmbedMatMulLabelParty<PrivateKey>>? {
        guard let (parameters, session) = embedding else { return nil }
        let (parties, optimiser) = (parameters.features.map(\.party), try run.job.shareOptimiser(alpha: saved?.alpha))
        let shares =
            try before?.embedding?.role.shares
            ?? saved.map {
                try EmbedMatMulLabelShares(
                    saved: $0, hasOwn: parameters.label.fields > 0, features: parties, optimiser: optimiser)
            } ?? EmbedMatMulLabelShares(parameters, bounds: .standard, optimiser: optimiser, random: random)
        var seat = Seated(
            session: session,
            role: try EmbedMatMulLabelParty(
                parameters, key: key, featureKeys: partnerKeys, shares: shares, random: random,
                budget: spent.embedding))
        try seat.run { try $0.start() }
        return seat
    }

    /// A feature party's side of the layer, set up.
    ///
    /// - Parameters:
    ///   - saved: Its shares, where they were trained before.
    ///   - before: Its source in an earlier session, from whose shares it goes on; `nil` where it does not.
    func featureSource(
        _ features: PartyFeatures, saved: SavedShares?, after before: BlindFeatureSource? = nil
    ) throws -> BlindFeatureSource {
        let (job, me) = (run.job, run.me)
        guard let labelKey = partnerKeys[job.labelParty] else {
            throw RunError(.internalError, "the key exchange gave no key of \(job.labelParty)")
        }
        let optimiser = try job.shareOptimiser(alpha: saved?.alpha)
        let shares =
            try before?.matMul.role.shares ?? saved.map { try MatMulFeatureShares(saved: $0, optimiser: optimiser) }
            ?? MatMulFeatureShares(
                of: me, matMul, bounds: MatMulInitialBounds(job), optimiser: optimiser, random: random)
        var seat = Seated(
            session: matMulSession,
            role: try MatMulFeatureParty(
                me, matMul, key: key, labelKey: labelKey, shares: shares, random: random,
                pairRandom: pairSources(), budget: spent.matMul))
        try seat.run { try $0.start() }
        return BlindFeatureSource(
            features: features, matMul: seat, embedding: try featureEmbedding(labelKey, saved, before),
            columnLists: matMul.listed?[me].map {
                RowLists("columns", count: $0, of: features.numbers.columns, random: random)
            }, tableLists: tableLists, view: rounds)
    }

    private func featureEmbedding(
        _ labelKey: PublicKey, _ saved: SavedShares?, _ before: BlindFeatureSource?
    ) throws -> Seated<EmbedMatMulFeatureParty<PrivateKey>>? {
        guard let (parameters, session) = embedding else { return nil }
        let optimiser = try run.job.shareOptimiser(alpha: saved?.alpha)
        let shares =
            try before?.embedding?.role.shares
            ?? saved.map {
                try EmbedMatMulFeatureShares(
                    saved: $0, isPartner: parameters.partner == run.me, optimiser: optimiser)
            }
            ?? EmbedMatMulFeatureShares(
                of: run.me, parameters, bounds: .standard, optimiser: optimiser, random: random)
        var seat = Seated(
            session: session,
            role: try EmbedMatMulFeatureParty(
                run.me, parameters, key: key, labelKey: labelKey, shares: shares, random: random, pairRandom: [:],
                budget: spent.embedding))
        try seat.run { try $0.start() }
        return seat
    }

    /// What a pair of feature parties shares, under names of this session.
    private func pairSources() throws -> [Party: any RandomSource] {
        let pairs = try pairs ?? run.pairSources()
        self.pairs = pairs
        return pairs.mapValues { leg.named($0) }
    }

    /// Where rounds are written down for this party's own auditor.
    private var rounds: MatMulView? { run.view.map { MatMulView(recorder: $0, parameters: matMul) } }

    /// Lists of this party's own table rows.
    private var tableLists: RowLists? {
        guard let (parameters, _) = embedding, let count = parameters.listed?[run.me],
            let member = ([parameters.label] + parameters.features).first(where: { $0.party == run.me })
        else { return nil }
        return RowLists("table", count: count, of: member.tableRows, random: random)
    }

    /// The label party's shares as a model's half keeps them.
    func saved(_ source: BlindLabelSource) throws -> SavedShares {
        let shares = source.matMul.role.shares.saved(matMul.features.map(\.party))
        guard let (parameters, _) = embedding, let seat = source.embedding else { return shares }
        return try shares.merging(seat.role.shares.saved(parameters.features.map(\.party)))
    }

    /// A feature party's shares as a model's half keeps them.
    func saved(_ source: BlindFeatureSource) throws -> SavedShares {
        let shares = source.matMul.role.shares.saved
        return try source.embedding.map { try shares.merging($0.role.shares.saved) } ?? shares
    }

    /// Bytes sent so far in the sessions under way.
    var bytesSent: Int { leg.sessions.reduce(0) { $0 + $1.bytesSent } }

    /// Ends the last sessions, and reports what was done under encryption.
    func finish() throws {
        try end()
        for operations in [key.cipher.operations] + partnerKeys.values.map(\.operations) {
            let counts = operations.counts
            run.report.ciphertexts.encrypted += counts.encrypted
            run.report.ciphertexts.decrypted += counts.decrypted
            run.report.ciphertexts.multiplied += counts.multiplied
            run.report.ciphertexts.added += counts.added
        }
        run.report.ciphertexts.sent += spent.ciphertextBytes / key.cipher.ciphertextBytes
    }
}

extension Schedule {
    /// All rounds as the layers take them, of as many epochs as there may be.
    var layerRuns: [LayerRun] { legs.flatMap(layerRuns) }

    /// Those of one session.
    func layerRuns(of leg: Leg) -> [LayerRun] {
        runs(of: leg).map { .init($0.training ? .train : .evaluate, rows: $0.run.rows, count: $0.run.count) }
    }
}

// MARK: - Parameters

extension MatMulParameters {
    /// What the job and what parties bring make of the layer.
    init(_ job: Job, _ contributions: [Party: Contribution], attempt: Int) throws {
        func member(_ party: Party) -> Member { Member(party, columns: contributions[party]?.columns ?? 0) }
        try self.init(
            label: member(job.labelParty), features: job.featureParties.map(member), width: job.model.width,
            keyBits: job.keys.bits, attempt: attempt, listed: job.listedColumns(contributions),
            replay: job.shareReuse, weightVersion: contributions[job.labelParty]?.weightVersion ?? 0)
    }
}

extension MatMulInitialBounds {
    init(_ job: Job) {
        self.init(standardDeviation: job.model.initialDeviation, featureParties: job.featureParties.count)
    }
}

extension EmbedMatMulInitialBounds {
    /// What every model begins with.
    static let standard = EmbedMatMulInitialBounds(
        tableDeviation: Job.Model.embeddingDeviation, weightDeviation: Job.Model.embeddingDeviation)
}

extension EmbedMatMulParameters {
    /// The layer over all fields that parties embed; `nil` where the model embeds nothing.
    ///
    /// The first feature party that has fields shares the label party's table.
    /// - Throws: ``RunError`` where no feature party has fields.
    init?(_ job: Job, _ contributions: [Party: Contribution], attempt: Int) throws {
        guard job.embeds else { return nil }
        func member(_ party: Party) -> Member? {
            contributions[party].map { Member(party, fields: $0.fields, tableRows: $0.tableRows) }
        }
        let features = job.featureParties.compactMap(member).filter { $0.fields > 0 }
        guard let label = member(job.labelParty), let partner = features.first else {
            throw RunError(
                .badData,
                "model \(job.model.kind.rawValue) embeds categorical columns, and no feature party has one that varies: use mlp, "
                    + "or add one")
        }
        try self.init(
            label: label, features: features, partner: label.fields > 0 ? partner.party : nil,
            dimension: job.model.dimension, width: job.model.width, keyBits: job.keys.bits, attempt: attempt,
            opening: .joined,
            listed: job.listedTableRows(contributions)?.filter { party, _ in
                party == label.party || features.contains { $0.party == party }
            }, weightVersion: contributions[job.labelParty]?.weightVersion ?? 0)
    }

    /// Whether a party takes part: a feature party without fields does not.
    func hasPart(_ party: Party) -> Bool { party == label.party || features.contains { $0.party == party } }
}

// MARK: - Keys

extension PartyRun {
    /// Makes this party's key for this attempt, and exchanges it with whom it shares the layer; once, whoever asks first.
    func exchangeKeys(_ random: any RandomSource) throws -> (own: PrivateKey, partners: [Party: PublicKey]) {
        if let keys { return keys }
        notify(.init(stage: .keys, bytes: bytesSent))
        let key = try PrivateKey.generate(bits: job.keys.bits, from: random.stream("keys/\(me)"))
        // Under keys that are new no ciphertext of an earlier attempt can come up again.
        try useOnce(["key": SHA256.hash(key.cipher.encoded)])
        let role = KeyExchangeParty(
            me: me, label: job.labelParty, features: job.featureParties, key: key, jobHash: assignment.hash,
            amongFeatures: job.exchangesKeysAmongFeatures)
        let specification =
            Software.specifications(of: assignment.effective)
            .first { $0.name == KeyExchangeProtocol.specification.name } ?? KeyExchangeProtocol.specification
        let plan = KeyExchangeProtocol.plan(
            label: job.labelParty, features: job.featureParties, keyBits: job.keys.bits,
            amongFeatures: job.exchangesKeysAmongFeatures, specification)
        let outputs = try play(specification, plan, role) { $0.start() }
        guard let keys = outputs.first else { throw RunError(.internalError, "the key exchange gave no keys") }
        try view?.key(key)
        for (partner, key) in keys { try useOnce(["key of \(partner)": SHA256.hash(key.encoded)], of: partner) }
        self.keys = (key, keys)
        return (key, keys)
    }

    /// For each other feature party, randomness that only the two ends of their link have, in this attempt alone.
    fileprivate func pairSources() throws -> [Party: any RandomSource] {
        var sources: [Party: any RandomSource] = [:]
        for peer in job.featureParties where peer != me {
            let exported = SecretBytes(
                copying: try exported(by: peer, "EXPORTER-colonnade-zero-sum", count: 32))
            let info = Array("colonnade/zero-sum/v1/\(assignment.attempt)".utf8)
            let source = try KeyedRandomSource(
                key: HKDF.derive(from: exported, salt: assignment.hash, info: info, count: 32))
            try useOnce(["source of masks with \(peer)": source.fingerprint])
            sources[peer] = source
        }
        return sources
    }
}
