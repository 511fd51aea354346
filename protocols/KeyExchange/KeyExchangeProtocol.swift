public import Specification

/// The label party and each feature party exchange Paillier keys and the proofs that go with them; feature parties among themselves
/// where they encrypt for one another.
public enum KeyExchangeProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    /// What crosses each link, message by message.
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// The text of `protocol-1.yaml`, likewise.
    public static let version1Text = String(decoding: PackageResources.protocol_1_yaml, as: UTF8.self)
    /// Version 1, for parties that speak no later one: the same messages without those among feature parties.
    public static let version1 = ProtocolSpecification(embedded: PackageResources.protocol_1_yaml)

    /// The session plan of one exchange.
    ///
    /// - Parameters:
    ///   - amongFeatures: Whether feature parties exchange keys, too; not under ``version1``.
    ///   - specification: Of the version that the parties agreed on.
    public static func plan(
        label: Party, features: [Party], keyBits: Int, amongFeatures: Bool = false,
        _ specification: ProtocolSpecification = specification
    ) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: [.init(label, role: "label")] + features.map { .init($0, role: "feature") },
            dimensions: ["key-bits": keyBits],
            runs: [.init(phase)] + (amongFeatures ? [.init(phaseAmongFeatures)] : []))
    }

    static let phase = "exchange"
    static let phaseAmongFeatures = "exchange-among-features"

    /// What a proof counts for: this job, this prover.
    ///
    /// - Parameter jobHash: 32 bytes.
    public static func proofContext(jobHash: [UInt8], prover: Party) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/key-exchange/v1")
        writer.blob(jobHash)
        writer.party(prover)
        return writer.bytes
    }
}
