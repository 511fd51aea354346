public import Specification

/// What a transcript says of itself before its first frame: who wrote it, about which job, under which specifications.
/// Embeds certificates and specifications, so that it can be verified offline and after certificates expired. Holds no data: what
/// leaks to whom it is shown is the job, names, sizes and times.
public struct TranscriptHeader: Hashable, Sendable {
    /// Version of the file format.
    public static let formatVersion: UInt16 = 1

    /// Name and version of the program that wrote it: for people, compared with nothing.
    public var software: String
    /// Who wrote it.
    public var party: Party
    /// Seconds since 1970, by the writer's clock.
    public var started: Int64
    /// What identifies the job: 32 bytes, a hash of the canonical effective job.
    public var jobHash: [UInt8]
    /// The effective job itself, as JSON.
    public var job: String
    /// Counts connections of the same job: 0 at first, one more after each resume.
    public var attempt: Int
    /// The writer's Ed25519 key for transcripts: 32 bytes.
    public var transcriptKey: [UInt8]
    /// The signature of the writer's certificate key over ``endorsedBytes(party:jobHash:transcriptKey:)``: 64 bytes (RFC 8032).
    public var endorsement: [UInt8]
    /// Certificates (DER) of the writer and of every partner.
    public var certificates: [Party: [UInt8]]
    /// The text of each `protocol.yaml` that this job runs.
    public var specifications: [String]
    /// Key sizes, scales and the like, and what the job may leak, as named texts.
    public var statements: [String: String]
    /// Whether payloads are kept.
    public var keepsPayloads: Bool

    /// A header with its fields as they are: whoever verifies a transcript checks how they belong together.
    public init(
        software: String, party: Party, started: Int64, jobHash: [UInt8], job: String, attempt: Int,
        transcriptKey: [UInt8], endorsement: [UInt8], certificates: [Party: [UInt8]], specifications: [String],
        statements: [String: String], keepsPayloads: Bool
    ) {
        self.software = software
        self.party = party
        self.started = started
        self.jobHash = jobHash
        self.job = job
        self.attempt = attempt
        self.transcriptKey = transcriptKey
        self.endorsement = endorsement
        self.certificates = certificates
        self.specifications = specifications
        self.statements = statements
        self.keepsPayloads = keepsPayloads
    }

    /// Whether payloads of this kind are kept: where the header says so, and always those that an auditor cannot do
    /// without: announced sizes, agreements and signatures.
    public func keepsPayload(of kind: Kind) -> Bool {
        switch kind {
        case .shape, .control, .signature: true
        case .ciphertext, .maskedShare, .publicKey, .proof, .blindedPoint, .tag, .plain, .membership, .rowList,
            .statistic:
            keepsPayloads
        }
    }

    /// What the certificate's key signs to say that `transcriptKey` is this party's in this job.
    public static func endorsedBytes(party: Party, jobHash: [UInt8], transcriptKey: [UInt8]) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/transcript-key/v1")
        writer.party(party)
        writer.blob(jobHash)
        writer.blob(transcriptKey)
        return writer.bytes
    }
}

extension TranscriptHeader {
    func write(to writer: inout CanonicalWriter) {
        writer.integer(Self.formatVersion)
        writer.text(software)
        writer.party(party)
        writer.signed(started)
        writer.blob(jobHash)
        writer.blob(Array(job.utf8))
        writer.count(attempt)
        writer.blob(transcriptKey)
        writer.blob(endorsement)
        writer.list(certificates.sorted { $0.key < $1.key }) {
            $0.party($1.key)
            $0.blob($1.value)
        }
        writer.list(specifications) { $0.blob(Array($1.utf8)) }
        writer.list(statements.sorted { $0.key < $1.key }) {
            $0.text($1.key)
            $0.text($1.value)
        }
        writer.integer(UInt8(keepsPayloads ? 1 : 0))
    }

    init(from reader: inout CanonicalReader) throws(SpecificationError) {
        let version: UInt16 = try reader.integer()
        guard version == Self.formatVersion else {
            throw .malformed("transcript format \(version); this program reads \(Self.formatVersion)")
        }
        software = try reader.text()
        party = try reader.party()
        started = try reader.signed()
        jobHash = try reader.blob(limit: 32)
        job = try reader.longText()
        attempt = try reader.count()
        transcriptKey = try reader.blob(limit: 32)
        endorsement = try reader.blob(limit: 64)
        let pairs = try reader.list { (reader) throws(SpecificationError) in
            (try reader.party(), try reader.blob(limit: 1 << 16))
        }
        certificates = try Dictionary(sorted: pairs)
        specifications = try reader.list { (reader) throws(SpecificationError) in try reader.longText() }
        let named = try reader.list { (reader) throws(SpecificationError) in (try reader.text(), try reader.text()) }
        statements = try Dictionary(sorted: named)
        switch try reader.integer(UInt8.self) {
        case 0: keepsPayloads = false
        case 1: keepsPayloads = true
        case let other: throw .malformed("flag \(other)")
        }
    }
}

extension CanonicalReader {
    /// A text longer than 64 KiB.
    fileprivate mutating func longText() throws(SpecificationError) -> String {
        guard let text = String(validating: try blob(limit: 1 << 24), as: UTF8.self) else {
            throw .malformed("text that is not UTF-8")
        }
        return text
    }
}

extension Dictionary where Key: Comparable {
    /// Sorted and without repeats, or one header would have two encodings.
    fileprivate init(sorted pairs: [(Key, Value)]) throws(SpecificationError) {
        self.init()
        var previous: Key?
        for (key, value) in pairs {
            if let previous, previous >= key { throw .malformed("names out of order") }
            previous = key
            self[key] = value
        }
    }
}
