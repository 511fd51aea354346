public import Arithmetic
public import Specification

/// A linear layer over embedded categorical fields of several organisations, trained on shares: BlindFL's Embed-MatMul source
/// layer.
public enum EmbedMatMulProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    /// What crosses each link, message by message.
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)
}

/// What an Embed-MatMul role gives to its own party.
public enum EmbedMatMulOutput: Equatable, Sendable {
    /// Z of the batch at scale 2^40, modulo 2^128. At the label party only.
    case opened(Matrix<Int128>)
    /// This party's share of Z of the batch at scale 2^40, modulo 2^128, where it is to be opened together with another layer's
    /// Z. Secret; modulo 2^64 it is a share for that layer.
    case share(Matrix<Int128>)
    /// The round is over; the next event may come.
    case roundFinished
}
