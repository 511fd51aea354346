public import Specification

/// Every pair of a job's parties signs the end of each other's transcript.
public enum SealProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// One seal among all these parties.
    public static func plan(_ parties: [Party]) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: parties.map { SessionPlan.Member($0, role: "party") }, dimensions: [:],
            runs: [SessionPlan.PhaseRun("seal")])
    }
}
