public import Arithmetic
public import Specification

/// A linear layer over the columns of several organisations, trained on shares: BlindFL's MatMul source layer.
public enum MatMulProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    /// What crosses each link, message by message.
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)
}

/// What a MatMul role gives to its own party.
public enum MatMulOutput: Equatable, Sendable {
    /// Z of the batch at scale 2^40, weight decay applied. At the label party only.
    case opened(Matrix<Int64>)
    /// The round is over; the next event may come.
    case roundFinished
}
