internal import Cryptography
internal import Specification
internal import Transcript

/// One of the sequences that two parties' transcripts must have in common.
enum LinkStream: Hashable {
    /// The plans of the sessions that both take part in.
    case plans
    /// The frames from one to the other.
    case frames(from: Party, to: Party)
}

/// What a record adds to a stream.
struct LinkEvent {
    let stream: LinkStream
    let bytes: [UInt8]
    private let record: TranscriptRecord

    /// The event of `record` in the transcript of `me`, where it concerns `peer`.
    init?(_ record: TranscriptRecord, of me: Party, with peer: Party) {
        switch record {
        case .session(let plan) where plan.role(of: peer) != nil:
            stream = .plans
            bytes = SHA256.hash(plan.encoded)
        case .frame(let frame) where frame.peer == peer:
            stream = frame.isOutgoing ? .frames(from: me, to: peer) : .frames(from: peer, to: me)
            bytes = frame.publicBytes
        case .header, .session, .frame, .signature, .abort, .end:
            return nil
        }
        self.record = record
    }

    /// What it is, and its fields by name: for findings.
    var description: (title: String, fields: [(name: String, value: String)]) {
        switch record {
        case .frame(let frame): ("\(frame.header.protocolName) \(frame.place)", frame.fields)
        case .session(let plan):
            ("a session of \(plan.protocolName) \(plan.version)", [("plan with SHA-256", bytes.hexadecimal)])
        case .header, .signature, .abort, .end: ("", [])
        }
    }

    /// This event, with the fields in which it differs from another one.
    func text(against other: LinkEvent) -> String {
        let (title, fields) = description
        let theirs = other.description
        let different = fields.filter { field in
            !theirs.fields.contains { $0.name == field.name && $0.value == field.value }
        }
        return title
            + (title == theirs.title ? ": " + different.map { "\($0.name) \($0.value)" }.joined(separator: ", ") : "")
    }
}

/// The hash of a stream so far: 32 bytes that stand for all of it, so that agreement costs no memory.
struct LinkDigest: Hashable {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    mutating func append(_ event: [UInt8]) {
        bytes = SHA256.hash(bytes + event)
        count += 1
    }
}

/// The events of one stream in a transcript, one after the other: for two files side by side.
struct LinkCursor {
    struct Place {
        let event: LinkEvent
        let record: Int
        let frame: Int?
    }

    private let reader: TranscriptReader
    private let owner: Party
    private let peer: Party
    private let stream: LinkStream
    private var frames = 0

    init(path: String, owner: Party, peer: Party, stream: LinkStream) throws(TranscriptError) {
        reader = try TranscriptReader(path: path)
        self.owner = owner
        self.peer = peer
        self.stream = stream
    }

    mutating func next() -> Place? {
        while case .record(let record) = reader.next() {
            var frame: Int?
            if case .frame = record {
                frame = frames
                frames += 1
            }
            if let event = LinkEvent(record, of: owner, with: peer), event.stream == stream {
                return Place(event: event, record: reader.headBefore.records, frame: frame)
            }
        }
        return nil
    }
}

extension TranscriptRecord.FrameRecord {
    /// All that both ends must say alike of a frame.
    var publicBytes: [UInt8] {
        var writer = CanonicalWriter()
        header.write(to: &writer)
        writer.count(length)
        writer.blob(digest)
        return writer.bytes
    }

    /// Everything that ``publicBytes`` holds beyond protocol and place, for people.
    var fields: [(name: String, value: String)] {
        [
            ("kind", header.kind.name), ("key owner", header.keyOwner?.name ?? "none"),
            ("subject", header.subject?.name ?? "none"),
            ("weight version", header.weightVersion.map(String.init) ?? "none"), ("shape", shapeText(header.shape)),
            ("scale", "\(header.scale)"), ("slot bits", "\(header.slotBits)"), ("slots", "\(header.slots)"),
            ("bytes", "\(length)"), ("SHA-256", digest.hexadecimal),
        ]
    }
}
