public import Cryptography
public import Specification
public import Transcript

/// One party's part: its signed head to everybody, then, once all heads are in, a counter-signature of each.
public struct SealParty: Role {
    /// The heads that the partners stated and that this party counter-signed.
    public typealias Output = [Party: ChainHead]

    private enum State {
        case idle
        case heads(RollCall<ChainHead>)
        case counterSignatures(RollCall<Void>, after: [Party: ChainHead])
        case done
    }

    private let me: Party
    private let jobHash: [UInt8]
    private let own: SignedHead
    private let transcriptKeys: [Party: VerificationKey]
    private let counterSign: (ChainHead, Party) -> [UInt8]
    private var state = State.idle

    /// - Parameters:
    ///   - own: This party's head, taken before the record of this session: what follows it are this session's own frames.
    ///   - transcriptKeys: Of all partners, at least one, as the handshake gave them.
    ///   - counterSign: Signs a partner's head with this party's transcript key (`TranscriptWriter.counterSign`).
    public init(
        me: Party, jobHash: [UInt8], own: SignedHead, transcriptKeys: [Party: VerificationKey],
        counterSign: @escaping (_ head: ChainHead, _ partner: Party) -> [UInt8]
    ) {
        precondition(!transcriptKeys.isEmpty, "a seal takes two")
        self.me = me
        self.jobHash = jobHash
        self.own = own
        self.transcriptKeys = transcriptKeys
        self.counterSign = counterSign
    }

    private var others: [Party] { transcriptKeys.keys.sorted() }

    /// States the own head to all. Partners' frames are taken in the order of their names.
    public mutating func start() -> [Action<Output>] {
        state = .heads(RollCall(others))
        return others.map { .send(Self.frame("S1", own.encoded), to: $0) }
    }

    public var awaiting: Party? {
        switch state {
        case .heads(let heads): heads.next
        case .counterSignatures(let signatures, _): signatures.next
        case .idle, .done: nil
        }
    }

    /// - Throws: ``ProtocolViolation`` for a signature that is not the partner's.
    public mutating func receive(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> [Action<Output>] {
        switch state {
        case .idle, .done:
            throw outOfTurn(frame, from: peer)
        case .heads(var heads):
            try require("S1", frame, from: peer)
            let stated = try? SignedHead(decoding: frame.payload)
            guard let stated, let key = transcriptKeys[peer], stated.isSigned(by: key, of: peer, jobHash: jobHash)
            else {
                throw badSignature(frame, from: peer, of: "its own head")
            }
            heads.take(stated.head)
            guard heads.next == nil else {
                state = .heads(heads)
                return []
            }
            state = .counterSignatures(RollCall(others), after: heads.answers)
            return heads.answers.sorted { $0.key < $1.key }.map {
                .send(Self.frame("S2", counterSign($0.value, $0.key)), to: $0.key)
            }
        case .counterSignatures(var signatures, let heads):
            try require("S2", frame, from: peer)
            guard let key = transcriptKeys[peer],
                own.isCounterSigned(frame.payload, by: key, of: me, jobHash: jobHash)
            else { throw badSignature(frame, from: peer, of: "the head of \(me)") }
            signatures.take(())
            guard signatures.next == nil else {
                state = .counterSignatures(signatures, after: heads)
                return []
            }
            state = .done
            return [.output(heads)]
        }
    }

    private func badSignature(_ frame: Frame, from peer: Party, of what: String) -> ProtocolViolation {
        ProtocolViolation(frame.header, from: peer, expected: "its signature of \(what)", found: "something else")
    }

    private static func frame(_ step: String, _ payload: [UInt8]) -> Frame {
        Frame(
            header: FrameHeader(
                protocolName: SealProtocol.specification.name, phase: "seal", round: 0, step: step, kind: .signature,
                shape: [1]),
            payload: payload)
    }
}
