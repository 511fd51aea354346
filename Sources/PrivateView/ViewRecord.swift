public import Specification

/// One line of a private view: what a party alone knows of one attempt of a job, written for its own auditor.
///
/// Together with the party's full transcript it lets an auditor stand where the party stood: open what it could open, and try what it
/// could try. It holds the party's secret key and its rows, and belongs to nobody else.
public enum ViewRecord: Hashable, Sendable {
    /// The first line, and only that.
    case header(Header)
    /// Bytes that a link's two ends computed from their connection.
    case exported(Exported)
    /// This party's secret key in this job.
    case key(Key)
    /// What its rows hold.
    case features(Features)
    /// One row of the common order, ascending from 0.
    case row(Row)
    /// What went into a round, and what came out of it at this party.
    case round(Round)
    /// When a frame was sent or taken.
    case frame(FrameTime)

    /// Whose view it is, and of what.
    public struct Header: Codable, Hashable, Sendable {
        /// Version of the format.
        public static let formatVersion = 1

        public var format: Int
        public var party: Party
        /// `label` or `feature`.
        public var role: String
        /// The job's hash in hex.
        public var job: String
        public var attempt: Int
        /// The seed of all its randomness in hex, where it was recorded: on test data only, for whoever has it opens everything.
        public var seed: String?

        public init(party: Party, role: String, job: String, attempt: Int, seed: String? = nil) {
            format = Self.formatVersion
            (self.party, self.role, self.job, self.attempt, self.seed) = (party, role, job, attempt, seed)
        }
    }

    /// What a link gave under a label, in hex: only where randomness is recorded.
    public struct Exported: Codable, Hashable, Sendable {
        public var peer: Party
        public var label: String
        public var bytes: String

        public init(peer: Party, label: String, bytes: String) {
            (self.peer, self.label, self.bytes) = (peer, label, bytes)
        }
    }

    /// A Paillier key: n and its two prime factors, in hex.
    public struct Key: Codable, Hashable, Sendable {
        public var modulus: String
        public var primes: [String]

        public init(modulus: String, primes: [String]) {
            (self.modulus, self.primes) = (modulus, primes)
        }
    }

    /// Names of what stands in every row.
    public struct Features: Codable, Hashable, Sendable {
        /// Of prepared columns, which enter the layer as numbers.
        public var numbers: [String]
        /// Of embedded fields.
        public var lookups: [String]
        /// What is predicted; at the label party only.
        public var target: String?

        public init(numbers: [String], lookups: [String], target: String?) {
            (self.numbers, self.lookups, self.target) = (numbers, lookups, target)
        }
    }

    /// What the party has of one row.
    public struct Row: Codable, Hashable, Sendable {
        /// Its place in the common order.
        public var row: Int
        public var id: String
        /// Fixed point at scale 2^20; what a column does not store is 0.
        public var numbers: [Int64]
        /// Rows of its embedding table, one for each field.
        public var lookups: [Int]
        public var target: Double?

        public init(row: Int, id: String, numbers: [Int64], lookups: [Int], target: Double?) {
            (self.row, self.id, self.numbers, self.lookups, self.target) = (row, id, numbers, lookups, target)
        }
    }

    /// One round of a source layer at this party.
    public struct Round: Codable, Hashable, Sendable {
        /// `matmul`, or `unprotected`.
        public var protocolName: String
        public var phase: String
        /// Counted within the phase, as in frames.
        public var round: Int
        /// Places in the common order, in the batch's order.
        public var rows: [Int]
        /// Its share of each party's weights before the round, by the party whose weights they are: row by row, scale 2^20, modulo
        /// 2^64. Where these are many, in the first round only.
        public var shares: [Party: [Int64]]
        /// Z as it was opened, row by row, scale 2^40; at the label party only.
        public var opened: [Int64]?
        /// The derivative that it sent, row by row, scale 2^20; at the label party only.
        public var derivative: [Int64]?

        public init(
            protocolName: String, phase: String, round: Int, rows: [Int], shares: [Party: [Int64]] = [:],
            opened: [Int64]? = nil, derivative: [Int64]? = nil
        ) {
            (self.protocolName, self.phase, self.round, self.rows) = (protocolName, phase, round, rows)
            (self.shares, self.opened, self.derivative) = (shares, opened, derivative)
        }
    }

    /// When a frame of the transcript was sent or taken.
    public struct FrameTime: Codable, Hashable, Sendable {
        /// Its number in the transcript, from 0.
        public var frame: Int
        /// Nanoseconds since the transcript was opened, by a clock that only goes forward.
        public var nanoseconds: Int

        public init(frame: Int, nanoseconds: Int) { (self.frame, self.nanoseconds) = (frame, nanoseconds) }
    }
}

extension ViewRecord: Codable {
    private enum CodingKeys: String, CodingKey { case record }
    private enum Name: String, Codable { case view, exported, key, features, row, round, frame }

    public init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: CodingKeys.self).decode(Name.self, forKey: .record) {
        case .view: self = .header(try Header(from: decoder))
        case .exported: self = .exported(try Exported(from: decoder))
        case .key: self = .key(try Key(from: decoder))
        case .features: self = .features(try Features(from: decoder))
        case .row: self = .row(try Row(from: decoder))
        case .round: self = .round(try Round(from: decoder))
        case .frame: self = .frame(try FrameTime(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func write(_ name: Name, _ fields: some Encodable) throws {
            try container.encode(name, forKey: .record)
            try fields.encode(to: encoder)
        }
        switch self {
        case .header(let fields): try write(.view, fields)
        case .exported(let fields): try write(.exported, fields)
        case .key(let fields): try write(.key, fields)
        case .features(let fields): try write(.features, fields)
        case .row(let fields): try write(.row, fields)
        case .round(let fields): try write(.round, fields)
        case .frame(let fields): try write(.frame, fields)
        }
    }
}
