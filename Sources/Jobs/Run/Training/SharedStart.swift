internal import Columns
internal import Cryptography
internal import EmbedMatMul
internal import MatMul
internal import Shares
internal import Specification

extension JoinedWeights {
    /// The first weights of a protected run whose randomness was recorded.
    ///
    /// - Parameter source: A party's source as it was at the start of the run; a new one at every call.
    init(
        startOf job: Job, _ features: [(party: Party, features: PartyFeatures)],
        _ source: (Party) -> any RandomSource
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
        let optimiser = try job.shareOptimiser()
        let matMul = try Self.matMul(job, contributions, optimiser, source)
        let embeddings = try Self.embeddings(job, contributions, optimiser, source)
        self.init(
            label: job.labelParty,
            try matMul.merging(embeddings) { try $0.merging($1) }.mapValues { HeldPart(shares: $0) })
    }

    private static func matMul(
        _ job: Job, _ contributions: [Party: Contribution], _ optimiser: ShareOptimiser,
        _ source: (Party) -> any RandomSource
    ) throws -> [Party: SavedShares] {
        let parameters = try MatMulParameters(job, contributions, attempt: 0)
        let (bounds, parties) = (MatMulInitialBounds(job), parameters.features.map(\.party))
        let label = try MatMulLabelShares(
            parameters, bounds: bounds, optimiser: optimiser, random: source(job.labelParty))
        return try parties.reduce(into: [job.labelParty: label.saved(parties)]) { saved, party in
            saved[party] =
                try MatMulFeatureShares(
                    of: party, parameters, bounds: bounds, optimiser: optimiser, random: source(party)
                ).saved
        }
    }

    private static func embeddings(
        _ job: Job, _ contributions: [Party: Contribution], _ optimiser: ShareOptimiser,
        _ source: (Party) -> any RandomSource
    ) throws -> [Party: SavedShares] {
        guard let parameters = try EmbedMatMulParameters(job, contributions, attempt: 0) else { return [:] }
        let (bounds, parties) = (EmbedMatMulInitialBounds.standard, parameters.features.map(\.party))
        let label = try EmbedMatMulLabelShares(
            parameters, bounds: bounds, optimiser: optimiser, random: source(job.labelParty))
        return try parties.reduce(into: [job.labelParty: label.saved(parties)]) { saved, party in
            saved[party] =
                try EmbedMatMulFeatureShares(
                    of: party, parameters, bounds: bounds, optimiser: optimiser, random: source(party)
                ).saved
        }
    }
}
