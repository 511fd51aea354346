public import Cryptography
public import Specification

/// One party's part in the handshake: a hello to everybody, then, once all hellos are in and agree, a confirmation to everybody.
public struct HandshakeParty: Role {
    /// The partners' transcript keys, each endorsed by the key of its owner's certificate.
    public typealias Output = [Party: VerificationKey]

    /// What is known of a partner beforehand.
    public struct Partner: Sendable {
        /// The key of its pinned certificate, which the link has proved.
        let certificateKey: VerificationKey
        /// What the link to it exports under ``HandshakeProtocol/exporterLabel``.
        let exportedKey: SecretBytes

        public init(certificateKey: VerificationKey, exportedKey: SecretBytes) {
            self.certificateKey = certificateKey
            self.exportedKey = exportedKey
        }
    }

    /// What is known of a partner whose hello was accepted.
    private struct Acquaintance {
        let transcriptKey: VerificationKey
        /// The confirmation that this party sends, and the one that it expects.
        let ours: [UInt8]
        let theirs: [UInt8]
    }

    private enum State {
        case idle
        case hellos(RollCall<Acquaintance>)
        case confirmations(RollCall<Void>, of: [Party: Acquaintance])
        case done
    }

    private let me: Party
    private let certificateKey: VerificationKey
    private let hello: Hello
    private let partners: [Party: Partner]
    private var state = State.idle

    /// - Parameters:
    ///   - certificateKey: The key of this party's own certificate.
    ///   - hello: What it says of itself, with a fresh nonce.
    ///   - partners: All other parties of the job, at least one.
    public init(me: Party, certificateKey: VerificationKey, hello: Hello, partners: [Party: Partner]) {
        precondition(!partners.isEmpty, "a handshake takes two")
        self.me = me
        self.certificateKey = certificateKey
        self.hello = hello
        self.partners = partners
    }

    private var others: [Party] { partners.keys.sorted() }

    /// Says hello to all. Partners' frames are taken in the order of their names.
    public mutating func start() -> [Action<Output>] {
        state = .hellos(RollCall(others))
        return others.map { .send(Self.frame("H1", hello.encoded), to: $0) }
    }

    public var awaiting: Party? {
        switch state {
        case .hellos(let hellos): hellos.next
        case .confirmations(let confirmations, _): confirmations.next
        case .idle, .done: nil
        }
    }

    /// - Throws: ``HandshakeError`` where the two parties do not agree; ``ProtocolViolation`` for what is no hello.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        switch state {
        case .idle, .done:
            throw outOfTurn(frame, from: peer)
        case .hellos(var hellos):
            try require("H1", frame, from: peer)
            hellos.take(try accept(frame, from: peer))
            guard hellos.next == nil else {
                state = .hellos(hellos)
                return []
            }
            state = .confirmations(RollCall(others), of: hellos.answers)
            return hellos.answers.sorted { $0.key < $1.key }.map {
                .send(Self.frame("H2", $0.value.ours), to: $0.key)
            }
        case .confirmations(var confirmations, let acquaintances):
            try require("H2", frame, from: peer)
            guard let expected = acquaintances[peer]?.theirs, constantTimeEquals(frame.payload, expected) else {
                throw HandshakeError.badConfirmation(peer)
            }
            confirmations.take(())
            guard confirmations.next == nil else {
                state = .confirmations(confirmations, of: acquaintances)
                return []
            }
            state = .done
            return [.output(acquaintances.mapValues(\.transcriptKey))]
        }
    }

    /// Compares a partner's hello with this party's own. Versions come first: where they differ, the rest cannot be equal.
    private func accept(_ frame: Frame, from peer: Party) throws -> Acquaintance {
        guard let partner = partners[peer] else { throw outOfTurn(frame, from: peer) }
        let theirs: Hello
        do {
            try compareVersions(
                HandshakeProtocol.specification.name, theirs: Hello.version(of: frame.payload),
                ours: HandshakeProtocol.specification.version, of: peer)
            theirs = try Hello(decoding: frame.payload)
        } catch let error as SpecificationError {
            throw ProtocolViolation(frame.header, from: peer, expected: "a hello", found: error.description)
        }
        try compareProtocols(with: theirs, of: peer)
        guard theirs.jobHash == hello.jobHash else { throw HandshakeError.jobMismatch(peer) }
        guard theirs.attempt == hello.attempt else {
            throw HandshakeError.attemptMismatch(peer, theirs: theirs.attempt, ours: hello.attempt)
        }
        guard theirs.isEndorsed(by: partner.certificateKey, of: peer) else { throw HandshakeError.badEndorsement(peer) }
        let introductions = [
            Introduction(party: me, certificateKey: certificateKey, hello: hello.encoded),
            Introduction(party: peer, certificateKey: partner.certificateKey, hello: frame.payload),
        ]
        let code = { (sender: Party) in
            Confirmation.code(introductions, from: sender, exportedKey: partner.exportedKey)
        }
        return Acquaintance(transcriptKey: theirs.transcriptKey, ours: code(me), theirs: code(peer))
    }

    private func compareProtocols(with other: Hello, of peer: Party) throws(HandshakeError) {
        for name in Set((hello.protocols + other.protocols).map(\.name)).sorted() {
            let theirs = other.protocols.first { $0.name == name }
            let ours = hello.protocols.first { $0.name == name }
            try compareVersions(name, theirs: theirs?.version, ours: ours?.version, of: peer)
            guard theirs == ours else {
                throw .specificationMismatch(peer, protocolName: name, version: ours?.version ?? 0)
            }
        }
    }

    private func compareVersions(_ name: String, theirs: Int?, ours: Int?, of peer: Party) throws(HandshakeError) {
        guard theirs == ours else { throw .versionMismatch(peer, protocolName: name, theirs: theirs, ours: ours) }
    }

    private static func frame(_ step: String, _ payload: [UInt8]) -> Frame {
        Frame(
            header: FrameHeader(
                protocolName: HandshakeProtocol.specification.name, phase: "greet", round: 0, step: step,
                kind: .control,
                shape: [1]),
            payload: payload)
    }
}
