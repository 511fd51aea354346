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
    /// What a frame of the key exchange says; `nil` for every other frame.
    public var key: @Sendable (_ header: FrameHeader, _ payload: [UInt8]) -> KeyMessage?
    /// What a key's proof counts for, by the job's hash and the key's owner: no proof of another context verifies.
    public var proofContext: @Sendable (_ jobHash: [UInt8], _ owner: Party) -> [UInt8]
    /// What a frame of the seal says; `nil` for every other frame.
    public var seal: @Sendable (_ header: FrameHeader, _ payload: [UInt8]) -> SealMessage?

    public init(
        specifications: [ProtocolSpecification], interleaved: Set<String> = [],
        job: @escaping @Sendable (String) -> JobStatement?,
        announcement: @escaping @Sendable (FrameHeader, [UInt8]) -> KeyAnnouncement?,
        key: @escaping @Sendable (FrameHeader, [UInt8]) -> KeyMessage?,
        proofContext: @escaping @Sendable ([UInt8], Party) -> [UInt8],
        seal: @escaping @Sendable (FrameHeader, [UInt8]) -> SealMessage?
    ) {
        self.specifications = specifications
        self.interleaved = interleaved
        self.job = job
        self.announcement = announcement
        self.key = key
        self.proofContext = proofContext
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
    /// Whether parties may list to each other which rows a round computes with.
    public var listsRows: Bool
    /// Whether parties may tell each other numbers over many rows.
    public var tellsStatistics: Bool
    /// Bits of every party's Paillier modulus; `nil` where the job sends no ciphertexts.
    public var keyBits: Int?
    /// What people call it; `nil` for a job without a name.
    public var name: String?

    public init(
        hash: [UInt8], certificates: [Party: String], specifications: [SpecificationName: String], isUnprotected: Bool,
        listsRows: Bool, tellsStatistics: Bool = false, keyBits: Int?, name: String? = nil
    ) {
        self.hash = hash
        self.certificates = certificates
        self.specifications = specifications
        self.isUnprotected = isUnprotected
        self.listsRows = listsRows
        self.tellsStatistics = tellsStatistics
        self.keyBits = keyBits
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

/// What a party sends of its public key. Both are the bytes of a frame: nothing about them was checked.
public enum KeyMessage: Hashable, Sendable {
    /// The modulus n (`PublicKey.encoded`).
    case modulus([UInt8])
    /// That gcd(n, phi(n)) = 1 (`ModulusProof`).
    case proof([UInt8])
}

/// What two parties exchange at the end, so that neither can later show another history.
public enum SealMessage: Hashable, Sendable {
    /// The sender's head before the sealing session, with its signature.
    case head(ChainHead, signature: [UInt8])
    /// The sender's signature under the receiver's head.
    case counterSignature([UInt8])
}
