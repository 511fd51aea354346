internal import Arithmetic
internal import Models
internal import Shares
internal import Specification

/// What one party holds of the source layer.
struct HeldPart: Sendable {
    /// Under protection; none without it.
    var shares: SavedShares
    /// Without protection.
    var plain: PlainPart.Saved?
}

/// The weights of a source layer that nobody holds alone, put together from all parties' parts: only where all of them are in one
/// process, for comparisons on data that are public.
struct JoinedWeights {
    private let label: Party
    private let parts: [Party: HeldPart]

    /// - Parameter parts: of every party.
    init(label: Party, _ parts: [Party: HeldPart]) { (self.label, self.parts) = (label, parts) }

    /// A party's columns and fields in the clear.
    func part(of party: Party) throws -> PlainPart.Saved {
        if let plain = parts[party]?.plain { return plain }
        guard let weights = try sum(party, "matmul/own", "matmul/label", "matmul/\(party)") else {
            throw RunError(.internalError, "\(party) has no part in the layer")
        }
        var embedding: EmbeddingSource?
        if let tables = try sum(party, "embed/table/own", "embed/table/label", "embed/table/\(party)"),
            let weights = try sum(party, "embed/weights/own", "embed/weights/label", "embed/weights/\(party)")
        {
            embedding = EmbeddingSource(tables: tables, weights: weights)
        }
        return .init(source: PlainSource(linear: LinearSource(weights: weights), embedding: embedding), tower: nil)
    }

    /// A party's own share, and the others' shares of the same: the label party has one of each feature party's, and each feature
    /// party may have one of the label party's.
    private func sum(_ party: Party, _ own: String, _ ofLabel: String, _ ofFeature: String) throws -> Matrix<Double>? {
        guard var share = parts[party]?.shares.named[own] else { return nil }
        let others =
            party == label
            ? parts.filter { $0.key != label }.compactMap { $0.value.shares.named[ofLabel] }
            : [parts[label]?.shares.named[ofFeature]].compactMap { $0 }
        for other in others { share.matrix = share.matrix &+ other.matrix }
        let (ring, alpha) = (share.width, Double(parts[party]?.shares.alpha ?? ShareOptimiser.wholeAlpha))
        return share.matrix.map { sum in
            FixedPoint.decode(Int64(ring == 8 ? Int128(Int64(truncatingIfNeeded: sum)) : sum))
                * (alpha / Double(ShareOptimiser.wholeAlpha))
        }
    }
}
