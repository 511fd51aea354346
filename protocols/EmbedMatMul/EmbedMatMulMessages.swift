internal import Shares
internal import SourceLayers
internal import Specification

/// The messages between the label party and one feature party, the same at both ends: what one builds, the other expects.
struct EmbedMatMulLink {
    let label: EmbedMatMulParameters.Member
    let feature: EmbedMatMulParameters.Member
    /// The feature party shares the label party's table and weights.
    let isPartner: Bool
    private let parameters: EmbedMatMulParameters
    private let wire: LayerWire
    private let lookup: Conversion
    private let forward: Conversion
    private let weightGradient: Conversion
    private let tableGradient: Conversion
    /// dZ value by value, for products that sum over the columns of Z.
    private let elements: Conversion

    init(_ parameters: EmbedMatMulParameters, feature: EmbedMatMulParameters.Member) throws(SharesError) {
        self.parameters = parameters
        self.feature = feature
        label = parameters.label
        wire = parameters.wire
        isPartner = feature.party == parameters.partner
        let (width, dimension, keyBits) = (parameters.width, parameters.dimension, parameters.keyBits)
        lookup = try Conversion(.embedLookup, columns: dimension, keyBits: keyBits)
        forward = try Conversion(parameters.forward(feature), columns: width, keyBits: keyBits)
        weightGradient = try Conversion(parameters.weightGradient(), columns: width, keyBits: keyBits)
        tableGradient = try Conversion(parameters.tableGradient(), columns: dimension, keyBits: keyBits)
        elements = Conversion(try parameters.tableGradient(), unpackedColumns: width)
    }

    private func columns(_ member: EmbedMatMulParameters.Member) -> Int { parameters.columns(member) }

    /// Rows of a party's table that a round computes with.
    private func updatedRows(_ member: EmbedMatMulParameters.Member) -> Int { parameters.updatedRows(member) }

    // MARK: - Copies under the sender's key: at the start (I) and after each update (G6)

    var setup: LayerRound { .setup(prefix: parameters.setupPrefix, version: parameters.weightVersion) }

    /// What the label party encrypts of its shares.
    enum CopyOfLabel { case table, weights, ownWeights }

    /// What a feature party encrypts of its shares; all but the first at the partner alone.
    enum CopyOfFeature { case weights, labelTable, labelWeights, transposedLabelWeights }

    /// [[T_p]] where its rows do not travel with each round, [[V_p]]; to the partner [[U_B]].
    ///
    /// - Parameter round: The setup, or a round that is updated.
    func copiesOfLabel(_ round: LayerRound) -> [(copy: CopyOfLabel, message: EncryptedMessage)] {
        func message(_ steps: (String, String), _ rows: Int, _ conversion: Conversion) -> EncryptedMessage {
            wire.operand(
                round.isSetup ? steps.0 : steps.1, round, from: label.party, to: feature.party, rows: rows, conversion)
        }
        let table = parameters.listed == nil ? [message(("I1", "G6a"), feature.tableRows, lookup)] : []
        let ownWeights = isPartner ? [message(("I3", "G6c"), columns(label), forward)] : []
        return table.map { (.table, $0) } + [(.weights, message(("I2", "G6b"), columns(feature), forward))]
            + ownWeights.map { (.ownWeights, $0) }
    }

    /// [[U_p]]; of the partner [[T_B]] where its rows do not travel with each round, [[V_B]], and [[V_B]] field by field
    /// transposed.
    func copiesOfFeature(_ round: LayerRound) -> [(copy: CopyOfFeature, message: EncryptedMessage)] {
        func message(_ steps: (String, String), _ rows: Int, _ conversion: Conversion) -> EncryptedMessage {
            wire.operand(
                round.isSetup ? steps.0 : steps.1, round, from: feature.party, to: label.party, rows: rows, conversion)
        }
        let weights = (CopyOfFeature.weights, message(("I4", "G6d"), columns(feature), forward))
        guard isPartner else { return [weights] }
        let table = parameters.listed == nil ? [message(("I5", "G6e"), label.tableRows, lookup)] : []
        return [weights] + table.map { (.labelTable, $0) } + [
            (.labelWeights, message(("I6", "G6f"), columns(label), forward)),
            (
                .transposedLabelWeights,
                message(("I7", "G6g"), label.fields * parameters.width, tableGradient)
            ),
        ]
    }

    // MARK: - Listed rows

    /// Which rows of the feature party's table a round computes with.
    func L1(_ round: LayerRound) -> RowListMessage {
        wire.rowList("L1", round, from: feature.party, rows: updatedRows(feature), of: feature.tableRows)
    }

    /// These rows of [[T_p]].
    func L2(_ round: LayerRound) -> EncryptedMessage {
        wire.operand("L2", round, from: label.party, to: feature.party, rows: updatedRows(feature), lookup)
    }

    /// Which rows of the label party's table it computes with.
    func L3(_ round: LayerRound) -> RowListMessage {
        wire.rowList("L3", round, from: label.party, rows: updatedRows(label), of: label.tableRows)
    }

    /// These rows of [[T_B]].
    func L4(_ round: LayerRound) -> EncryptedMessage {
        wire.operand("L4", round, from: feature.party, to: label.party, rows: updatedRows(label), lookup)
    }

    // MARK: - Forward

    func E1(_ round: LayerRound) -> EncryptedMessage {
        fromFeature(
            "E1", round, of: feature, rows: round.rows * feature.fields, lookup, scale: FixedPoint.fractionBits)
    }

    func E2(_ round: LayerRound) -> EncryptedMessage {
        fromLabel(
            "E2", round, of: label, rows: round.rows * label.fields, lookup, scale: FixedPoint.fractionBits)
    }

    func E3(_ round: LayerRound) -> EncryptedMessage {
        fromFeature("E3", round, of: feature, rows: round.rows, forward)
    }

    func E4(_ round: LayerRound) -> EncryptedMessage {
        fromLabel("E4", round, of: feature, rows: round.rows, forward)
    }

    func E5(_ round: LayerRound) -> ShareMessage<Int128> {
        wire.share("E5", round, from: feature.party, columns: parameters.width)
    }

    // MARK: - Backward

    /// [[dZ]] packed for G2 and G3, [[dZ]] value by value for G4, [[dZ V_p^T]].
    func derivatives(_ round: LayerRound) -> [EncryptedMessage] {
        func message(
            _ step: String, rows: Int, _ conversion: Conversion, scale: Int = FixedPoint.fractionBits
        ) -> EncryptedMessage {
            wire.operand(step, round, from: label.party, to: feature.party, rows: rows, conversion, scale: scale)
        }
        return [
            message("G1a", rows: round.rows, weightGradient), message("G1b", rows: round.rows, elements),
            message(
                "G1c", rows: round.rows * feature.fields, tableGradient, scale: FixedPoint.productFractionBits),
        ]
    }

    func G2(_ round: LayerRound) -> EncryptedMessage {
        fromFeature("G2", round, of: feature, rows: columns(feature), weightGradient)
    }

    func G3(_ round: LayerRound) -> EncryptedMessage {
        fromFeature("G3", round, of: label, rows: columns(label), weightGradient)
    }

    func G4(_ round: LayerRound) -> EncryptedMessage {
        fromFeature("G4", round, of: feature, rows: updatedRows(feature), tableGradient)
    }

    func G5(_ round: LayerRound) -> EncryptedMessage {
        fromLabel("G5", round, of: label, rows: updatedRows(label), tableGradient)
    }

    /// What the feature party answers to the derivatives, in order.
    func gradients(_ round: LayerRound) -> [EncryptedMessage] {
        isPartner ? [G2(round), G3(round), G4(round)] : [G2(round), G4(round)]
    }

    // MARK: - Masked products

    // `owner` is whose table or weights they belong to: a part of their draws' names.

    private func fromFeature(
        _ step: String, _ round: LayerRound, of owner: EmbedMatMulParameters.Member, rows: Int,
        _ conversion: Conversion, scale: Int = FixedPoint.productFractionBits
    ) -> EncryptedMessage {
        wire.product(
            step, round, from: feature.party, to: label.party, of: owner.party, rows: rows, conversion, scale: scale)
    }

    private func fromLabel(
        _ step: String, _ round: LayerRound, of owner: EmbedMatMulParameters.Member, rows: Int,
        _ conversion: Conversion, scale: Int = FixedPoint.productFractionBits
    ) -> EncryptedMessage {
        wire.product(
            step, round, from: label.party, to: feature.party, of: owner.party, rows: rows, conversion, scale: scale)
    }
}

extension EmbedMatMulParameters {
    var wire: LayerWire { LayerWire(EmbedMatMulProtocol.specification, draws: "embed", attempt: attempt) }
}
