internal import Arithmetic
internal import Cryptography
internal import Paillier
internal import Shares
internal import Specification

/// One round, as frames and draws name it.
struct EmbedMatMulRound {
    let phase: String
    /// Counted within the phase, from 0.
    let index: Int
    /// Its part of the names of draws: forward passes before it, of either phase.
    let draw: String
    /// Rows of its batch.
    let rows: Int

    static let setup = EmbedMatMulRound(phase: "setup", index: 0, draw: "setup", rows: 0)

    var isSetup: Bool { phase == Self.setup.phase }
}

/// Counts rounds.
struct EmbedMatMulProgress {
    private var rounds: [EmbedMatMulPhase: Int] = [:]

    mutating func begin(_ phase: EmbedMatMulPhase, rows: Int) -> EmbedMatMulRound {
        defer { rounds[phase, default: 0] += 1 }
        return next(phase, rows: rows)
    }

    /// The round that would begin now.
    func next(_ phase: EmbedMatMulPhase, rows: Int) -> EmbedMatMulRound {
        EmbedMatMulRound(
            phase: phase.rawValue, index: rounds[phase] ?? 0, draw: "\(rounds.values.reduce(0, +))", rows: rows)
    }
}

/// The messages between the label party and one feature party, the same at both ends: what one builds, the other expects.
struct EmbedMatMulLink {
    let label: EmbedMatMulParameters.Member
    let feature: EmbedMatMulParameters.Member
    /// The feature party shares the label party's table and weights.
    let isPartner: Bool
    private let parameters: EmbedMatMulParameters
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
        isPartner = feature.party == parameters.partner
        let (width, dimension, keyBits) = (parameters.width, parameters.dimension, parameters.keyBits)
        lookup = try Conversion(.embedLookup, columns: dimension, keyBits: keyBits)
        forward = try Conversion(parameters.forward(feature), columns: width, keyBits: keyBits)
        weightGradient = try Conversion(parameters.weightGradient(), columns: width, keyBits: keyBits)
        tableGradient = try Conversion(parameters.tableGradient(), columns: dimension, keyBits: keyBits)
        elements = Conversion(try parameters.tableGradient(), unpackedColumns: width)
    }

    private func columns(_ member: EmbedMatMulParameters.Member) -> Int { member.fields.count * parameters.dimension }

    // MARK: - Copies under the sender's key: at the start (I) and after each update (G6)

    /// [[T_p]], [[V_p]]; to the partner [[U_B]].
    func copiesOfLabel(_ round: EmbedMatMulRound) -> [EncryptedMessage] {
        func copy(_ steps: (String, String), _ rows: Int, _ conversion: Conversion) -> EncryptedMessage {
            operand(round.isSetup ? steps.0 : steps.1, round, from: label, to: feature, rows, conversion)
        }
        let copies = [
            copy(("I1", "G6a"), feature.tableRows, lookup), copy(("I2", "G6b"), columns(feature), forward),
        ]
        return copies + (isPartner ? [copy(("I3", "G6c"), columns(label), forward)] : [])
    }

    /// [[U_p]]; of the partner [[T_B]], [[V_B]] and [[V_B]] field by field transposed.
    func copiesOfFeature(_ round: EmbedMatMulRound) -> [EncryptedMessage] {
        func copy(_ steps: (String, String), _ rows: Int, _ conversion: Conversion) -> EncryptedMessage {
            operand(round.isSetup ? steps.0 : steps.1, round, from: feature, to: label, rows, conversion)
        }
        let own = copy(("I4", "G6d"), columns(feature), forward)
        guard isPartner else { return [own] }
        return [
            own, copy(("I5", "G6e"), label.tableRows, lookup), copy(("I6", "G6f"), columns(label), forward),
            copy(("I7", "G6g"), label.fields.count * parameters.width, tableGradient),
        ]
    }

    // MARK: - Forward

    func E1(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product(
            "E1", round, from: feature, to: label, round.rows * feature.fields.count, lookup, of: feature,
            scale: FixedPoint.fractionBits)
    }

    func E2(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product(
            "E2", round, from: label, to: feature, round.rows * label.fields.count, lookup, of: label,
            scale: FixedPoint.fractionBits)
    }

    func E3(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product("E3", round, from: feature, to: label, round.rows, forward, of: feature)
    }

    func E4(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product("E4", round, from: label, to: feature, round.rows, forward, of: feature)
    }

    func E5(_ round: EmbedMatMulRound) -> WideShareMessage {
        let header = FrameHeader(
            protocolName: EmbedMatMulProtocol.specification.name, phase: round.phase, round: round.index, step: "E5",
            kind: .maskedShare, shape: [round.rows, parameters.width], scale: FixedPoint.productFractionBits)
        return WideShareMessage(header: header, sender: feature.party)
    }

    // MARK: - Backward

    /// [[dZ]] packed for G2 and G3, [[dZ]] value by value for G4, [[dZ V_p^T]].
    func derivatives(_ round: EmbedMatMulRound) -> [EncryptedMessage] {
        [
            operand("G1a", round, from: label, to: feature, round.rows, weightGradient),
            operand("G1b", round, from: label, to: feature, round.rows, elements),
            operand(
                "G1c", round, from: label, to: feature, round.rows * feature.fields.count, tableGradient,
                scale: FixedPoint.productFractionBits),
        ]
    }

    func G2(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product("G2", round, from: feature, to: label, columns(feature), weightGradient, of: feature)
    }

    func G3(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product("G3", round, from: feature, to: label, columns(label), weightGradient, of: label)
    }

    func G4(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product("G4", round, from: feature, to: label, feature.tableRows, tableGradient, of: feature)
    }

    func G5(_ round: EmbedMatMulRound) -> EncryptedMessage {
        product("G5", round, from: label, to: feature, label.tableRows, tableGradient, of: label)
    }

    /// What the feature party answers to the derivatives, in order.
    func gradients(_ round: EmbedMatMulRound) -> [EncryptedMessage] {
        isPartner ? [G2(round), G3(round), G4(round)] : [G2(round), G4(round)]
    }

    // MARK: - Parts

    /// The sender's own numbers under its own key, to be computed with.
    private func operand(
        _ step: String, _ round: EmbedMatMulRound, from sender: EmbedMatMulParameters.Member,
        to receiver: EmbedMatMulParameters.Member, _ rows: Int, _ conversion: Conversion,
        scale: Int = FixedPoint.fractionBits
    ) -> EncryptedMessage {
        EncryptedMessage(
            header: header(step, round, key: sender, rows, conversion.packing, scale: scale), sender: sender.party,
            conversion: conversion, ciphertexts: rows * conversion.packing.ciphertextsPerRow,
            draw: parameters.draw(step, round, "\(sender.party)>\(receiver.party)"))
    }

    /// A masked product under the receiver's key, to be opened; `owner` is whose table or weights it belongs to.
    private func product(
        _ step: String, _ round: EmbedMatMulRound, from sender: EmbedMatMulParameters.Member,
        to receiver: EmbedMatMulParameters.Member, _ rows: Int, _ conversion: Conversion,
        of owner: EmbedMatMulParameters.Member, scale: Int = FixedPoint.productFractionBits
    ) -> EncryptedMessage {
        EncryptedMessage(
            header: header(step, round, key: receiver, rows, conversion.packing, scale: scale), sender: sender.party,
            conversion: conversion, ciphertexts: conversion.packing.joinedCount(rows: rows),
            draw: parameters.draw(step, round, "\(sender.party)>\(receiver.party)/\(owner.party)"))
    }

    private func header(
        _ step: String, _ round: EmbedMatMulRound, key: EmbedMatMulParameters.Member, _ rows: Int, _ packing: Packing,
        scale: Int
    ) -> FrameHeader {
        FrameHeader(
            protocolName: EmbedMatMulProtocol.specification.name, phase: round.phase, round: round.index, step: step,
            kind: .ciphertext, keyOwner: key.party, shape: [rows, packing.columns], scale: scale,
            slotBits: packing.slotBits, slots: packing.slots)
    }
}

extension EmbedMatMulParameters {
    /// The name of a draw. The attempt stands in it, so that no mask returns after a restart.
    func draw(_ step: String, _ round: EmbedMatMulRound, _ ends: String) -> String {
        "embed/\(attempt)/\(round.draw)/\(step)/\(ends)"
    }
}
