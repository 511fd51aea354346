import Auditing
import Cryptography
import Documents
import Handshake
import Jobs
import Seal
import Specification
import Testing
import Transcript

private let yaml = """
    name: flights-late
    parties:
      airline: {role: label}
      weather: {role: feature}
    align: {key: flight_id, protocol: ecdh}
    label: late
    model: {kind: logistic}
    train: {epochs: 2, batch: 64, optimizer: {kind: sgd, rate: 0.05}}
    """

/// What the auditor is told of jobs and frames is what parties write.
@Suite struct ConventionsTests {
    private let conventions = Software.conventions

    private func header(_ specification: ProtocolSpecification, _ step: String) -> FrameHeader {
        FrameHeader(
            protocolName: specification.name, phase: "any", round: 0, step: step, kind: .control, shape: [1])
    }

    @Test(arguments: ["blind", "none"])
    func aJob(protection: String) throws {
        let job = try Job(Document(yaml: yaml, file: "job.yaml", overrides: ["protection=\(protection)"]))
        let fingerprint = SHA256.hash([1, 2, 3]).hexadecimal
        let effective = EffectiveJob(
            job: job, certificates: [job.labelParty: fingerprint],
            protocols: Software.spoken.map(EffectiveJob.ProtocolVersion.init))
        let encoded = try effective.encoded
        let statement = try #require(conventions.job(String(decoding: encoded, as: UTF8.self)))
        #expect(statement.hash == EffectiveJob.hash(of: encoded))
        #expect(statement.certificates == [job.labelParty: fingerprint])
        #expect(statement.isUnprotected == (protection == "none"))
        for specification in conventions.specifications {
            let name = SpecificationName(specification.name, specification.version)
            #expect(statement.specifications[name] == specification.hash.hexadecimal)
        }
        #expect(conventions.job("{}") == nil)
    }

    @Test func anAnnouncedKey() throws {
        let key = SigningKey.generate()
        let endorsement = key.sign([1])
        let hello = Hello(
            software: Software.version, jobHash: SHA256.hash([]), attempt: 0, specifications: [],
            transcriptKey: key.verificationKey, endorsement: endorsement, nonce: SystemRandom.bytes(32))
        let handshake = HandshakeProtocol.specification
        #expect(
            conventions.announcement(header(handshake, "H1"), hello.encoded)
                == KeyAnnouncement(transcriptKey: key.verificationKey.bytes, endorsement: endorsement))
        #expect(conventions.announcement(header(handshake, "H1"), Array(hello.encoded.dropLast())) == nil)
        #expect(conventions.announcement(header(handshake, "H2"), hello.encoded) == nil)
        #expect(conventions.announcement(header(SealProtocol.specification, "H1"), hello.encoded) == nil)
    }

    @Test func aSeal() {
        let head = ChainHead(bytes: SHA256.hash([7]), records: 12)
        let signature = SigningKey.generate().sign([7])
        let stated = SignedHead(head: head, signature: signature).encoded
        let seal = SealProtocol.specification
        #expect(conventions.seal(header(seal, "S1"), stated) == .head(head, signature: signature))
        #expect(conventions.seal(header(seal, "S2"), signature) == .counterSignature(signature))
        #expect(conventions.seal(header(seal, "S1"), signature) == nil)
        #expect(conventions.seal(header(HandshakeProtocol.specification, "S1"), stated) == nil)
    }
}
