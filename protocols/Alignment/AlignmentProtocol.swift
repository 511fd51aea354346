public import Specification

/// Private set intersection of all parties' ids. See `README.md`, and `protocol.yaml` for what crosses each link.
///
/// One alignment is one opening (``AlignmentOpening``) and then a session for each bucket (``AlignmentBucketParty``).
public enum AlignmentProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// Buckets that one alignment can have: a bit each in the opening's messages.
    public static let bucketLimit = 256

    /// The most ids of a party.
    public static let idLimit = bucketLimit * AlignmentMethod.ecdh.bucketSize

    /// The opening of an alignment.
    ///
    /// - Parameters:
    ///   - members: All parties, in the job's order.
    ///   - leader: One of them: the label party.
    /// - Throws: ``AlignmentError/invalidParties``.
    public static func plan(members: [Party], leader: Party) throws(AlignmentError) -> SessionPlan {
        try check(members, leader: leader)
        return plan(members, leader, dimensions: [:], runs: [.init("open")])
    }

    static func plan(
        _ parties: [Party], _ leader: Party, dimensions: [String: Int], runs: [SessionPlan.PhaseRun]
    ) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: parties.map { SessionPlan.Member($0, role: $0 == leader ? "leader" : "member") },
            dimensions: dimensions.merging(["parties": parties.count]) { $1 }, runs: runs)
    }

    static func check(_ members: [Party], leader: Party) throws(AlignmentError) {
        guard members.count >= 2, Set(members).count == members.count, members.contains(leader) else {
            throw .invalidParties
        }
    }
}
