internal import Cryptography
internal import FoundationEssentials
public import Specification

/// A job with everything that all parties must agree on filled in: resolved columns, certificates, protocol versions.
///
/// Its bytes travel from the coordinator to every party; their hash is what a party approves, what the handshake compares and what
/// stands in every transcript.
public struct EffectiveJob: Hashable, Sendable, Codable {
    public var job: Job
    /// SHA-256 of each party's certificate, in hex, as the coordinator pinned it; each party compares them with its own pins.
    public var certificates: [Party: String]
    public var protocols: [ProtocolVersion]

    public struct ProtocolVersion: Hashable, Sendable, Codable {
        public var name: String
        public var version: Int
        /// SHA-256 of the specification's canonical meaning, in hex.
        public var hash: String

        public init(_ specification: ProtocolSpecification) {
            name = specification.name
            version = specification.version
            hash = specification.hash.hexadecimal
        }
    }

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

    public init(decoding bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    }

    /// What identifies a job: a hash over its canonical bytes.
    public static func hash(of encoded: [UInt8]) -> [UInt8] {
        SHA256.hash(Array("colonnade/job/v1\0".utf8) + encoded)
    }
}
