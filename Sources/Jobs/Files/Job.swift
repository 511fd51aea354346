internal import Cryptography
public import Evaluation
public import Specification

/// What is to be computed, by whom, on which columns: a job file, read and checked.
///
/// Names no address and no certificate: those are each party's own. Decimal fractions stay texts, so that every party computes
/// with the same exact number.
public struct Job: Hashable, Sendable, Codable {
    public var name: String
    /// In the file's order; exactly one label party.
    public var members: [Member]
    public var align: Align
    /// The label party's column to be predicted: 0 or 1.
    public var label: String
    public var protection: Protection
    public var model: Model
    public var train: Train
    public var keys: Keys
    public var evaluate: Evaluate
    public var exposure: Exposure
    public var baselines: Baselines

    public struct Member: Hashable, Sendable, Codable {
        public var party: Party
        public var role: Role
        /// Columns in use; `nil` in a job file means every column that the party's policy offers.
        public var columns: [String]?

        public init(party: Party, role: Role, columns: [String]?) {
            self.party = party
            self.role = role
            self.columns = columns
        }
    }

    public enum Role: String, Hashable, Sendable, Codable, CaseIterable { case label, feature }

    public struct Align: Hashable, Sendable, Codable {
        public var key: [String]
        public var `protocol`: AlignmentProtocolName
        /// At most this many rows: each party offers those of its ids whose public hash comes first. `nil`: all.
        public var sample: Int?
    }

    public enum AlignmentProtocolName: String, Hashable, Sendable, Codable, CaseIterable { case ecdh }

    public enum Protection: String, Hashable, Sendable, Codable, CaseIterable {
        /// BlindFL: homomorphic encryption and secret sharing.
        case blind
        /// No cryptography: activations and gradients in the clear. For comparison only.
        case none
    }

    public struct Model: Hashable, Sendable, Codable {
        public var kind: Kind
        /// Columns of the source layer's output.
        public var width: Int
        /// Sizes of the top model's hidden layers; empty for `logistic`.
        public var hidden: [Int]

        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case logistic, mlp }
    }

    public struct Train: Hashable, Sendable, Codable {
        public var epochs: Int
        public var batch: Int
        public var optimizer: Optimizer
    }

    public struct Optimizer: Hashable, Sendable, Codable {
        public var kind: Kind
        /// Decimal texts.
        public var rate: String
        public var momentum: String

        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case sgd }
    }

    public struct Keys: Hashable, Sendable, Codable { public var bits: Int }

    public struct Evaluate: Hashable, Sendable, Codable {
        /// Share of the rows held back for evaluation: a decimal text.
        public var test: String
        public var metrics: [Metric]
    }

    /// The job's own ceiling of the exposure ratio; each party's policy has its own.
    public struct Exposure: Hashable, Sendable, Codable { public var limit: Double }

    public struct Baselines: Hashable, Sendable, Codable {
        /// Columns of the label party that only its own baseline uses: what it could add by itself.
        public var extraColumns: [String]
    }

    public var labelParty: Party {
        // The reader lets no job pass without exactly one.
        members.first { $0.role == .label }?.party ?? members[0].party
    }

    /// Feature parties in the job's order: the order in which they stand in every protocol.
    public var featureParties: [Party] { members.filter { $0.role == .feature }.map(\.party) }

    public var parties: [Party] { members.map(\.party) }

    /// Decides the common order of rows, and with it what is sampled, held back and batched together. Public. Jobs of one name and
    /// key share it, so that trials with other models are measured on the same rows.
    public var rowSeed: [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/row-seed/v1")
        writer.text(name)
        writer.list(align.key) { $0.text($1) }
        return SHA256.hash(writer.bytes)
    }

    public func member(_ party: Party) -> Member? { members.first { $0.party == party } }
}
