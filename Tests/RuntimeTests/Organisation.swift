import Cryptography
import Glibc
import Handshake
import Link
import Runtime
import Seal
import Specification
import Transcript
import Unprotected

/// One party of a job as its program will be: keys, a transcript in a folder of its own, and the sessions of the job in order.
struct Organisation: Sendable {
    let party: Party
    let identity = SigningKey.generate()
    let transcriptKey = SigningKey.generate()
    let ciphertexts = CiphertextRegistry()
    let jobHash: [UInt8]
    let folder: String

    var path: String { "\(folder)/\(party).transcript" }

    func transcript() throws -> TranscriptWriter {
        try TranscriptWriter(
            path: path,
            header: TranscriptHeader(
                software: "colonnade test", party: party, started: 0, jobHash: jobHash, job: "{}", attempt: 0,
                transcriptKey: transcriptKey.verificationKey.bytes, endorsement: endorsement, certificates: [:],
                specifications: [], statements: [:], keepsPayloads: false),
            key: transcriptKey)
    }

    /// Greets the others; what comes back are their transcript keys.
    func greet(
        _ others: [Organisation], over group: LinkGroup, _ writer: TranscriptWriter
    ) throws -> [Party: VerificationKey] {
        let partners = try others.map { other in
            let key = try group[other.party].exportKey(
                label: HandshakeProtocol.exporterLabel, count: HandshakeProtocol.exportedKeyByteCount)
            return (
                other.party,
                HandshakeParty.Partner(
                    certificateKey: other.identity.verificationKey, exportedKey: SecretBytes(copying: key))
            )
        }
        let hello = Hello(
            software: "colonnade test", jobHash: jobHash, attempt: 0,
            specifications: [HandshakeProtocol.specification, SealProtocol.specification],
            transcriptKey: transcriptKey.verificationKey, endorsement: endorsement,
            nonce: (0..<32).map { _ in UInt8.random(in: 0...255) })
        var role = HandshakeParty(
            me: party, certificateKey: identity.verificationKey, hello: hello,
            partners: Dictionary(uniqueKeysWithValues: partners))
        let session = try Session(
            HandshakeProtocol.specification, plan: HandshakeProtocol.plan([party] + others.map(\.party)), group: group,
            recorder: writer, ciphertexts: ciphertexts)
        let keys = try session.run(&role) { $0.start() }
        try session.finish()
        return keys[0]
    }

    /// Ends the job: heads signed and counter-signed, the transcript closed.
    func seal(
        _ keys: [Party: VerificationKey], _ parties: [Party], over group: LinkGroup, _ writer: TranscriptWriter
    ) throws -> [Party: ChainHead] {
        let (head, signature) = writer.signedHead()
        var role = SealParty(
            me: party, jobHash: jobHash, own: SignedHead(head: head, signature: signature), transcriptKeys: keys,
            counterSign: writer.counterSign)
        let session = try Session(
            SealProtocol.specification, plan: SealProtocol.plan(parties), group: group, recorder: writer,
            ciphertexts: ciphertexts)
        var heads = try session.run(&role) { $0.start() }[0]
        try session.finish()
        try writer.recordEnd()
        heads[party] = head
        return heads
    }

    private var endorsement: [UInt8] {
        identity.sign(
            TranscriptHeader.endorsedBytes(
                party: party, jobHash: jobHash, transcriptKey: transcriptKey.verificationKey.bytes))
    }
}
