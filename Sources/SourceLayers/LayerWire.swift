package import Shares
package import Specification

/// How the frames and draws of one attempt at a layer are named, and what its messages look like: the same at both ends, so that
/// what one builds the other expects.
package struct LayerWire: Sendable {
    private let protocolName: String
    private let draws: String

    /// - Parameters:
    ///   - draws: With what the names of its draws begin.
    ///   - attempt: Stands in the name of every draw, so that no mask returns after a restart.
    package init(_ specification: ProtocolSpecification, draws: String, attempt: Int) {
        protocolName = specification.name
        self.draws = "\(draws)/\(attempt)"
    }

    /// The name of a draw.
    ///
    /// - Parameter ends: Between whom; `nil` where the same goes to all.
    package func draw(_ step: String, _ round: LayerRound, _ ends: String?) -> String {
        "\(draws)/\(round.draw)/\(step)" + (ends.map { "/\($0)" } ?? "")
    }

    /// The sender's own numbers under its own key, to be computed with.
    ///
    /// - Parameter isForAll: The same ciphertexts go to every receiver, so their randomness is drawn once.
    package func operand(
        _ step: String, _ round: LayerRound, from sender: Party, to receiver: Party, rows: Int,
        _ conversion: Conversion, scale: Int = FixedPoint.fractionBits, isForAll: Bool = false
    ) -> EncryptedMessage {
        EncryptedMessage(
            header: header(step, round, key: sender, rows, conversion.packing, scale: scale), sender: sender,
            conversion: conversion, ciphertexts: rows * conversion.packing.ciphertextsPerRow, version: round.version,
            draw: draw(step, round, isForAll ? nil : "\(sender)>\(receiver)"))
    }

    /// A masked product under the receiver's key, to be opened.
    ///
    /// - Parameter owner: Whose table or weights it belongs to, where the step's ends do not say so.
    package func product(
        _ step: String, _ round: LayerRound, from sender: Party, to receiver: Party, of owner: Party? = nil, rows: Int,
        _ conversion: Conversion, scale: Int = FixedPoint.productFractionBits
    ) -> EncryptedMessage {
        EncryptedMessage(
            header: header(step, round, key: receiver, rows, conversion.packing, scale: scale), sender: sender,
            conversion: conversion, ciphertexts: conversion.packing.joinedCount(rows: rows), version: round.version,
            draw: draw(step, round, "\(sender)>\(receiver)" + (owner.map { "/\($0)" } ?? "")))
    }

    /// A sender's share of Z, under masks.
    package func share<Element>(
        _ step: String, _ round: LayerRound, from sender: Party, columns: Int
    ) -> ShareMessage<Element> {
        let header = FrameHeader(
            protocolName: protocolName, phase: round.phase, round: round.index, step: step, kind: .maskedShare,
            weightVersion: round.version, shape: [round.rows, columns], scale: FixedPoint.productFractionBits)
        return ShareMessage(header: header, sender: sender)
    }

    /// Which rows of its table or weights the sender's round computes with.
    ///
    /// - Parameters:
    ///   - rows: How many.
    ///   - all: How many there are.
    package func rowList(
        _ step: String, _ round: LayerRound, from sender: Party, rows: Int, of all: Int
    ) -> RowListMessage {
        let header = FrameHeader(
            protocolName: protocolName, phase: round.phase, round: round.index, step: step, kind: .rowList,
            shape: [rows])
        return RowListMessage(header: header, sender: sender, all: all)
    }

    private func header(
        _ step: String, _ round: LayerRound, key: Party, _ rows: Int, _ packing: Packing, scale: Int
    ) -> FrameHeader {
        FrameHeader(
            protocolName: protocolName, phase: round.phase, round: round.index, step: step, kind: .ciphertext,
            keyOwner: key, weightVersion: round.version, shape: [rows, packing.columns], scale: scale,
            slotBits: packing.slotBits, slots: packing.slots)
    }
}
