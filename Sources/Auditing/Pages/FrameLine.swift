internal import Cryptography
internal import Pages
public import Specification
internal import Transcript

/// One frame as a transcript describes it.
public struct FrameLine: Sendable, Encodable {
    /// Counted in the file from 0, the header's.
    public var record: Int
    /// Counted in the file from 0.
    public var frame: Int
    public var from: Party
    public var to: Party
    public var protocolName: String
    public var phase: String
    public var round: Int
    public var step: String
    public var kind: String
    public var keyOwner: Party?
    public var subject: Party?
    public var weightVersion: Int?
    public var shape: [Int]
    public var scale: Int
    public var slotBits: Int
    public var slots: Int
    public var bytes: Int
    /// SHA-256 of the payload, in hex.
    public var digest: String

    init(_ record: TranscriptRecord.FrameRecord, of party: Party, record index: Int, frame: Int) {
        self.record = index
        self.frame = frame
        (from, to) = record.isOutgoing ? (party, record.peer) : (record.peer, party)
        protocolName = record.header.protocolName
        phase = record.header.phase
        round = record.header.round
        step = record.header.step
        kind = record.header.kind.name
        keyOwner = record.header.keyOwner
        subject = record.header.subject
        weightVersion = record.header.weightVersion
        shape = record.header.shape
        scale = record.header.scale
        slotBits = record.header.slotBits
        slots = record.header.slots
        bytes = record.length
        digest = record.digest.hexadecimal
    }

    /// The frame in one line.
    public var text: String {
        var parts = [
            "\(frame)", "\(from) -> \(to)", "\(protocolName) \(phase) round \(round)", step,
            kind == Kind.plain.name ? "PLAIN (UNPROTECTED)" : kind,
        ]
        if let keyOwner { parts.append("key of \(keyOwner)") }
        if let subject { parts.append("about \(subject)") }
        if let weightVersion { parts.append("weights after \(weightVersion) updates") }
        parts += [shapeText(shape), "\(bytes.grouped) bytes", digest]
        return parts.map(printable).joined(separator: "  ")
    }
}

/// `256 x 14`.
func shapeText(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }
