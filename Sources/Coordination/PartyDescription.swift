public import Specification

/// What a party tells its coordinator about itself: names, types, counts and rules; no values.
public struct PartyDescription: Codable, Hashable, Sendable {
    public var party: Party
    public var software: String
    public var protocols: [ProtocolOffer]
    /// SHA-256 of its certificate, in hex.
    public var certificate: String
    /// Days until its certificate expires.
    public var certificateDays: Int
    public var rows: Int
    public var key: [String]
    /// The columns that its policy offers.
    public var columns: [Column]
    public var partners: [Partner]
    public var exposureLimit: Double
    public var minimumKeyBits: Int
    public var protections: [String]
    /// What is wrong with its data, where something is: file, line, field.
    public var problem: String?

    public struct ProtocolOffer: Codable, Hashable, Sendable {
        public var name: String
        public var version: Int
        public var hash: String

        public init(name: String, version: Int, hash: String) {
            self.name = name
            self.version = version
            self.hash = hash
        }
    }

    public struct Column: Codable, Hashable, Sendable {
        public var name: String
        public var type: String

        public init(name: String, type: String) {
            self.name = name
            self.type = type
        }
    }

    public struct Partner: Codable, Hashable, Sendable {
        public var party: Party
        public var certificate: String
        /// Whether this party knows where to reach it.
        public var hasAddress: Bool

        public init(party: Party, certificate: String, hasAddress: Bool) {
            self.party = party
            self.certificate = certificate
            self.hasAddress = hasAddress
        }
    }

    public init(
        party: Party, software: String, protocols: [ProtocolOffer], certificate: String, certificateDays: Int,
        rows: Int,
        key: [String], columns: [Column], partners: [Partner], exposureLimit: Double, minimumKeyBits: Int,
        protections: [String], problem: String?
    ) {
        self.party = party
        self.software = software
        self.protocols = protocols
        self.certificate = certificate
        self.certificateDays = certificateDays
        self.rows = rows
        self.key = key
        self.columns = columns
        self.partners = partners
        self.exposureLimit = exposureLimit
        self.minimumKeyBits = minimumKeyBits
        self.protections = protections
        self.problem = problem
    }
}
