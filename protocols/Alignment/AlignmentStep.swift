internal import Specification

/// The messages, by their steps in `protocol.yaml`: what one end builds, the other expects.
enum AlignmentStep: String {
    case memberOffer = "member-offer"
    case leaderPlan = "leader-plan"
    case blinded, evaluated
    case leaderChoices = "leader-choices"
    case memberChoices = "member-choices"
    case products
    case maskedStore = "masked-store"
    case corrections, tags, selected, programmed, common

    private var phase: String {
        switch self {
        case .memberOffer, .leaderPlan: "open"
        case .blinded: "blind"
        case .evaluated: "evaluate"
        case .leaderChoices, .memberChoices: "choose"
        case .products, .maskedStore: "mask"
        case .corrections: "correct"
        case .tags: "match"
        case .selected: "select"
        case .programmed: "program"
        case .common: "name"
        }
    }

    private var kind: Kind {
        switch self {
        case .memberOffer, .leaderPlan: .shape
        case .blinded, .evaluated: .blindedPoint
        case .leaderChoices, .memberChoices: .publicKey
        case .products, .maskedStore, .corrections, .programmed: .maskedShare
        case .tags: .tag
        case .selected, .common: .membership
        }
    }

    private func header(_ shape: [Int], round: Int) -> FrameHeader {
        FrameHeader(
            protocolName: AlignmentProtocol.specification.name, phase: phase, round: round, step: rawValue, kind: kind,
            shape: shape)
    }

    /// This message.
    func frame(_ payload: [UInt8], shape: [Int], round: Int = 0) -> Frame {
        Frame(header: header(shape, round: round), payload: payload)
    }

    /// The payload of a frame that must be this message.
    func payload(
        _ frame: Frame, from peer: Party, shape: [Int], bytes: Int, round: Int = 0
    ) throws(ProtocolViolation) -> [UInt8] {
        guard frame.header == header(shape, round: round), frame.payload.count == bytes else {
            throw violation(
                frame, peer, expected: "\(rawValue) \(round) about \(shape) in \(bytes) bytes",
                found: "\(frame.header.step) \(frame.header.round) about \(frame.header.shape) in "
                    + "\(frame.payload.count) bytes")
        }
        return frame.payload
    }

    /// The payload of a frame that must be this message about a count of its own, and the count that it begins with.
    func counted(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> (count: Int, rest: CanonicalReader) {
        var reader = CanonicalReader(frame.payload)
        guard let count = try? reader.count(), frame.header == header([count], round: 0) else {
            throw violation(
                frame, peer, expected: "\(rawValue) with one count in header and payload",
                found: "\(frame.header.step) about \(frame.header.shape)")
        }
        return (count, reader)
    }

    func violation(_ frame: Frame, _ peer: Party, expected: String, found: String) -> ProtocolViolation {
        ProtocolViolation(frame.header, from: peer, expected: expected, found: found)
    }
}
