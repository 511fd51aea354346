/// Why a job was let begin at a party, as its transcript's header states it.
public struct Ruling: Hashable, Sendable {
    /// By name, beside what the job gives away.
    let statements: [String: String]

    /// - Parameter isApproved: Whether a person had approved the job.
    init(under policy: Policy, isApproved: Bool) {
        statements = [
            Self.decision: isApproved ? "approved by a person" : "accepted by policy", Self.policy: policy.hash,
        ]
    }

    /// That of a transcript which was written before.
    init(_ statements: [String: String]) {
        self.statements = statements.filter { $0.key == Self.decision || $0.key == Self.policy }
    }

    private static let decision = "decision"
    private static let policy = "policy-sha256"
}
