internal import Cryptography
internal import FoundationEssentials
public import Specification

/// A job with everything that all parties must agree on filled in: resolved columns, certificates, protocol versions.
///
/// Its bytes travel from the coordinator to every party; their hash is what a party approves, what the handshake compares and what
/// stands in every transcript.
public struct EffectiveJob: Hashable, Sendable, Codable {
    /// The job, every party's columns named.
    public var job: Job
    /// SHA-256 of each party's certificate, in hex, as the coordinator pinned it; each party compares them with its own pins.
    public var certificates: [Party: String]
    /// Every protocol of the coordinator's program: where the parties' programs differ, in the latest version that all of them speak.
    public var protocols: [ProtocolVersion]

    /// A protocol that all parties must have.
    public struct ProtocolVersion: Hashable, Sendable, Codable {
        /// The protocol's name.
        public var name: String
        /// Its version.
        public var version: Int
        /// SHA-256 of the specification's canonical meaning, in hex.
        public var hash: String

        /// That of a specification.
        public init(_ specification: ProtocolSpecification) {
            name = specification.name
            version = specification.version
            hash = specification.hash.hexadecimal
        }
    }

    /// An effective job with its fields as they are: each party checks it.
    public init(job: Job, certificates: [Party: String], protocols: [ProtocolVersion]) {
        self.job = job
        self.certificates = certificates
        self.protocols = protocols
    }

    /// The canonical JSON: keys sorted, no white space.
    public var encoded: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try [UInt8](encoder.encode(self))
        }
    }

    /// Reads JSON. What comes from outside is then held to `invalidities`, and never encoded anew: its bytes are its name.
    /// - Throws: `DecodingError`.
    public init(decoding bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    }

    /// What identifies a job: a hash over its canonical bytes.
    public static func hash(of encoded: [UInt8]) -> [UInt8] {
        SHA256.hash(Array("colonnade/job/v1\0".utf8) + encoded)
    }
}
