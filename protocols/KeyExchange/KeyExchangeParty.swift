public import Paillier
public import Specification

/// Either end's role in the key exchange: the label party's with every feature party, a feature party's with the label party and, where
/// the exchange says so, with every other feature party.
///
///     start()   --K1, K3-->   <--K2, K4--   output                            label
///     start()   --K2, K4-->   <--K1, K3--   output                            feature
///     start()   --K2, K4, K5, K6-->   <--K1, K3--   <--K5, K6--   output      feature, among features
///
/// A partner's key is used for nothing before its proof holds. Learns public keys only.
public struct KeyExchangeParty: Role {
    /// The partners' public keys, checked and proved.
    public typealias Output = [Party: PublicKey]

    private enum State {
        case idle
        /// Waits for the key of the first partner that has none yet.
        case key(proved: Output)
        /// Waits for the proof of this key.
        case proof(PublicKey, proved: Output)
        case done
    }

    /// The steps of one direction: the key's and the proof's.
    private struct Steps {
        let phase, key, proof: String
        static let label = Steps(phase: KeyExchangeProtocol.phase, key: "K1", proof: "K3")
        static let feature = Steps(phase: KeyExchangeProtocol.phase, key: "K2", proof: "K4")
        static let amongFeatures = Steps(phase: KeyExchangeProtocol.phaseAmongFeatures, key: "K5", proof: "K6")
    }

    private let me: Party
    private let label: Party
    private let key: PrivateKey
    private let jobHash: [UInt8]
    /// In the order in which their keys are taken.
    private let partners: [Party]
    private var state = State.idle

    /// - Parameters:
    ///   - me: The label party or one of the feature parties.
    ///   - features: In the job's order; at least one.
    ///   - key: This party's key, of the size that the job agreed on.
    ///   - jobHash: The hash of the job, equal at all parties: no proof counts in another job.
    ///   - amongFeatures: Whether feature parties exchange keys, too; the same at all parties.
    public init(
        me: Party, label: Party, features: [Party], key: PrivateKey, jobHash: [UInt8], amongFeatures: Bool = false
    ) {
        precondition(
            !features.isEmpty && (me == label || features.contains(me)), "an exchange between the job's parties")
        (self.me, self.label, self.key, self.jobHash) = (me, label, key, jobHash)
        partners = me == label ? features : [label] + (amongFeatures ? features.filter { $0 != me } : [])
    }

    /// What a party sends to another one.
    private func steps(from sender: Party, to receiver: Party) -> Steps {
        sender == label ? .label : receiver == label ? .feature : .amongFeatures
    }

    /// Sends key and proof to every partner.
    public mutating func start() -> [Action<Output>] {
        guard case .idle = state else { preconditionFailure("an exchange starts once") }
        state = .key(proved: [:])
        let proof = ModulusProof(of: key, context: context(of: me))
        return partners.flatMap { partner -> [Action<Output>] in
            let steps = steps(from: me, to: partner)
            return [
                .send(frame(steps.key, in: steps, .publicKey, shape: 1, key.cipher.encoded), to: partner),
                .send(frame(steps.proof, in: steps, .proof, shape: 8, proof.encoded), to: partner),
            ]
        }
    }

    public var awaiting: Party? {
        switch state {
        case .idle, .done: nil
        case .key(let proved), .proof(_, let proved): partners[proved.count]
        }
    }

    /// - Throws: ``KeyExchangeError`` where a key or its proof is refused; ``ProtocolViolation`` for another frame.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        switch state {
        case .idle, .done:
            throw outOfTurn(frame, from: peer)
        case .key(let proved):
            try require(steps(from: peer, to: me).key, frame, from: peer)
            state = .proof(try accept(frame.payload, of: peer, beside: proved), proved: proved)
            return []
        case .proof(let candidate, var proved):
            try require(steps(from: peer, to: me).proof, frame, from: peer)
            do {
                try ModulusProof(encoded: frame.payload, keyBits: candidate.keyBits)
                    .verify(for: candidate, context: context(of: peer))
            } catch { throw KeyExchangeError.proof(of: peer, error) }
            proved[peer] = candidate
            guard proved.count == partners.count else {
                state = .key(proved: proved)
                return []
            }
            state = .done
            return [.output(proved)]
        }
    }

    /// A key with everything right that can be seen without its secret.
    private func accept(
        _ payload: [UInt8], of peer: Party, beside proved: Output
    ) throws(KeyExchangeError) -> PublicKey {
        let candidate: PublicKey
        do { candidate = try PublicKey(encoded: payload, bits: key.cipher.keyBits) } catch {
            throw .key(of: peer, error)
        }
        // Who shows another's key has no secret for it; and with two parties under one key, masks hide from neither.
        if candidate == key.cipher { throw .sharedKey(peer, me) }
        if let (other, _) = proved.first(where: { $0.value == candidate }) { throw .sharedKey(peer, other) }
        return candidate
    }

    private func context(of prover: Party) -> [UInt8] {
        KeyExchangeProtocol.proofContext(jobHash: jobHash, prover: prover)
    }

    private func frame(_ step: String, in steps: Steps, _ kind: Kind, shape: Int, _ payload: [UInt8]) -> Frame {
        Frame(
            header: FrameHeader(
                protocolName: KeyExchangeProtocol.specification.name, phase: steps.phase, round: 0, step: step,
                kind: kind, shape: [shape]),
            payload: payload)
    }
}
