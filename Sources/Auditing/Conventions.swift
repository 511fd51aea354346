public import Specification
public import Transcript

/// What this build knows of jobs and protocols before it reads a transcript. Handed in by the program, because the auditor
/// stands beside the protocols and below the job's description, and needs neither to check a chain.
public struct Conventions: Sendable {
    /// The specifications that this build carries.
    public var specifications: [ProtocolSpecification]
    /// Protocols whose sessions take turns, frame by frame: one need not have ended when another of them begins.
    public var interleaved: Set<String>
    /// Reads the job that stands in a header; `nil` where it is none.
    public var job: @Sendable (_ text: String) -> JobStatement?
    /// The transcript key that a frame's sender announces in the handshake; `nil` for every other frame.
    public var announcement: @Sendable (_ header: FrameHeader, _ payload: [UInt8]) -> KeyAnnouncement?
    /// What a frame of the seal says; `nil` for every other frame.
    public var seal: @Sendable (_ header: FrameHeader, _ payload: [UInt8]) -> SealMessage?

    public init(
        specifications: [ProtocolSpecification], interleaved: Set<String> = [],
        job: @escaping @Sendable (String) -> JobStatement?,
        announcement: @escaping @Sendable (FrameHeader, [UInt8]) -> KeyAnnouncement?,
        seal: @escaping @Sendable (FrameHeader, [UInt8]) -> SealMessage?
    ) {
        self.specifications = specifications
        self.interleaved = interleaved
        self.job = job
        self.announcement = announcement
        self.seal = seal
    }

    /// Whether sessions of two different protocols may be open at the same time.
    func areInterleaved(_ first: String, _ second: String) -> Bool {
        first != second && interleaved.contains(first) && interleaved.contains(second)
    }
}

/// What a job says that a transcript must match.
public struct JobStatement: Hashable, Sendable {
    public var hash: [UInt8]
    /// SHA-256 of each party's certificate (DER), in hex.
    public var certificates: [Party: String]
    /// SHA-256 of the canonical meaning of each specification that the job may run, in hex.
    public var specifications: [SpecificationName: String]
    /// Whether the job may send plain numbers.
    public var isUnprotected: Bool
    /// What people call it; `nil` for a job without a name.
    public var name: String?

    public init(
        hash: [UInt8], certificates: [Party: String], specifications: [SpecificationName: String], isUnprotected: Bool,
        name: String? = nil
    ) {
        self.hash = hash
        self.certificates = certificates
        self.specifications = specifications
        self.isUnprotected = isUnprotected
        self.name = name
    }
}

/// A protocol and its version: what a plan refers to.
public struct SpecificationName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var name: String
    public var version: Int

    public init(_ name: String, _ version: Int) {
        self.name = name
        self.version = version
    }

    init(_ specification: ProtocolSpecification) { self.init(specification.name, specification.version) }

    public var description: String { "\(name) \(version)" }

    public static func < (left: Self, right: Self) -> Bool { (left.name, left.version) < (right.name, right.version) }
}

/// A party's Ed25519 key for transcripts, and its certificate key's signature over it
/// (``TranscriptHeader/endorsedBytes(party:jobHash:transcriptKey:)``).
public struct KeyAnnouncement: Hashable, Sendable {
    public var transcriptKey: [UInt8]
    public var endorsement: [UInt8]

    public init(transcriptKey: [UInt8], endorsement: [UInt8]) {
        self.transcriptKey = transcriptKey
        self.endorsement = endorsement
    }
}

/// What two parties exchange at the end, so that neither can later show another history.
public enum SealMessage: Hashable, Sendable {
    /// The sender's head before the sealing session, with its signature.
    case head(ChainHead, signature: [UInt8])
    /// The sender's signature under the receiver's head.
    case counterSignature([UInt8])
}
