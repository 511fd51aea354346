public import Specification

/// Every party tells every other how many prepared columns it brings.
public enum ColumnsProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// How many columns a party may bring: at least something to learn from, and no more than memory is planned for.
    public static let limits = 1...65_536

    /// One announcement by each of these parties.
    public static func plan(_ parties: [Party]) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: parties.map { SessionPlan.Member($0, role: "party") }, dimensions: [:],
            runs: [SessionPlan.PhaseRun("announce")])
    }
}
