public import Specification

/// What a party tells its coordinator about itself: names, types, counts and rules; no values.
public struct PartyDescription: Codable, Hashable, Sendable {
    /// Its own name.
    public var party: Party
    /// Name and version of its program.
    public var software: String
    /// Of the control plane (``ControlMessage/version``); `nil` in descriptions of version 1.
    public var control: Int?
    /// Every version of every protocol that its program speaks, an earlier one before a later one.
    public var protocols: [ProtocolOffer]
    /// SHA-256 of its certificate, in hex.
    public var certificate: String
    /// Days until its certificate expires.
    public var certificateDays: Int
    /// Rows of its data file; 0 where there is a ``problem``.
    public var rows: Int
    /// The columns by which its rows are matched with its partners'.
    public var key: [String]
    /// The columns that its policy offers.
    public var columns: [Column]
    /// The event histories that its policy offers; `nil` in descriptions of programs that know none.
    public var histories: [History]?
    /// Whom it has pinned, by name.
    public var partners: [Partner]
    /// The exposure ratio that its policy allows.
    public var exposureLimit: Double
    /// The smallest key that its policy allows, in bits.
    public var minimumKeyBits: Int
    /// The protections that its policy allows: `blind`, `none`.
    public var protections: [String]
    /// What is wrong with its data, where something is: file, line, field.
    public var problem: String?

    /// A protocol as its program has it.
    public struct ProtocolOffer: Codable, Hashable, Sendable {
        /// The protocol's name.
        public var name: String
        /// The protocol's version.
        public var version: Int
        /// SHA-256 of the specification's canonical meaning, in hex.
        public var hash: String

        /// An offer with its fields as they are.
        public init(name: String, version: Int, hash: String) {
            self.name = name
            self.version = version
            self.hash = hash
        }
    }

    /// A column that jobs may use.
    public struct Column: Codable, Hashable, Sendable {
        /// The header's name.
        public var name: String
        /// `number` or `category`.
        public var type: String

        /// A column with its type.
        public init(name: String, type: String) {
            self.name = name
            self.type = type
        }
    }

    /// Events that jobs may use beside its rows.
    public struct History: Codable, Hashable, Sendable {
        /// What the party file calls it.
        public var name: String
        /// The fields of its events that are used.
        public var fields: [String]

        /// A history with its fields.
        public init(name: String, fields: [String]) {
            self.name = name
            self.fields = fields
        }
    }

    /// A party that it knows.
    public struct Partner: Codable, Hashable, Sendable {
        /// Its name.
        public var party: Party
        /// SHA-256 of the certificate that is pinned for it, in hex.
        public var certificate: String
        /// Whether this party knows where to reach it.
        public var hasAddress: Bool

        /// A partner with its fields as they are.
        public init(party: Party, certificate: String, hasAddress: Bool) {
            self.party = party
            self.certificate = certificate
            self.hasAddress = hasAddress
        }
    }

    /// A description with its fields as they are.
    public init(
        party: Party, software: String, protocols: [ProtocolOffer], certificate: String, certificateDays: Int,
        rows: Int,
        key: [String], columns: [Column], histories: [History]? = [], partners: [Partner], exposureLimit: Double,
        minimumKeyBits: Int,
        protections: [String], problem: String?, control: Int? = ControlMessage.version
    ) {
        self.histories = histories
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
        self.control = control
    }
}

extension PartyDescription {
    /// Whether it keeps places in a queue; else it begins a job at once, or refuses it.
    public var hasQueue: Bool { control ?? 1 >= 2 }

    /// Whether it says what a job would take there.
    public var tellsDemands: Bool { control ?? 1 >= 2 }
}
