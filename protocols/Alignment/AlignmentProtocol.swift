public import Specification

/// Private set intersection of all parties' ids. See `README.md`, and `protocol.yaml` for what crosses each link.
public enum AlignmentProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// The most ids of a party: their points, 32 bytes each, fill one message of 64 MiB.
    public static let idLimit = 2_000_000

    /// One alignment of the parties of a job.
    ///
    /// - Parameters:
    ///   - members: All parties, in the job's order.
    ///   - leader: One of them: the label party.
    /// - Throws: ``AlignmentError/invalidParties``.
    public static func plan(members: [Party], leader: Party) throws(AlignmentError) -> SessionPlan {
        try check(members, leader: leader)
        return SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: members.map { SessionPlan.Member($0, role: $0 == leader ? "leader" : "member") },
            dimensions: [:], runs: ["count", "blind", "match", "result"].map { SessionPlan.PhaseRun($0) })
    }

    static func check(_ members: [Party], leader: Party) throws(AlignmentError) {
        guard members.count >= 2, Set(members).count == members.count, members.contains(leader) else {
            throw .invalidParties
        }
    }
}
