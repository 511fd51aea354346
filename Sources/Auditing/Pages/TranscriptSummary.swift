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
    /// In hex.
    public var jobHash: String
    public var attempt: Int
    /// Key sizes, scales, what the job may leak: as the writer stated them.
    public var statements: [String: String]
    /// Protocols of this job that send plain numbers.
    public var unprotected: [String]
    /// In the order of their first sessions.
    public var protocols: [ProtocolTotal]
    public var links: [LinkTotal]
    public var kinds: [KindTotal]
    public var frames: Int
    public var bytes: Int
    /// How the file ends.
    public var ending: String
    /// The chain holds up to the end of the file.
    public var isIntact: Bool

    /// What one protocol sent.
    public struct ProtocolTotal: Sendable, Encodable {
        public var name: String
        public var version: Int
        public var summary: String
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

    /// Reads a transcript.
    /// - Parameter eachFrame: Takes every frame in the file's order, for a listing.
    public init(
        path: String, eachFrame: (FrameLine) throws -> Void = { _ in }
    ) throws {
        let reader = try TranscriptReader.open(path)
        let header: TranscriptHeader
        switch reader.next() {
        case .record(.header(let first)): header = first
        case .record: throw AuditingError.notATranscript(path: path, problem: "it does not begin with a header")
        case .broken(let problem): throw AuditingError.notATranscript(path: path, problem: problem)
        case .end, .truncated: throw AuditingError.notATranscript(path: path, problem: "it ends before its header does")
        }
        var tally = Tally(header)
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
        jobHash = header.jobHash.hexadecimal
        attempt = header.attempt
        statements = header.statements
        unprotected = tally.unprotected.sorted()
        protocols = tally.protocols
        links = tally.links
        kinds = tally.kinds
        frames = tally.frames
        bytes = tally.bytes
    }
}
