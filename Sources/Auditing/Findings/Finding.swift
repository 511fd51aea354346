public import Specification

/// One thing that verification found: what was expected, what stands there, and where.
public struct Finding: Hashable, Sendable, Encodable {
    public var check: Check
    public var level: Level
    public var severity: Severity
    /// Whose transcript it is about; `nil` where a file does not say, or for a party without a transcript.
    public var party: Party?
    /// The other end of the link, where it is about a link.
    public var peer: Party?
    /// Counted in the file from 0, the header's.
    public var record: Int?
    /// Counted in the file from 0.
    public var frame: Int?
    public var expected: String
    public var found: String

    public init(
        _ check: Check, _ severity: Severity = .failure, party: Party? = nil, peer: Party? = nil, record: Int? = nil,
        frame: Int? = nil, expected: String, found: String
    ) {
        self.check = check
        level = check.level
        self.severity = severity
        self.party = party
        self.peer = peer
        self.record = record
        self.frame = frame
        self.expected = expected
        self.found = found
    }
}

/// Findings as they come up, in memory that does not grow with a hostile file: the first hundred in full, then a count.
struct Findings {
    static let limit = 100

    /// Where the reader stands: what a finding without a place of its own is about.
    var party: Party?
    var record: Int?
    var frame: Int?

    private(set) var list: [Finding] = []
    private(set) var omitted = 0
    private(set) var verdict = Verdict.accepted

    mutating func add(
        _ check: Check, _ severity: Severity = .failure, peer: Party? = nil, expected: String, found: String
    ) {
        add(
            Finding(
                check, severity, party: party, peer: peer, record: record, frame: frame, expected: expected,
                found: found))
    }

    mutating func add(_ finding: Finding) {
        switch finding.severity {
        case .failure: verdict = max(verdict, .rejected)
        case .incomplete: verdict = max(verdict, .incomplete)
        case .note: break
        }
        if list.count < Self.limit { list.append(finding) } else { omitted += 1 }
    }

    /// Counts findings that whoever found them does not list, beside others of them that it does.
    mutating func omit(_ count: Int) { omitted += count }
}

/// What verification comes to, best first.
public enum Verdict: String, CaseIterable, Sendable, Encodable, Comparable {
    /// Complete, and every check passed.
    case accepted
    /// Every check passed on what is there, which is not the whole job.
    case incomplete
    case rejected
    /// Not a transcript, or it cannot be read.
    case unreadable

    public static func < (left: Verdict, right: Verdict) -> Bool { left.weight < right.weight }

    private var weight: Int {
        switch self {
        case .accepted: 0
        case .incomplete: 1
        case .rejected: 2
        case .unreadable: 3
        }
    }

    /// What `colonnade-audit verify` exits with.
    public var exitCode: Int32 {
        switch self {
        case .accepted: 0
        case .incomplete, .rejected: 1
        case .unreadable: 65
        }
    }
}
