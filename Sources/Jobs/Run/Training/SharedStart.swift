internal import Arithmetic
internal import Columns
internal import Cryptography
internal import EmbedMatMul
internal import MatMul
internal import Models
internal import Shares
internal import Specification

/// The first weights of a protected run, which nobody held: put together from all parties' recorded sources.
struct SharedStart {
    private var sources: [Party: PlainSource] = [:]

    /// - Parameter source: A party's source as it was at the start of the run; a new one at every call.
    init(
        _ job: Job, _ features: [(party: Party, features: PartyFeatures)], _ source: (Party) -> any RandomSource
    ) throws {
        let contributions = Dictionary(
            uniqueKeysWithValues: features.map { party, features in
                (
                    party,
                    Contribution(
                        columns: features.numbers.columns, fields: features.lookups.fields,
                        tableRows: features.lookups.tableRows)
                )
            })
        let optimiser = try ShareOptimiser(job.train.optimizer)
        let linear = try Self.linear(job, contributions, optimiser, source)
        let embeddings = try Self.embeddings(job, contributions, optimiser, source)
        for (party, weights) in linear {
            sources[party] = PlainSource(linear: LinearSource(weights: weights), embedding: embeddings[party])
        }
    }

    /// A party's part.
    func source(of party: Party) throws -> PlainSource {
        guard let source = sources[party] else { throw RunError(.internalError, "\(party) has no part in the layer") }
        return source
    }

    private static func linear(
        _ job: Job, _ contributions: [Party: Contribution], _ optimiser: ShareOptimiser,
        _ source: (Party) -> any RandomSource
    ) throws -> [Party: Matrix<Double>] {
        let parameters = try MatMulParameters(job, contributions, attempt: 0)
        let bounds = MatMulInitialBounds(job)
        let label = try MatMulLabelShares(
            parameters, bounds: bounds, optimiser: optimiser, random: source(job.labelParty))
        var own = label.weights.value
        var weights: [Party: Matrix<Double>] = [:]
        for (member, other) in zip(parameters.features, label.featureWeights) {
            let shares = try MatMulFeatureShares(
                of: member.party, parameters, bounds: bounds, optimiser: optimiser, random: source(member.party))
            own = own &+ shares.labelWeights
            weights[member.party] = (shares.weights.value &+ other.value).map { FixedPoint.decode($0) }
        }
        weights[job.labelParty] = own.map { FixedPoint.decode($0) }
        return weights
    }

    private static func embeddings(
        _ job: Job, _ contributions: [Party: Contribution], _ optimiser: ShareOptimiser,
        _ source: (Party) -> any RandomSource
    ) throws -> [Party: EmbeddingSource] {
        guard let parameters = try EmbedMatMulParameters(job, contributions, attempt: 0) else { return [:] }
        let bounds = EmbedMatMulInitialBounds.standard
        let label = try EmbedMatMulLabelShares(
            parameters, bounds: bounds, optimiser: optimiser, random: source(job.labelParty))
        var sources: [Party: EmbeddingSource] = [:]
        for (member, other) in zip(parameters.features, label.features) {
            let shares = try EmbedMatMulFeatureShares(
                of: member.party, parameters, bounds: bounds, optimiser: optimiser, random: source(member.party))
            sources[member.party] = EmbeddingSource(shares.own, other)
            if let own = label.own, let other = shares.label { sources[job.labelParty] = EmbeddingSource(own, other) }
        }
        return sources
    }
}

extension EmbeddingSource {
    /// Both shares of a table and of the weights behind it.
    fileprivate init(_ one: EmbedMatMulPart, _ other: EmbedMatMulPart) {
        func decode(_ one: WideWeightShare, _ other: WideWeightShare) -> Matrix<Double> {
            (one.value &+ other.value).map { FixedPoint.decode(Int64($0)) }
        }
        self.init(tables: decode(one.table, other.table), weights: decode(one.weights, other.weights))
    }
}
