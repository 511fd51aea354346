internal import Arithmetic
internal import Specification
internal import Transcript

/// The checks on the contents of payloads that were kept, in one pass and in memory that does not grow with the file.
struct PayloadVerifier {
    private var keys = KeyVerifier()
    private var repetitions = RepetitionVerifier()
    private var uniformity = UniformityVerifier()
    /// The modulus of each party that showed a sound one.
    private(set) var moduli: [Party: Integer] = [:]

    /// Takes a frame of one of the job's links, whose payload is the one that crossed.
    mutating func take(
        _ frame: TranscriptRecord.FrameRecord, _ payload: [UInt8], _ facts: HeaderFacts, _ conventions: Conventions,
        _ findings: inout Findings
    ) {
        switch frame.header.kind {
        case .publicKey, .proof:
            guard let bits = facts.job?.keyBits, let message = conventions.key(frame.header, payload) else { return }
            keys.take(
                message, of: frame.isOutgoing ? facts.header.party : frame.peer, peer: frame.peer,
                .init(bits: bits) { conventions.proofContext(facts.header.jobHash, $0) }, &findings)
        case .ciphertext:
            guard facts.job?.keyBits != nil, let owner = frame.header.keyOwner, facts.parties.contains(owner),
                let key = keys.reader(for: owner, peer: frame.peer, &findings),
                let randomness = CiphertextVerifier.randomness(in: payload, of: frame, under: key, &findings)
            else { return }
            repetitions.take(
                payload, randomness, size: key.ciphertextBytes, peer: frame.peer, frame: findings.frame ?? 0)
        case .maskedShare:
            uniformity.take(frame, payload, findings)
        case .blindedPoint, .tag, .shape, .control, .signature, .plain, .membership, .rowList, .statistic:
            break
        }
    }

    /// The file ends: what only all frames together show. What took memory goes.
    mutating func finish(_ path: String, _ findings: inout Findings) {
        repetitions.finish(path, &findings)
        uniformity.finish(&findings)
        moduli = keys.moduli
        keys = KeyVerifier()
    }
}
