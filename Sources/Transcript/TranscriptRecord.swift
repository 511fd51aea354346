internal import Cryptography
public import Specification

/// One entry of a transcript.
public enum TranscriptRecord: Hashable, Sendable {
    /// The first record, and only that.
    case header(TranscriptHeader)
    /// A protocol begins: its plan, as all parties of it agreed.
    case session(SessionPlan)
    case frame(FrameRecord)
    /// The chain's head before this record, signed with the transcript key: 64 bytes (Ed25519, RFC 8032).
    case signature([UInt8])
    /// The job ended before its plan did.
    case abort(AbortRecord)
    /// The job ended as planned. Nothing follows but this record's signature.
    case end

    /// A frame as it crossed a link.
    public struct FrameRecord: Hashable, Sendable {
        /// Whether the writer sent it, or took it.
        public var isOutgoing: Bool
        /// Who is at the other end.
        public var peer: Party
        /// Everything public about it.
        public var header: FrameHeader
        /// Bytes of the payload.
        public var length: Int
        /// SHA-256 of the payload.
        public var digest: [UInt8]
        /// The payload, where it was kept.
        public var payload: [UInt8]?

        /// A frame's record with its fields as they are.
        public init(
            isOutgoing: Bool, peer: Party, header: FrameHeader, length: Int, digest: [UInt8], payload: [UInt8]?
        ) {
            self.isOutgoing = isOutgoing
            self.peer = peer
            self.header = header
            self.length = length
            self.digest = digest
            self.payload = payload
        }
    }

    /// Why a job ended early: names and a closed reason, as in the abort that crossed the links.
    public struct AbortRecord: Hashable, Sendable {
        /// Where the cause lies.
        public var party: Party
        /// Where in the job.
        public var step: String
        /// The name of a reason of the closed list (`AbortReason`).
        public var reason: String

        /// An abort's record with its fields as they are.
        public init(party: Party, step: String, reason: String) {
            self.party = party
            self.step = step
            self.reason = reason
        }
    }
}

/// The chain's running hash: 32 bytes that stand for every record so far, in order.
///
/// Starts as SHA-256 of a label; each record makes it SHA-256(head before | record's bytes). Source: Haber and Stornetta, How to
/// time-stamp a digital document, J. Cryptology 3 (1991).
public struct ChainHead: Hashable, Sendable {
    /// SHA-256 over all records: 32 bytes.
    public private(set) var bytes: [UInt8]
    /// How many records it covers.
    public private(set) var records: Int

    /// The head of a transcript without records.
    public init() {
        bytes = SHA256.hash(Array("colonnade/transcript/v1".utf8))
        records = 0
    }

    /// From so many bytes on, a record is not copied where that costs a step more: payloads are most of a full transcript.
    static let longRecord = 1 << 14

    /// Takes in the next record, as its bytes stand in the file.
    package mutating func append(_ record: [UInt8]) {
        if record.count < Self.longRecord {
            bytes = SHA256.hash(bytes + record)
        } else {
            var hash = SHA256()
            hash.update(bytes)
            hash.update(record)
            bytes = hash.digest()
        }
        records += 1
    }

    /// What a signature over this head signs.
    ///
    /// - Parameters:
    ///   - purpose: `head` by its owner, `counter-signature` by a partner: keeps signatures of different meaning apart.
    ///   - party: Whose transcript it is the head of.
    public func signedBytes(purpose: String, party: Party, jobHash: [UInt8]) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/transcript/\(purpose)/v1")
        writer.party(party)
        writer.blob(jobHash)
        writer.count(records)
        writer.blob(bytes)
        return writer.bytes
    }

    /// A head as another party stated it.
    public init(bytes: [UInt8], records: Int) {
        self.bytes = bytes
        self.records = records
    }
}
