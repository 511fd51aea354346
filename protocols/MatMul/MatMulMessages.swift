internal import Arithmetic
internal import Cryptography
internal import Paillier
internal import Shares
internal import Specification

/// One round, as frames and draws name it.
struct MatMulRound: Equatable {
    let phase: String
    /// Counted within the phase, from 0.
    let index: Int
    /// Its part of the names of draws: forward passes before it, of either phase.
    let draw: String
    /// Rows of its batch.
    let rows: Int

    static let setup = MatMulRound(phase: "setup", index: 0, draw: "setup", rows: 0)
}

/// Counts rounds.
struct MatMulProgress {
    private var rounds: [MatMulPhase: Int] = [:]
    /// What was said of the next one.
    private var foreseen: MatMulRound?

    /// - Throws: ``MatMulError/outOfTurn(event:)`` for another round than was foreseen: noise that was drawn for other sizes may
    ///   be too narrow to hide this one.
    mutating func begin(_ phase: MatMulPhase, rows: Int) throws(MatMulError) -> MatMulRound {
        let round = next(phase, rows: rows)
        guard foreseen == nil || foreseen == round else {
            throw .outOfTurn(event: "forward to \(phase) with \(rows) rows")
        }
        foreseen = nil
        rounds[phase, default: 0] += 1
        return round
    }

    /// The next round, which must then be this one.
    mutating func foresee(_ phase: MatMulPhase, rows: Int) -> MatMulRound {
        let round = next(phase, rows: rows)
        foreseen = round
        return round
    }

    private func next(_ phase: MatMulPhase, rows: Int) -> MatMulRound {
        MatMulRound(
            phase: phase.rawValue, index: rounds[phase] ?? 0, draw: "\(rounds.values.reduce(0, +))", rows: rows)
    }
}

/// The messages between the label party and one feature party, the same at both ends: what one builds, the other expects.
struct MatMulLink {
    let label: MatMulParameters.Member
    let feature: MatMulParameters.Member
    private let parameters: MatMulParameters
    private let forwardOfLabel: Conversion
    private let forwardOfFeature: Conversion

    init(_ parameters: MatMulParameters, feature: MatMulParameters.Member) throws(SharesError) {
        self.parameters = parameters
        self.feature = feature
        label = parameters.label
        forwardOfLabel = try parameters.forward(parameters.label)
        forwardOfFeature = try parameters.forward(feature)
    }

    var I3: EncryptedMessage { operand("I3", .setup, from: label, to: feature, feature.columns, forwardOfFeature) }
    var I4: EncryptedMessage { operand("I4", .setup, from: feature, to: label, label.columns, forwardOfLabel) }

    func F1(_ round: MatMulRound) -> EncryptedMessage {
        product("F1", round, from: feature, to: label, round.rows, forwardOfFeature)
    }

    func F2(_ round: MatMulRound) -> EncryptedMessage {
        product("F2", round, from: label, to: feature, round.rows, forwardOfLabel)
    }

    func F3(_ round: MatMulRound) -> ShareMessage {
        let header = FrameHeader(
            protocolName: MatMulProtocol.specification.name, phase: round.phase, round: round.index, step: "F3",
            kind: .maskedShare,
            shape: [round.rows, parameters.width], scale: FixedPoint.productFractionBits)
        return ShareMessage(header: header, sender: feature.party)
    }

    func B1(_ round: MatMulRound) throws(SharesError) -> EncryptedMessage {
        operand("B1", round, from: label, to: feature, round.rows, try parameters.gradient(rows: round.rows))
    }

    func B2(_ round: MatMulRound) throws(SharesError) -> EncryptedMessage {
        product("B2", round, from: feature, to: label, feature.columns, try parameters.gradient(rows: round.rows))
    }

    func B4(_ round: MatMulRound) -> EncryptedMessage {
        operand("B4", round, from: label, to: feature, feature.columns, forwardOfFeature)
    }

    /// The sender's own numbers under its own key, to be multiplied.
    private func operand(
        _ step: String, _ round: MatMulRound, from sender: MatMulParameters.Member,
        to receiver: MatMulParameters.Member, _ rows: Int, _ conversion: Conversion
    ) -> EncryptedMessage {
        message(
            step, round, from: sender, to: receiver, key: sender, rows, conversion, scale: FixedPoint.fractionBits,
            ciphertexts: rows * conversion.packing.ciphertextsPerRow)
    }

    /// A masked product under the receiver's key, to be opened.
    private func product(
        _ step: String, _ round: MatMulRound, from sender: MatMulParameters.Member,
        to receiver: MatMulParameters.Member, _ rows: Int, _ conversion: Conversion
    ) -> EncryptedMessage {
        message(
            step, round, from: sender, to: receiver, key: receiver, rows, conversion,
            scale: FixedPoint.productFractionBits, ciphertexts: conversion.packing.joinedCount(rows: rows))
    }

    private func message(
        _ step: String, _ round: MatMulRound, from sender: MatMulParameters.Member,
        to receiver: MatMulParameters.Member, key: MatMulParameters.Member, _ rows: Int, _ conversion: Conversion,
        scale: Int, ciphertexts: Int
    ) -> EncryptedMessage {
        let header = FrameHeader(
            protocolName: MatMulProtocol.specification.name, phase: round.phase, round: round.index, step: step,
            kind: .ciphertext,
            keyOwner: key.party, shape: [rows, parameters.width], scale: scale,
            slotBits: conversion.packing.slotBits, slots: conversion.packing.slots)
        return EncryptedMessage(
            header: header, sender: sender.party, conversion: conversion, ciphertexts: ciphertexts,
            draw: parameters.draw(step, round, "\(sender.party)>\(receiver.party)"))
    }
}

extension MatMulParameters {
    /// Conversions of products of a party's features with weights.
    func forward(_ member: Member) throws(SharesError) -> Conversion {
        try Conversion(.matMulForward(terms: member.columns), columns: width, keyBits: keyBits)
    }

    /// Conversions of gradients over a batch.
    func gradient(rows: Int) throws(SharesError) -> Conversion {
        try Conversion(.matMulGradient(batch: rows), columns: width, keyBits: keyBits)
    }

    /// The name of a draw. The attempt stands in it, so that no mask returns after a restart.
    func draw(_ step: String, _ round: MatMulRound, _ ends: String) -> String {
        "matmul/\(attempt)/\(round.draw)/\(step)/\(ends)"
    }
}

// MARK: - Frames

/// A message of ciphertexts.
struct EncryptedMessage {
    let header: FrameHeader
    let sender: Party
    let conversion: Conversion
    /// How many.
    let ciphertexts: Int
    /// The name of its masks; its randomness has the same one with `/randomizer` behind it.
    let draw: String

    var randomizer: String { draw + "/randomizer" }

    func frame<Cipher: AdditiveCipher>(_ ciphertexts: [Cipher.Ciphertext], under cipher: Cipher) -> Frame {
        Frame(header: header, payload: cipher.encode(ciphertexts))
    }

    /// The holder's side of a product: features times the operand, masked. The ciphertexts to be sent, and the holder's share.
    ///
    /// - Throws: `SharesError.maskBudgetSpent`, `PaillierError`.
    func multiply<Cipher: AdditiveCipher>(
        _ features: Matrix<Int64>, _ operand: Cipher.Operand, under cipher: Cipher, noise: Cipher.Noise,
        random: any RandomSource, spending budget: inout MaskBudget
    ) throws -> (hidden: [Cipher.Ciphertext], share: Matrix<Integer>) {
        let product = try cipher.product(
            variableTime: Multipliers(features, bits: FixedPoint.Limit.feature.bits), operand, join: conversion.join)
        return try conversion.mask(
            product, rows: features.rows, under: cipher, masks: random.stream(draw), noise: noise, spending: &budget)
    }

    /// The ciphertexts of a frame that a peer says is this message; in the `row` layout, one row for each row of the matrix.
    ///
    /// - Throws: `ProtocolViolation`, ``MatMulError/invalidCiphertext(of:step:_:)``.
    func operand<Cipher: AdditiveCipher>(
        _ frame: Frame, from peer: Party, under cipher: Cipher
    ) throws -> Matrix<Cipher.Ciphertext> {
        Matrix(
            rows: header.shape[0], columns: ciphertexts / header.shape[0],
            elements: try decode(frame, from: peer, under: cipher))
    }

    /// The key owner's share of the product in a frame that a peer says is this message.
    ///
    /// - Throws: `ProtocolViolation`, ``MatMulError/invalidCiphertext(of:step:_:)``, `SharesError.maskBudgetSpent`.
    func open<Key: AdditiveKey>(
        _ frame: Frame, from peer: Party, with key: Key, spending budget: inout MaskBudget
    ) throws -> Matrix<Integer> {
        let hidden = try decode(frame, from: peer, under: key.cipher)
        do {
            return try conversion.open(hidden, rows: header.shape[0], with: key, spending: &budget)
        } catch SharesError.plaintextOutsideSlots {
            // Nothing about the plaintext: who decrypts must not become an oracle.
            throw ProtocolViolation(
                header, from: peer, expected: "values within their slots", found: "a value outside")
        }
    }

    private func decode<Cipher: AdditiveCipher>(
        _ frame: Frame, from peer: Party, under cipher: Cipher
    ) throws -> [Cipher.Ciphertext] {
        try frame.require(header, of: sender, from: peer)
        do { return try cipher.decode(frame.payload, count: ciphertexts) } catch {
            // Who stops reading has nothing to say about what it read.
            if error == .cancelled { throw error }
            throw MatMulError.invalidCiphertext(of: peer, step: header.step, error)
        }
    }
}

/// A message of shares modulo 2^64: big-endian, row by row.
struct ShareMessage {
    let header: FrameHeader
    let sender: Party

    func frame(_ share: Matrix<Int64>) -> Frame {
        var writer = CanonicalWriter()
        for element in share.elements { writer.signed(element) }
        return Frame(header: header, payload: writer.bytes)
    }

    /// The share in a frame that a peer says is this message.
    func share(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> Matrix<Int64> {
        try frame.require(header, of: sender, from: peer)
        var reader = CanonicalReader(frame.payload)
        var elements: [Int64] = []
        do {
            for _ in 0..<header.shape[0] * header.shape[1] { elements.append(try reader.signed()) }
            try reader.end()
        } catch { throw ProtocolViolation(header, from: peer, expected: "8 bytes a value", found: error.description) }
        return Matrix(rows: header.shape[0], columns: header.shape[1], elements: elements)
    }
}

extension Frame {
    /// Holds a frame to the message that must come now.
    fileprivate func require(
        _ expected: FrameHeader, of sender: Party, from peer: Party
    ) throws(ProtocolViolation) {
        guard peer == sender, header == expected else {
            throw ProtocolViolation(
                header, from: peer, expected: "\(expected.step) of \(sender) with the sizes agreed on",
                found: "\(header.step), shape \(header.shape)")
        }
    }
}
