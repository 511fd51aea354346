internal import Cryptography
public import Evaluation
public import Models
public import Preparation
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
    /// The label party's column to be predicted.
    public var label: String
    /// What the source layer runs on.
    public var protection: Protection
    /// What is trained.
    public var model: Model
    /// What each party does with its columns first; `nil` where none is told anything but the usual.
    public var prepare: [Party: PreparationPlan]?
    /// Which of its columns each party brings; `nil`: all of them.
    public var select: Selection?
    /// Networks of single parties over some of their own columns.
    public var towers: [Party: Tower]
    /// Which rows of large weights and tables travel in a round.
    public var touchedRows: TouchedRows
    /// For how long, and how fast.
    public var train: Train
    /// What parties do between rounds; `nil`: nothing.
    public var localUpdates: LocalUpdates?
    /// Which keys the parties make.
    public var keys: Keys
    /// How the result is measured.
    public var evaluate: Evaluate
    /// How far the job may expose features.
    public var exposure: Exposure
    /// What the result is compared with.
    public var baselines: Baselines
    /// The model that scores rows, trained by an earlier job; `nil` where this job trains one.
    public var predict: String?

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
        public var kind: Architecture.Kind
        /// What is predicted.
        public var target: Target
        /// How many classes there are; 1 where no class is predicted.
        public var classes: Int
        /// Columns of the source layer's output, 1 to 64. Each opening exposes features by `width / columns`.
        public var width: Int
        /// Under `dlrm`, columns of each of the vectors that the output is cut into; else 0.
        public var vector: Int
        /// Sizes of the top model's hidden layers; empty where there are none.
        public var hidden: [Int]
        /// Numbers that a category is embedded as; 0 where categories become columns of zeros and ones.
        public var dimension: Int
    }

    /// A network over some of a party's own columns, in front of the source layer or, at the label party, beside it.
    public struct Tower: Hashable, Sendable, Codable {
        /// The columns that enter it, and nothing else of the model.
        public var columns: [String]
        /// Sizes of its hidden layers.
        public var hidden: [Int]
        /// How many numbers come out of it.
        public var outputs: Int
        /// How it is trained.
        public var training: Training
        /// Where its inputs are histories, and no columns; `nil` of a tower over columns.
        public var history: History?

        /// Whose gradient trains a tower.
        public enum Training: String, Hashable, Sendable, Codable, CaseIterable {
            /// By its party alone, as an autoencoder of its own columns, before the job's training; then it stays as it is.
            case frozen
            /// With the model. At the label party, which has the gradient anyway; at a feature party only without protection.
            case endToEnd = "end-to-end"
        }
    }

    /// Which rows of weights and tables travel in each round under protection.
    public enum TouchedRows: String, Hashable, Sendable, Codable, CaseIterable {
        /// All of them: nothing shows which ones a batch uses.
        case dense
        /// Those that the batch uses, among as many others again at least: their numbers are shown to the partner.
        case padded
        /// Little more than those that the batch uses.
        case open
    }

    /// The training schedule.
    public struct Train: Hashable, Sendable, Codable {
        /// Passes over the training rows, 1 to 10,000. Each opens every one of them once.
        public var epochs: Int
        /// Rows of a batch at most, 1 to 65,536.
        public var batch: Int
        /// How shared weights follow gradients.
        public var optimizer: Optimizer
        /// How the label party's own part of the model does; `nil`: likewise.
        public var top: TopOptimizer?
        /// Rounds from one checkpoint to the next, 1 to 1,000,000. With 1, a training that goes on opens nothing that was not opened
        /// before or will be anyway; with more, the rounds in between are opened twice, and count twice in exposure ledgers.
        public var checkpoint: Int
        /// Weight decay, a decimal text from 0 to 1: half of it, times the sum of the squared weights, is added to the mean loss. Of
        /// the source layer's numbers and of what lies above it; not of biases. `nil`: none.
        public var l2: String?
        /// How rates go from epoch to epoch; `nil`: not at all.
        public var schedule: RateSchedule?
        /// A column of the label party by which rows count; `nil`: all alike.
        public var sampleWeights: String?
        /// How much rows count by their class; `nil`: all alike.
        public var classWeights: ClassWeights?
        /// Whether training may end before its last epoch; `nil`: not.
        public var earlyStopping: EarlyStopping?
    }

    /// What moves the parts of a model that one party holds in the clear.
    public struct TopOptimizer: Hashable, Sendable, Codable {
        /// Which one.
        public var kind: LocalOptimiser.Kind
        /// A decimal text, 0.000001 to 100.
        public var rate: String
        /// A decimal text, 0 to 0.999; under `sgd` only.
        public var momentum: String
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
        /// Which rows are held back for evaluation.
        public var test: HeldBack
        /// Which rows validate and which test, in place of ``test``; `nil`: none validate.
        public var split: Split?
        /// What is measured on the held-back rows.
        public var metrics: [Metric]
    }

    /// Rows that are not trained on: a share of all, or those of one value in a key column, so that all parties know them alike.
    public enum HeldBack: Hashable, Sendable, Codable {
        /// A decimal text, 0.01 to 0.9: so many rows, by the common order.
        case share(String)
        /// Rows whose key has this text in this column.
        case key(column: String, value: String)
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

    /// Whether anything is embedded.
    public var embeds: Bool { model.dimension > 0 }

    /// Columns of a party that enter the source layer as they are prepared.
    func sourceColumns(of party: Party) -> [String] {
        let inTower = Set(towers[party]?.columns ?? [])
        return (member(party)?.columns ?? []).filter { !inTower.contains($0) }
    }

    /// The label party's tower, where it is trained with the model.
    var learningLabelTower: Tower? { towers[labelParty].flatMap { $0.training == .endToEnd ? $0 : nil } }

    /// The network above the source layer.
    ///
    /// - Parameter ownColumns: Of the label party's tower, where it is trained with the model: prepared columns that enter it, or what
    ///   comes out of it where it is one over histories; `nil` where it has none.
    func architecture(ownColumns: Int?) -> Architecture {
        var architecture = Architecture(
            kind: model.kind, target: model.target, classes: model.classes, width: model.width, vector: model.vector,
            hidden: model.hidden)
        guard let tower = learningLabelTower, let ownColumns else { return architecture }
        if tower.history == nil {
            architecture.tower = .init(inputs: ownColumns, hidden: tower.hidden, outputs: tower.outputs)
        } else {
            architecture.beside = ownColumns
        }
        return architecture
    }

    /// A party's part; `nil` where it has none.
    public func member(_ party: Party) -> Member? { members.first { $0.party == party } }
}
