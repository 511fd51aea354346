internal import Cryptography
public import Evaluation
public import Specification

/// What is to be computed, by whom, on which columns: a job file, read and checked.
///
/// Names no address and no certificate: those are each party's own. Decimal fractions stay texts, so that every party computes
/// with the same exact number.
public struct Job: Hashable, Sendable, Codable {
    /// At most 64 bytes, without `/`: it is a part of file names.
    public var name: String
    /// In the file's order; exactly one label party.
    public var members: [Member]
    /// How rows are matched.
    public var align: Align
    /// The label party's column to be predicted: 0 or 1.
    public var label: String
    /// What the source layer runs on.
    public var protection: Protection
    /// What is trained.
    public var model: Model
    /// For how long, and how fast.
    public var train: Train
    /// Which keys the parties make.
    public var keys: Keys
    /// How the result is measured.
    public var evaluate: Evaluate
    /// How far the job may expose features.
    public var exposure: Exposure
    /// What the result is compared with.
    public var baselines: Baselines

    /// A party and its part in the job.
    public struct Member: Hashable, Sendable, Codable {
        /// Who.
        public var party: Party
        /// What it holds.
        public var role: Role
        /// Columns in use; `nil` in a job file means every column that the party's policy offers.
        public var columns: [String]?

        /// A party with its part.
        public init(party: Party, role: Role, columns: [String]?) {
            self.party = party
            self.role = role
            self.columns = columns
        }
    }

    /// Whether a party has the labels: exactly one has. All have features.
    public enum Role: String, Hashable, Sendable, Codable, CaseIterable { case label, feature }

    /// How rows are matched.
    public struct Align: Hashable, Sendable, Codable {
        /// The columns that make up a row's id, in this order; the same at every party.
        public var key: [String]
        /// How common ids are found.
        public var `protocol`: AlignmentProtocolName
        /// At most this many rows: each party offers those of its ids whose public hash comes first. `nil`: all.
        public var sample: Int?
    }

    /// Protocols that find common ids: `ecdh` is `protocols/Alignment`.
    public enum AlignmentProtocolName: String, Hashable, Sendable, Codable, CaseIterable { case ecdh }

    /// What the source layer runs on.
    public enum Protection: String, Hashable, Sendable, Codable, CaseIterable {
        /// BlindFL: homomorphic encryption and secret sharing.
        case blind
        /// No cryptography: activations and gradients in the clear. For comparison only.
        case none
    }

    /// A source layer over all parties' columns, and what the label party has above it.
    public struct Model: Hashable, Sendable, Codable {
        /// What is above the source layer.
        public var kind: Kind
        /// Columns of the source layer's output, 1 to 64. Each opening exposes features by `width / columns`.
        public var width: Int
        /// Sizes of the top model's hidden layers; empty for `logistic`.
        public var hidden: [Int]

        /// `logistic`: the sigmoid of Z, whose width is 1. `mlp`: a network with hidden layers over Z.
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case logistic, mlp }
    }

    /// The training schedule.
    public struct Train: Hashable, Sendable, Codable {
        /// Passes over the training rows, 1 to 10,000. Each opens every one of them once.
        public var epochs: Int
        /// Rows of a batch at most, 1 to 65,536.
        public var batch: Int
        /// How weights follow gradients.
        public var optimizer: Optimizer
    }

    /// Gradient descent with momentum, on shares as in the clear.
    public struct Optimizer: Hashable, Sendable, Codable {
        /// Which one.
        public var kind: Kind
        /// A decimal text, 0.000001 to 100: the step for the mean gradient of a batch.
        public var rate: String
        /// A decimal text, 0 to 0.999.
        public var momentum: String

        /// Only what acts on shares as it does on weights.
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case sgd }
    }

    /// Which keys the parties make. `bits`: of every Paillier modulus, 2048 to 4096, a multiple of 64.
    public struct Keys: Hashable, Sendable, Codable { public var bits: Int }

    /// How the result is measured.
    public struct Evaluate: Hashable, Sendable, Codable {
        /// Share of the rows held back for evaluation: a decimal text, 0.01 to 0.9.
        public var test: String
        /// What is measured on the held-back rows.
        public var metrics: [Metric]
    }

    /// The job's own ceiling of the exposure ratio; each party's policy has its own.
    public struct Exposure: Hashable, Sendable, Codable { public var limit: Double }

    /// Models that the label party trains by itself, to compare with.
    public struct Baselines: Hashable, Sendable, Codable {
        /// Columns of the label party that only its own baseline uses: what it could add by itself.
        public var extraColumns: [String]
    }

    /// Who has the labels.
    public var labelParty: Party {
        // The reader lets no job pass without exactly one.
        members.first { $0.role == .label }?.party ?? members[0].party
    }

    /// Feature parties in the job's order: the order in which they stand in every protocol.
    public var featureParties: [Party] { members.filter { $0.role == .feature }.map(\.party) }

    /// All parties, in the job's order.
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

    /// A party's part; `nil` where it has none.
    public func member(_ party: Party) -> Member? { members.first { $0.party == party } }
}
