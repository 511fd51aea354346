internal import Shares
internal import SourceLayers
internal import Specification

/// The messages between the label party and one feature party, the same at both ends: what one builds, the other expects.
struct MatMulLink {
    let label: MatMulParameters.Member
    let feature: MatMulParameters.Member
    private let parameters: MatMulParameters
    private let wire: LayerWire
    private let forwardOfLabel: Conversion
    private let forwardOfFeature: Conversion

    init(_ parameters: MatMulParameters, feature: MatMulParameters.Member) throws(SharesError) {
        self.parameters = parameters
        self.feature = feature
        label = parameters.label
        wire = parameters.wire
        forwardOfLabel = try parameters.forward(parameters.label)
        forwardOfFeature = try parameters.forward(feature)
    }

    private var setup: LayerRound { .setup(prefix: parameters.phasePrefix, version: parameters.weightVersion) }
    /// Rows of the feature party's weights that a round computes with.
    private var updatedRows: Int { parameters.updatedRows(feature) }

    var I3: EncryptedMessage {
        wire.operand("I3", setup, from: label.party, to: feature.party, rows: feature.columns, forwardOfFeature)
    }

    var I4: EncryptedMessage {
        wire.operand("I4", setup, from: feature.party, to: label.party, rows: label.columns, forwardOfLabel)
    }

    func L1(_ round: LayerRound) -> RowListMessage {
        wire.rowList("L1", round, from: feature.party, rows: updatedRows, of: feature.columns)
    }

    func L2(_ round: LayerRound) -> EncryptedMessage {
        wire.operand("L2", round, from: label.party, to: feature.party, rows: updatedRows, forwardOfFeature)
    }

    func F1(_ round: LayerRound) -> EncryptedMessage {
        wire.product("F1", round, from: feature.party, to: label.party, rows: round.rows, forwardOfFeature)
    }

    func F2(_ round: LayerRound) -> EncryptedMessage {
        wire.product("F2", round, from: label.party, to: feature.party, rows: round.rows, forwardOfLabel)
    }

    func F3(_ round: LayerRound) -> ShareMessage<Int64> {
        wire.share("F3", round, from: feature.party, columns: parameters.width)
    }

    /// The same ciphertexts to every feature party.
    func B1(_ round: LayerRound) throws(SharesError) -> EncryptedMessage {
        wire.operand(
            "B1", round, from: label.party, to: feature.party, rows: round.rows,
            try parameters.gradient(rows: round.rows), isForAll: true)
    }

    func B2(_ round: LayerRound) throws(SharesError) -> EncryptedMessage {
        wire.product(
            "B2", round, from: feature.party, to: label.party, rows: updatedRows,
            try parameters.gradient(rows: round.rows))
    }

    func B4(_ round: LayerRound) -> EncryptedMessage {
        wire.operand("B4", round.updated, from: label.party, to: feature.party, rows: feature.columns, forwardOfFeature)
    }
}

extension MatMulParameters {
    /// Conversions of products of a party's features with weights.
    func forward(_ member: Member) throws(SharesError) -> Conversion {
        try Conversion(.matMulForward(terms: updatedRows(member)), columns: width, keyBits: keyBits)
    }

    /// Conversions of gradients over a batch.
    func gradient(rows: Int) throws(SharesError) -> Conversion {
        try Conversion(.matMulGradient(batch: rows), columns: width, keyBits: keyBits)
    }

    var wire: LayerWire { LayerWire(MatMulProtocol.specification, draws: "matmul", attempt: attempt) }
}
