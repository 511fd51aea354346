public import Specification

/// What a program tells the auditor beforehand of protocols whose frames a private view opens. The auditor itself knows no protocol.
public struct ViewConventions: Sendable {
    /// The Paillier modulus that a frame's sender announces as its own; `nil` for every other frame.
    public var modulus: @Sendable (_ header: FrameHeader, _ payload: [UInt8]) -> [UInt8]?
    /// Protocols of whose rounds a view has records.
    public var roundProtocols: Set<String>
    /// How a frame that hides a product was computed, where that takes nothing but the sender's rows; `nil` for every other frame.
    public var product: @Sendable (_ header: FrameHeader) -> ProductStatement?

    public init(
        modulus: @escaping @Sendable (FrameHeader, [UInt8]) -> [UInt8]?, roundProtocols: Set<String>,
        product: @escaping @Sendable (FrameHeader) -> ProductStatement?
    ) {
        self.modulus = modulus
        self.roundProtocols = roundProtocols
        self.product = product
    }
}

/// A product of the sender's own rows and of ciphertexts that the receiver sent it before: what a frame was before it was masked
/// and re-randomised.
public struct ProductStatement: Hashable, Sendable {
    /// What of the batch stands on the left.
    public enum Left: Hashable, Sendable {
        /// Its numbers, a row for each row.
        case rows
        /// The same with rows and columns exchanged.
        case columns
        /// For each row, for each embedded field, the one table row that it looks up.
        case lookups
    }

    public var left: Left
    /// Steps of the same protocol: the receiver's last frame of one of these holds the ciphertexts on the right.
    public var right: Set<String>
    /// The step in whose last frame the sender listed which of its columns, or rows of its table, take part; `nil`, and where there
    /// was none: all.
    public var list: String?
    /// The round's protocol and phase, as a view has it.
    public var protocolName: String
    public var phase: String

    public init(
        _ left: Left, times right: Set<String>, listedBy list: String?, inRoundsOf protocolName: String, phase: String
    ) {
        (self.left, self.right, self.list) = (left, right, list)
        (self.protocolName, self.phase) = (protocolName, phase)
    }
}
