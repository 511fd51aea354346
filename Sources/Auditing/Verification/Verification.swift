internal import Cryptography
public import Specification
internal import Transcript

/// What verification of one transcript, or of all of a job, came to.
///
/// Reads each file once, and once more where files disagree or something in one repeats; memory does not grow with their length.
public struct Verification: Sendable, Encodable {
    /// In the order in which they were given.
    public var transcripts: [VerifiedTranscript]
    /// Findings between transcripts.
    public var findings: [Finding]
    /// Findings between transcripts beyond those that are listed.
    public var omittedFindings: Int
    /// The worst of all.
    public var verdict: Verdict

    /// - Parameters:
    ///   - paths: Transcripts of one job, each party's at most once.
    ///   - conventions: What this build knows of jobs and protocols.
    public init(of paths: [String], against conventions: Conventions) {
        let passes = paths.map { TranscriptPass($0, conventions) }
        self.init(passes, Counterparts.check(passes))
    }

    /// The same, and what private views show besides.
    ///
    /// - Parameter views: Paths of views, each with its party's transcript among `paths`.
    public init(
        of paths: [String], views: [String], against conventions: Conventions,
        revealing viewConventions: ViewConventions
    ) {
        var passes = paths.map { TranscriptPass($0, conventions) }
        var counterparts = Counterparts.check(passes)
        for view in views { passes.reveal(view, viewConventions, &counterparts) }
        self.init(passes, counterparts)
    }

    private init(_ passes: [TranscriptPass], _ counterparts: Findings) {
        transcripts = passes.map(VerifiedTranscript.init)
        findings = counterparts.list
        omittedFindings = counterparts.omitted
        verdict = transcripts.map(\.verdict).reduce(counterparts.verdict, max)
    }

    /// What an accepted transcript means, for every report.
    public static let meaning =
        "A transcript proves which bytes were sent, by whom and when, under which specification; "
        + "not what ciphertexts encode, and not that inputs were true."

    enum CodingKeys: String, CodingKey {
        case transcripts, findings, omittedFindings, verdict, meaning
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(transcripts, forKey: .transcripts)
        try container.encode(findings, forKey: .findings)
        try container.encode(omittedFindings, forKey: .omittedFindings)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(Self.meaning, forKey: .meaning)
    }
}

/// What verification of one file came to.
public struct VerifiedTranscript: Sendable, Encodable {
    public var file: String
    public var verdict: Verdict
    /// Why the file could not be read as a transcript.
    public var problem: String?
    public var party: Party?
    public var software: String?
    /// Seconds since 1970, by the writer's clock.
    public var started: Int64?
    public var attempt: Int?
    /// In hex.
    public var jobHash: String?
    /// SHA-256 of each party's certificate, in hex: what to compare with the ones that you trust.
    public var certificates: [Party: String]
    public var records: Int
    public var frames: Int
    /// Records that a valid signature covers.
    public var signedRecords: Int
    /// The highest level at which it could be checked; `nil` where it could not be read.
    public var level: Level?
    /// The chain's head after the last record that was read, in hex.
    public var head: String?
    public var findings: [Finding]
    /// Findings beyond those that are listed.
    public var omittedFindings: Int

    init(_ pass: TranscriptPass) {
        file = pass.path
        verdict = pass.verdict
        problem = pass.problem?.description
        let verifier = pass.verifier
        let header = verifier.facts?.header
        party = header?.party
        software = header?.software
        started = header?.started
        attempt = header?.attempt
        jobHash = header?.jobHash.hexadecimal
        certificates = header?.certificates.mapValues { SHA256.hash($0).hexadecimal } ?? [:]
        records = verifier.records
        frames = verifier.frames
        signedRecords = verifier.signed
        level = header.map { $0.keepsPayloads ? (pass.isRevealed ? .privateView : .full) : .headers }
        head = pass.head?.bytes.hexadecimal
        findings = verifier.findings.list + pass.revealed.list
        omittedFindings = verifier.findings.omitted + pass.revealed.omitted
    }
}

extension [TranscriptPass] {
    /// Checks the transcript of a view's party against it.
    fileprivate mutating func reveal(_ path: String, _ conventions: ViewConventions, _ findings: inout Findings) {
        do {
            let view = try LoadedView(path: path)
            guard let index = firstIndex(where: { $0.verifier.facts?.header.party == view.header.party }) else {
                findings.add(
                    Finding(
                        .view, party: view.header.party, expected: "the transcript of a view's party", found: "none"))
                return
            }
            try self[index].reveal(view, conventions)
        } catch { findings.add(Finding(.view, expected: "a private view", found: "\(error)")) }
    }
}

/// A file and what one pass over it left.
struct TranscriptPass {
    let path: String
    private(set) var verifier: TranscriptVerifier
    private(set) var head: ChainHead?
    private(set) var problem: AuditingError?
    /// Of private views.
    private(set) var revealed = Findings()
    /// It was checked against one.
    private(set) var isRevealed = false

    init(_ path: String, _ conventions: Conventions) {
        self.path = path
        verifier = TranscriptVerifier(conventions)
        do throws(AuditingError) {
            head = try verifier.run(TranscriptReader.open(path))
        } catch {
            problem = error
        }
    }

    var verdict: Verdict {
        problem == nil ? max(verifier.findings.verdict, revealed.verdict) : .unreadable
    }

    /// Checks it against a view of its party.
    mutating func reveal(_ view: LoadedView, _ conventions: ViewConventions) throws(AuditingError) {
        revealed = try PrivateViewPass(view, path, conventions).findings
        isRevealed = true
    }

    /// Every frame of the job is in it.
    var isComplete: Bool {
        if case .closed(.end) = verifier.ending { true } else { false }
    }
}
