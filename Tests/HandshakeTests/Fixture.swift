import Cryptography
import Handshake
import ProtocolTesting
import Specification
import Transcript

/// What one party brings to a handshake; each property may be changed before it does.
struct Candidate {
    let party: Party
    /// Of its certificate.
    let identity = SigningKey.generate()
    let transcript = SigningKey.generate()
    var jobHash = [UInt8](repeating: 7, count: 32)
    var attempt = 0
    var specifications: [ProtocolSpecification]
    /// The key that it takes for its own certificate's.
    var presented: VerificationKey?
    /// Who endorses the transcript key; the certificate's key unless a test says otherwise.
    var endorser: SigningKey?

    init(_ name: String, specifications: [ProtocolSpecification]) throws {
        party = try Party(name)
        self.specifications = specifications
    }

    var hello: Hello {
        let key = transcript.verificationKey
        let endorsed = TranscriptHeader.endorsedBytes(party: party, jobHash: jobHash, transcriptKey: key.bytes)
        return Hello(
            software: "colonnade test", jobHash: jobHash, attempt: attempt, specifications: specifications,
            transcriptKey: key, endorsement: (endorser ?? identity).sign(endorsed),
            nonce: (0..<32).map { _ in UInt8.random(in: 0...255) })
    }
}

/// Parties whose links export keys as TLS does: one for every pair, the same at both ends.
struct Fixture {
    var candidates: [Candidate]

    init(_ names: [String] = ["airline", "weather"]) throws {
        let specifications = try [1, 2, 3].map { try specification("protocol-\($0)", version: $0) }
        candidates = try names.map { try Candidate($0, specifications: specifications) }
    }

    var parties: [Party] { candidates.map(\.party) }

    /// What the link from `me` to `peer` exports.
    var export: (_ me: Party, _ peer: Party) -> [UInt8] = { me, peer in
        (me < peer ? "\(me) \(peer)" : "\(peer) \(me)").utf8.map { $0 } + [UInt8](repeating: 1, count: 32)
    }

    func role(_ candidate: Candidate) -> HandshakeParty {
        let me = candidate.party
        let others = candidates.filter { $0.party != me }.map { other in
            let partner = HandshakeParty.Partner(
                certificateKey: other.identity.verificationKey,
                exportedKey: SecretBytes(copying: export(me, other.party)))
            return (other.party, partner)
        }
        return HandshakeParty(
            me: me, certificateKey: candidate.presented ?? candidate.identity.verificationKey, hello: candidate.hello,
            partners: Dictionary(uniqueKeysWithValues: others))
    }

    /// Runs the handshake; `onTheWay` may change what was sent.
    func run(
        onTheWay: @escaping (Frame, Party, Party) -> Frame = { frame, _, _ in frame }
    ) throws -> Rehearsal<HandshakeParty.Output> {
        let rehearsal = try Rehearsal<HandshakeParty.Output>(
            HandshakeProtocol.specification, HandshakeProtocol.plan(parties))
        rehearsal.onTheWay = onTheWay
        let seats = candidates.map { rehearsal.seat($0.party, role($0)) }
        for seat in seats { try rehearsal.perform(seat) { $0.start() } }
        try rehearsal.settle()
        return rehearsal
    }
}

/// A protocol of one message.
func specification(_ name: String, version: Int, bytes: Int = 1) throws -> ProtocolSpecification {
    try ProtocolSpecification(
        yaml: """
            {protocol: \(name), version: \(version), summary: s, source: s, roles: {party: p}, learns: {party: p},
             phases: {only: [[M1]]}, messages: {M1: {from: each, to: others, kind: control, shape: "1",
             bytes: "\(bytes)", carries: c, leaks: l}}}
            """)
}
