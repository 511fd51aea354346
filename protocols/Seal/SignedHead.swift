public import Cryptography
public import Specification
public import Transcript

/// The head of a party's transcript with its signature: the payload of S1.
public struct SignedHead: Hashable, Sendable {
    public let head: ChainHead
    /// Ed25519, 64 bytes, by the transcript key.
    public let signature: [UInt8]

    public init(head: ChainHead, signature: [UInt8]) {
        precondition(signature.count == SigningKey.signatureByteCount, "signatures have one length")
        self.head = head
        self.signature = signature
    }

    /// The payload of S1: head, number of records, signature.
    public var encoded: [UInt8] {
        var writer = CanonicalWriter()
        writer.raw(head.bytes)
        writer.count(head.records)
        writer.raw(signature)
        return writer.bytes
    }

    /// Reads a payload of S1: what a partner sent, or what a transcript kept of it.
    public init(decoding bytes: [UInt8]) throws(SpecificationError) {
        var reader = CanonicalReader(bytes)
        head = ChainHead(bytes: try reader.raw(SHA256.byteCount), records: try reader.count())
        signature = try reader.raw(SigningKey.signatureByteCount)
        try reader.end()
    }

    /// Whether `party` signed this head of its own transcript of this job.
    public func isSigned(by key: VerificationKey, of party: Party, jobHash: [UInt8]) -> Bool {
        key.verify(signature, of: head.signedBytes(purpose: "head", party: party, jobHash: jobHash))
    }

    /// Whether the owner of `key` counter-signed this head of `party`'s transcript: the payload of S2 is `counterSignature`.
    public func isCounterSigned(
        _ counterSignature: [UInt8], by key: VerificationKey, of party: Party, jobHash: [UInt8]
    ) -> Bool {
        key.verify(
            counterSignature, of: head.signedBytes(purpose: "counter-signature", party: party, jobHash: jobHash))
    }
}
