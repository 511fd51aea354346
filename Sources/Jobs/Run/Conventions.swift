public import Auditing
internal import EmbedMatMul
internal import Handshake
internal import KeyExchange
internal import MatMul
internal import Seal
internal import Specification

extension Software {
    /// What an auditor of this build knows beforehand: its protocols, and how their frames that an auditor reads are written.
    public static let conventions = Conventions(
        specifications: spoken,
        interleaved: [MatMulProtocol.specification.name, EmbedMatMulProtocol.specification.name],
        job: { text in
            let bytes = Array(text.utf8)
            guard let effective = try? EffectiveJob(decoding: bytes) else { return nil }
            let hashes = effective.protocols.map { (SpecificationName($0.name, $0.version), $0.hash) }
            return JobStatement(
                hash: EffectiveJob.hash(of: bytes), certificates: effective.certificates,
                specifications: Dictionary(hashes) { first, _ in first },
                isUnprotected: effective.job.protection == .none,
                listsRows: effective.job.protection == .blind && effective.job.touchedRows != .dense,
                tellsStatistics: !effective.job.statisticsPartners.isEmpty || effective.job.asksCorrelations,
                keyBits: effective.job.protection == .blind ? effective.job.keys.bits : nil, name: effective.job.name)
        },
        announcement: { header, payload in
            guard header.protocolName == HandshakeProtocol.specification.name, header.step == "H1",
                let hello = try? Hello(decoding: payload)
            else { return nil }
            return KeyAnnouncement(transcriptKey: hello.transcriptKey.bytes, endorsement: hello.endorsement)
        },
        key: { header, payload in
            guard header.protocolName == KeyExchangeProtocol.specification.name else { return nil }
            switch header.kind {
            case .publicKey: return .modulus(payload)
            case .proof: return .proof(payload)
            default: return nil
            }
        },
        proofContext: { KeyExchangeProtocol.proofContext(jobHash: $0, prover: $1) },
        seal: { header, payload in
            guard header.protocolName == SealProtocol.specification.name else { return nil }
            switch header.step {
            case "S1": return (try? SignedHead(decoding: payload)).map { .head($0.head, signature: $0.signature) }
            case "S2": return .counterSignature(payload)
            default: return nil
            }
        })
}
