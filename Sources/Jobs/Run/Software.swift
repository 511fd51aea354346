internal import Alignment
internal import Columns
internal import Handshake
internal import KeyExchange
internal import MatMul
internal import Seal
public import Specification
internal import Unprotected

/// This program: its version, and the protocols that it speaks.
public enum Software {
    /// Name and version, as hellos, transcripts and descriptions state it.
    public static let version = "colonnade 0.1.0"

    /// Every protocol of this build.
    public static let specifications: [ProtocolSpecification] = [
        HandshakeProtocol.specification, AlignmentProtocol.specification, ColumnsProtocol.specification,
        KeyExchangeProtocol.specification, MatMulProtocol.specification, UnprotectedProtocol.specification,
        SealProtocol.specification,
    ]

    /// Those that a job runs.
    static func specifications(of job: Job) -> [ProtocolSpecification] { selected(specifications, for: job) }

    static func specificationTexts(of job: Job) -> [String] {
        selected(
            [
                HandshakeProtocol.specificationText, AlignmentProtocol.specificationText,
                ColumnsProtocol.specificationText, KeyExchangeProtocol.specificationText,
                MatMulProtocol.specificationText, UnprotectedProtocol.specificationText, SealProtocol.specificationText,
            ], for: job)
    }

    /// Elements that stand in the order of ``specifications``, less those of the protocols that the job does not run.
    private static func selected<Element>(_ elements: [Element], for job: Job) -> [Element] {
        let unused =
            switch job.protection {
            case .blind: [UnprotectedProtocol.specification.name]
            case .none: [KeyExchangeProtocol.specification.name, MatMulProtocol.specification.name]
            }
        return zip(specifications, elements).filter { !unused.contains($0.0.name) }.map(\.1)
    }
}
