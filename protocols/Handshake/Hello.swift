public import Cryptography
public import Specification
internal import Transcript

/// What a party says of itself and of the job before anything private moves: the payload of H1. All of it is public to the parties.
public struct Hello: Hashable, Sendable {
    /// A protocol that a job uses, as one party has it.
    public struct SpokenProtocol: Hashable, Sendable {
        public let name: String
        public let version: Int
        /// SHA-256 of the specification's canonical meaning.
        public let hash: [UInt8]

        public init(_ specification: ProtocolSpecification) {
            name = specification.name
            version = specification.version
            hash = specification.hash
        }

        fileprivate init(from reader: inout CanonicalReader) throws(SpecificationError) {
            name = try reader.text()
            guard Hello.isShortAndPrintable(name) else { throw .malformed("a protocol's name") }
            version = try reader.count()
            hash = try reader.raw(SHA256.byteCount)
        }
    }

    /// The longest ``software`` and the longest name of a protocol, in bytes.
    static let textLimit = 64
    static let nonceByteCount = 32

    /// Name and version of the program: for people, compared with nothing.
    public let software: String
    /// SHA-256 of the canonical effective job.
    public let jobHash: [UInt8]
    /// Counts connections of the same job: 0 at first, one more after each resume.
    public let attempt: Int
    /// Every protocol of the job, by name.
    public let protocols: [SpokenProtocol]
    /// The Ed25519 key that signs the sender's transcript.
    public let transcriptKey: VerificationKey
    /// The signature of the sender's certificate key over `TranscriptHeader.endorsedBytes`.
    public let endorsement: [UInt8]
    /// Fresh random bytes: no two hellos are equal.
    public let nonce: [UInt8]

    /// - Parameters:
    ///   - software: 1 to 64 printable ASCII characters.
    ///   - jobHash: 32 bytes.
    ///   - specifications: Of every protocol that the job uses, each once.
    ///   - endorsement: 64 bytes.
    ///   - nonce: 32 bytes of the operating system's randomness, never used before.
    public init(
        software: String, jobHash: [UInt8], attempt: Int, specifications: [ProtocolSpecification],
        transcriptKey: VerificationKey, endorsement: [UInt8], nonce: [UInt8]
    ) {
        precondition(Self.isShortAndPrintable(software), "a software version is 1 to 64 printable characters")
        precondition(
            jobHash.count == SHA256.byteCount && endorsement.count == SigningKey.signatureByteCount
                && nonce.count == Self.nonceByteCount, "hashes, signatures and nonces have one length")
        self.software = software
        self.jobHash = jobHash
        self.attempt = attempt
        protocols = specifications.map(SpokenProtocol.init).sorted { $0.name < $1.name }
        self.transcriptKey = transcriptKey
        self.endorsement = endorsement
        self.nonce = nonce
    }

    /// Whether the key of `party`'s certificate made the endorsement: then ``transcriptKey`` is that party's in this job.
    public func isEndorsed(by certificateKey: VerificationKey, of party: Party) -> Bool {
        let endorsed = TranscriptHeader.endorsedBytes(
            party: party, jobHash: jobHash, transcriptKey: transcriptKey.bytes)
        return certificateKey.verify(endorsement, of: endorsed)
    }

    private static func isShortAndPrintable(_ text: String) -> Bool {
        (1...textLimit).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}

extension Hello {
    /// The canonical encoding: the payload of H1.
    public var encoded: [UInt8] {
        var writer = CanonicalWriter()
        writer.integer(UInt16(HandshakeProtocol.specification.version))
        writer.text(software)
        writer.raw(jobHash)
        writer.count(attempt)
        writer.list(protocols) {
            $0.text($1.name)
            $0.count($1.version)
            $0.raw($1.hash)
        }
        writer.raw(transcriptKey.bytes)
        writer.raw(endorsement)
        writer.raw(nonce)
        return writer.bytes
    }

    /// Reads a payload of H1: what a partner sent, or what a transcript kept of it.
    /// - Throws: ``SpecificationError/malformed(_:)`` for everything but the one encoding of a hello of this version.
    public init(decoding bytes: [UInt8]) throws(SpecificationError) {
        let version = try Self.version(of: bytes)
        guard version == HandshakeProtocol.specification.version else {
            throw .malformed("a hello of version \(version)")
        }
        var reader = CanonicalReader(bytes.dropFirst(2))
        software = try reader.text()
        guard Self.isShortAndPrintable(software) else { throw .malformed("a software version") }
        jobHash = try reader.raw(SHA256.byteCount)
        attempt = try reader.count()
        protocols = try reader.list { (reader) throws(SpecificationError) in try SpokenProtocol(from: &reader) }
        // Sorted and without repeats, or one hello would have two encodings.
        guard zip(protocols, protocols.dropFirst()).allSatisfy({ $0.name < $1.name }) else {
            throw .malformed("protocols out of order")
        }
        let key = try reader.raw(VerificationKey.byteCount)
        do { transcriptKey = try VerificationKey(bytes: key) } catch { throw .malformed("a transcript key") }
        endorsement = try reader.raw(SigningKey.signatureByteCount)
        nonce = try reader.raw(Self.nonceByteCount)
        try reader.end()
    }

    /// The version of the handshake that a hello was made for: what every version of it starts with.
    static func version(of bytes: [UInt8]) throws(SpecificationError) -> Int {
        var reader = CanonicalReader(bytes)
        return Int(try reader.integer(UInt16.self))
    }
}
