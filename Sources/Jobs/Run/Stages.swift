internal import Columns
internal import Coordination
internal import Cryptography
internal import Glibc
internal import Handshake
internal import Link
internal import Runtime
internal import Seal
internal import Specification
internal import Transcript

/// What every job does before and after its training, in order.
extension PartyRun {
    // MARK: - Transcript

    func openTranscript() throws -> TranscriptWriter {
        let folder = file.state + "/transcripts"
        try StateFile.makeFolder(folder)
        let name = "\(job.name)-\(assignment.hash.hexadecimal.prefix(12))-\(assignment.attempt)-\(me)"
        let key = try transcriptKey
        let certificates = job.parties.map { ($0, credentials.certificate(of: $0, in: assignment.effective)?.der) }
        let header = TranscriptHeader(
            software: Software.version, party: me, started: repetition?.started ?? Int64(time(nil)),
            jobHash: assignment.hash, job: String(decoding: assignment.encoded, as: UTF8.self),
            attempt: assignment.attempt,
            transcriptKey: key.verificationKey.bytes, endorsement: try endorsement,
            certificates: Dictionary(uniqueKeysWithValues: certificates).compactMapValues(\.self),
            specifications: Software.specificationTexts(of: assignment.effective),
            statements: Leakage.statements(of: job).merging(file.privateView.statements) { first, _ in first }
                .merging(assignment.ruling?.statements ?? [:]) { first, _ in first },
            keepsPayloads: file.keepsPayloads)
        return try TranscriptWriter(path: "\(folder)/\(name).transcript", header: header, key: key)
    }

    private var transcriptKey: SigningKey {
        get throws(RunError) {
            guard let key = credentials.transcriptKey else {
                throw RunError(.storageFailed, "there is no transcript key")
            }
            return key
        }
    }

    /// The certificate's key vouches for the transcript key in this job.
    private var endorsement: [UInt8] {
        get throws(RunError) {
            credentials.identity.sign(
                TranscriptHeader.endorsedBytes(
                    party: me, jobHash: assignment.hash, transcriptKey: try transcriptKey.verificationKey.bytes))
        }
    }

    // MARK: - Protocols

    /// Compares the job with every partner, over the very connection.
    /// - Returns: Their transcript keys.
    func handshake(_ random: any RandomSource) throws -> [Party: VerificationKey] {
        notify(.init(stage: .connect))
        var partners: [Party: HandshakeParty.Partner] = [:]
        for peer in links.peers {
            guard let certificate = credentials.certificate(of: peer, in: assignment.effective) else {
                throw RunError(.policyRefused, "no certificate pinned for \(peer)")
            }
            let exported = try exported(
                by: peer, HandshakeProtocol.exporterLabel, count: HandshakeProtocol.exportedKeyByteCount)
            partners[peer] = .init(
                certificateKey: certificate.verificationKey, exportedKey: SecretBytes(copying: exported))
        }
        let hello = Hello(
            software: Software.version, jobHash: assignment.hash, attempt: assignment.attempt,
            specifications: Software.specifications(of: assignment.effective),
            transcriptKey: try transcriptKey.verificationKey, endorsement: try endorsement,
            nonce: try random.stream("handshake/nonce").bytes(32))
        let role = HandshakeParty(
            me: me, certificateKey: credentials.identity.certificate.verificationKey, hello: hello, partners: partners)
        let keys = try play(HandshakeProtocol.specification, HandshakeProtocol.plan(job.parties), role) { $0.start() }
        guard let keys = keys.first else { throw RunError(.internalError, "the handshake gave no keys") }
        return keys
    }

    /// How much every party brings.
    func exchangeColumns(_ own: Contribution) throws -> [Party: Contribution] {
        let role = ColumnsParty(me: me, parties: job.parties, own: own)
        let outputs = try play(ColumnsProtocol.specification, ColumnsProtocol.plan(job.parties), role) {
            try $0.start()
        }
        guard let columns = outputs.first else { throw RunError(.internalError, "no columns were announced") }
        return columns
    }

    /// Exchanges and counter-signs the transcripts' heads.
    func seal(_ transcript: TranscriptWriter, _ transcriptKeys: [Party: VerificationKey]) throws {
        notify(.init(stage: .seal, bytes: bytesSent))
        let own = transcript.signedHead()
        let role = SealParty(
            me: me, jobHash: assignment.hash, own: SignedHead(head: own.head, signature: own.signature),
            transcriptKeys: transcriptKeys, counterSign: { transcript.counterSign($0, of: $1) })
        _ = try play(SealProtocol.specification, SealProtocol.plan(job.parties), role) { $0.start() }
    }
}
