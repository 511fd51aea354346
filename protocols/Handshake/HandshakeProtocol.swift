public import Specification

/// Every pair of a job's parties compares what it is about to run, over the very connection that it will run on.
public enum HandshakeProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// The label and the length in bytes of the key that each link exports for ``HandshakeParty/Partner/exportedKey``.
    public static let exporterLabel = "EXPORTER-colonnade-handshake"
    public static let exportedKeyByteCount = 32

    /// One handshake among all these parties.
    public static func plan(_ parties: [Party]) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: parties.map { SessionPlan.Member($0, role: "party") }, dimensions: [:],
            runs: [SessionPlan.PhaseRun("greet")])
    }
}
