internal import FoundationEssentials
internal import Glibc

/// What was decided about jobs here, by whom and why: a line of JSON each, only ever added to.
public struct DecisionLog: Sendable {
    /// One decision.
    public struct Entry: Codable, Hashable, Sendable {
        /// When: `2027-06-30T12:00:00Z`.
        public var time: String
        /// The job's hash, in hex.
        public var job: String
        /// What the job calls itself.
        public var name: String
        /// What was decided.
        public var decision: Decision
        /// `policy`, or the person: the name of the account that gave the command.
        public var by: String
        /// Why, sentence by sentence; empty where nothing speaks against it.
        public var reasons: [String]
        /// ``Policy/hash`` of the policy in force.
        public var policy: String
        /// ``Policy/text`` of it, where a job began under it.
        public var policyText: String?

        /// A decision that was made now.
        public init(
            job: String, name: String, _ decision: Decision, by: String, reasons: [String] = [], under policy: Policy
        ) {
            time = Date(timeIntervalSince1970: Double(Glibc.time(nil))).ISO8601Format()
            (self.job, self.name, self.decision, self.by, self.reasons) = (job, name, decision, by, reasons)
            self.policy = policy.hash
            policyText = decision == .began ? policy.text : nil
        }
    }

    /// What can be decided.
    public enum Decision: String, Codable, Sendable {
        /// The policy, or an earlier denial, says no to a proposal.
        case refused
        /// A job was let begin, by the policy alone or since a person had approved it.
        case began
        /// By a person.
        case approved, denied
        /// An approval or a denial taken back by a person.
        case revoked
        /// A job that was queued or ran, ended by a person here.
        case cancelled
    }

    /// Who a decision is by that no person made.
    public static let policy = "policy"

    private let path: String

    /// - Parameter state: The party's state folder.
    public init(state: String) { path = state + "/decisions.log" }

    /// Adds a decision; when this returns, it has reached the disk.
    public func append(_ entry: Entry) throws(StateError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(entry) else {
            throw .unwritable(path: path, problem: "a decision cannot be written as JSON")
        }
        try StateFile.append(Array(line) + [UInt8(ascii: "\n")], to: path)
    }

    /// All decisions, oldest first; `nil` for a line that is none, as where the machine stopped while it was written.
    public func entries() throws(StateError) -> [Entry?] {
        guard let bytes = try StateFile.read(path) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).map { try? JSONDecoder().decode(Entry.self, from: Data($0)) }
    }
}

extension DecisionLog.Entry {
    /// A line for people. What came from outside cannot move the cursor of their terminal.
    public var text: String {
        let words = [time, String(job.prefix(12)), name, decision.rawValue, "by \(by)", "under \(policy.prefix(12))"]
        let line = words.joined(separator: "  ") + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; "))
        return String(
            String.UnicodeScalarView(line.unicodeScalars.map { $0.properties.isPrintable ? $0 : "\u{FFFD}" }))
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
