internal import Cryptography
public import Specification
internal import Transcript

/// What a transcript says was sent: by whom to whom, of which kind, under whose key, how much.
///
/// Its chain is checked on the way; everything else is what `verify` is for.
public struct TranscriptSummary: Sendable, Encodable {
    public var file: String
    public var party: Party
    public var software: String
    /// Seconds since 1970, by the writer's clock.
    public var started: Int64
    /// What people call the job; `nil` where it has no name that this program can read.
    public var jobName: String?
    /// In hex.
    public var jobHash: String
    public var attempt: Int
    /// SHA-256 of each party's certificate (DER) in hex, the writer's among them.
    public var certificates: [Party: String]
    /// Payloads of all kinds are kept in the file.
    public var keepsPayloads: Bool
    /// Key sizes, scales, what the job may leak: as the writer stated them. Those named `leakage-1`, `leakage-2` and so on are
    /// sentences about the last.
    public var statements: [String: String]
    /// Protocols of this job that send plain numbers.
    public var unprotected: [String]
    /// In the order of their first sessions.
    public var protocols: [ProtocolTotal]
    public var links: [LinkTotal]
    public var kinds: [KindTotal]
    /// By link, kind and key owner.
    public var flows: [FlowTotal]
    public var frames: Int
    public var bytes: Int
    /// Frames that stand in no total but these two, because there are too many different messages.
    public var omittedFrames: Int
    /// Records that the chain holds for.
    public var records: Int
    /// The chain after them, in hex.
    public var chainHead: String
    /// How the file ends.
    public var ending: String
    /// The chain holds up to the end of the file.
    public var isIntact: Bool

    /// What one protocol sent.
    public struct ProtocolTotal: Sendable, Encodable {
        public var name: String
        public var version: Int
        /// SHA-256 of the specification's canonical meaning, in hex; `nil` where the transcript embeds none.
        public var hash: String?
        /// This program carries the same specification, and its words are this program's; else they are the transcript's.
        public var isKnown: Bool
        public var summary: String
        /// What each role learns, in plain words.
        public var learns: [String: String]
        /// Roles by party.
        public var members: [Party: String]
        public var sessions: Int
        public var phases: [PhaseTotal]
    }

    /// What one phase sent, over all its rounds.
    public struct PhaseTotal: Sendable, Encodable {
        public var name: String
        public var rounds: Int
        public var frames: Int
        public var bytes: Int
        public var messages: [MessageTotal]
        /// Bytes, round by round, with each partner, in the order in which they first sent or took something.
        public var series: [PartnerSeries]
    }

    /// What crossed the link to one partner, round by round.
    public struct PartnerSeries: Sendable, Encodable {
        public var partner: Party
        public var rounds: RoundSeries
    }

    /// All frames of one step on one link.
    public struct MessageTotal: Sendable, Encodable {
        public var step: String
        public var from: Party
        public var to: Party
        public var kind: String
        public var keyOwner: Party?
        /// The largest in each dimension.
        public var shape: [Int]
        /// Not every frame had that shape.
        public var shapeVaries: Bool
        public var frames: Int
        public var bytes: Int
        /// Of the shortest frame.
        public var leastBytes: Int
        /// Of the longest frame.
        public var mostBytes: Int
        /// Whether frames have one length.
        public var sizes: SizeRule
        /// The payload in mathematical terms; `nil` where there is no specification of it.
        public var carries: String?
        /// What it may give away beyond its public fields; `nil` where there is no specification of it.
        public var leaks: String?
    }

    public struct LinkTotal: Sendable, Encodable {
        public var from: Party
        public var to: Party
        public var frames: Int
        public var bytes: Int
    }

    public struct KindTotal: Sendable, Encodable {
        public var kind: String
        public var frames: Int
        public var bytes: Int
    }

    public struct FlowTotal: Sendable, Encodable {
        public var from: Party
        public var to: Party
        public var kind: String
        public var keyOwner: Party?
        public var frames: Int
        public var bytes: Int
    }

    /// Reads a transcript.
    /// - Parameters:
    ///   - conventions: Whose words explain messages where the transcript embeds the same specifications; and how a job is read.
    ///   - eachFrame: Takes every frame in the file's order, for a listing.
    public init(
        path: String, against conventions: Conventions, eachFrame: (FrameLine) throws -> Void = { _ in }
    ) throws {
        let reader = try TranscriptReader.open(path)
        let header: TranscriptHeader
        switch reader.next() {
        case .record(.header(let first)): header = first
        case .record: throw AuditingError.notATranscript(path: path, problem: "it does not begin with a header")
        case .broken(let problem): throw AuditingError.notATranscript(path: path, problem: problem)
        case .end, .truncated: throw AuditingError.notATranscript(path: path, problem: "it ends before its header does")
        }
        var tally = Tally(header, conventions)
        var entry = reader.next()
        while case .record(let record) = entry {
            if let line = tally.take(record, at: reader.headBefore.records) { try eachFrame(line) }
            entry = reader.next()
        }
        switch entry {
        case .record, .end:
            ending = tally.ending ?? "a prefix: the file ends after record \(reader.headBefore.records)"
            isIntact = true
        case .truncated:
            ending = "a prefix: the file ends inside record \(reader.head.records)"
            isIntact = true
        case .broken(let problem):
            ending = "BROKEN: \(problem)"
            isIntact = false
        }
        file = path
        party = header.party
        software = header.software
        started = header.started
        jobName = conventions.job(header.job)?.name
        jobHash = header.jobHash.hexadecimal
        attempt = header.attempt
        certificates = header.certificates.mapValues { SHA256.hash($0).hexadecimal }
        keepsPayloads = header.keepsPayloads
        statements = header.statements
        unprotected = tally.unprotected.sorted()
        protocols = tally.finished()
        links = tally.links
        kinds = tally.kinds
        flows = tally.flows
        frames = tally.frames
        bytes = tally.bytes
        omittedFrames = tally.omittedFrames
        records = reader.head.records
        chainHead = reader.head.bytes.hexadecimal
    }
}
