internal import Cryptography
public import Specification

/// One entry of a transcript.
public enum TranscriptRecord: Hashable, Sendable {
    case header(TranscriptHeader)
    /// A protocol begins: its plan, as all parties of it agreed.
    case session(SessionPlan)
    case frame(FrameRecord)
    /// The chain's head so far, signed with the transcript key.
    case signature([UInt8])
    /// The job ended before its plan did.
    case abort(AbortRecord)
    /// The job ended as planned. Nothing follows but this record's signature.
    case end

    /// A frame as it crossed a link.
    public struct FrameRecord: Hashable, Sendable {
        public var isOutgoing: Bool
        public var peer: Party
        public var header: FrameHeader
        public var length: Int
        /// SHA-256 of the payload.
        public var digest: [UInt8]
        /// The payload, where it was kept.
        public var payload: [UInt8]?

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
        public var party: Party
        public var step: String
        public var reason: String

        public init(party: Party, step: String, reason: String) {
            self.party = party
            self.step = step
            self.reason = reason
        }
    }
}

/// The chain's running hash: 32 bytes that stand for every record so far.
public struct ChainHead: Hashable, Sendable {
    public private(set) var bytes: [UInt8]
    /// How many records it covers.
    public private(set) var records: Int

    public init() {
        bytes = SHA256.hash(Array("colonnade/transcript/v1".utf8))
        records = 0
    }

    /// Takes in the next record, as its bytes stand in the file.
    package mutating func append(_ record: [UInt8]) {
        bytes = SHA256.hash(bytes + record)
        records += 1
    }

    /// What a signature over this head signs. `purpose` keeps signatures of different meaning apart.
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
