public import Specification

/// What a party reports of a job that it finished: counts, sizes and times; metrics only from the label party, and only where its
/// policy releases them.
public struct PartyReport: Codable, Hashable, Sendable {
    /// Whose report it is.
    public var party: Party
    /// `label` or `feature`.
    public var role: String
    /// Rows in its data.
    public var rows: Int
    /// Columns of its data in use, before one-hot.
    public var columns: Int
    /// Columns after preparation.
    public var preparedColumns: Int
    /// Categorical columns that are embedded.
    public var embeddedFields: Int
    /// SHA-256 of its certificate, in hex.
    public var certificate: String
    /// Ids that it offered to the alignment; `nil` in records of earlier programs.
    public var ids: Int?
    /// Rows left out because their key is empty.
    public var emptyKeys: Int?
    /// Rows left out because an earlier row has their key.
    public var repeatedKeys: Int?
    /// Rows that all parties have; where only the label party knows these, with the decoys among which they are hidden.
    public var aligned: Int
    /// Rounds of training and evaluation.
    public var rounds: Int
    /// What it did between rounds; `nil` where the job makes no local updates.
    public var localUpdates: LocalUpdates?
    /// Encoded frames to each partner, in bytes, without what TLS adds.
    public var bytesSent: [Party: Int]
    /// What it did under encryption; zeros in an unprotected job.
    public var ciphertexts: Ciphertexts
    /// How long it took.
    public var seconds: Seconds
    /// Seconds of the processor that its process took meanwhile, of all its cores, whatever else it did; `nil` in records of earlier
    /// programs.
    public var processorSeconds: Double?
    /// The most memory that its process ever had.
    public var peakMemoryBytes: Int
    /// At feature parties: how far this job exposed its features.
    public var exposure: Exposure?
    /// Where its record is.
    public var transcript: Transcript
    /// The name of the model that it now has a half of; `nil` where none was trained.
    public var model: String?
    /// At the label party, where the scores of a prediction are.
    public var scores: Scores?
    /// Of the held-back rows, at the label party where its policy releases them.
    public var metrics: Metrics?
    /// The same of the rows that validate, where there are any; released likewise.
    public var validation: Metrics?
    /// 95 % confidence intervals of these, by the metric's name in job files; released likewise. One that the rows are too few for
    /// is absent.
    public var intervals: [String: Interval]?
    /// Tables beside them; released likewise.
    public var curves: Curves?
    /// What its columns say of the label, where it knows that and its policy releases it.
    public var statistics: [ColumnStatistic]?
    /// How its numeric columns follow from all parties' others, where the job asks for that; released likewise.
    public var correlations: [ColumnCorrelation]?
    /// Metrics of other models, by name; released likewise.
    public var baselines: [String: Metrics]
    /// Sentences for people: names and counts, as of a column that does not vary.
    public var notes: [String]

    /// What one column says of the label.
    public struct ColumnStatistic: Codable, Hashable, Sendable {
        /// Its name.
        public var column: String
        /// Its information value; 0 of one that does not vary.
        public var informationValue: Double
        /// Whether the job's selection left it in.
        public var isKept: Bool

        /// A column with its value.
        public init(column: String, informationValue: Double, isKept: Bool) {
            (self.column, self.informationValue, self.isKept) = (column, informationValue, isKept)
        }
    }

    /// How one column follows from all others, and what the job's selection makes of that.
    public struct ColumnCorrelation: Codable, Hashable, Sendable {
        /// Why a column was left out.
        public enum Reason: String, Codable, Hashable, Sendable { case correlation, inflation }

        /// Its name.
        public var column: String
        /// Its variance inflation factor among all columns; absent where it is infinite.
        public var inflation: Double?
        /// The same at the end: among those that stay or, of one that went for its inflation, among those that were in until then.
        public var lastInflation: Double?
        /// Whether the job's selection left it in.
        public var isKept: Bool
        /// What it was left out for; absent where it was not.
        public var reason: Reason?
        /// The party's own column that it correlates with; absent where that is another party's.
        public var alike: String?
        /// The correlation of these two.
        public var correlation: Double?

        /// A column that stays.
        public init(column: String, inflation: Double?, lastInflation: Double?) {
            (self.column, self.inflation, self.lastInflation, isKept) = (column, inflation, lastInflation, true)
        }
    }

    /// Updates without an exchange, from statistics of batches exchanged before.
    public struct LocalUpdates: Codable, Hashable, Sendable {
        /// How many this party made.
        public var steps: Int
        /// How long they took it, its partners doing their part of rounds meanwhile.
        public var seconds: Double
        /// How much a row of theirs counted, 0 to 1: the less, the staler its statistics were.
        public var meanWeight: Double
        /// What this party would have sent had the job made as many updates in rounds, in bytes.
        public var bytesSaved: Int

        /// Updates with their fields as they are.
        public init(steps: Int, seconds: Double, meanWeight: Double, bytesSaved: Int) {
            (self.steps, self.seconds, self.meanWeight, self.bytesSaved) = (steps, seconds, meanWeight, bytesSaved)
        }
    }

    /// How many ciphertexts were worked on, or sent.
    public struct Ciphertexts: Codable, Hashable, Sendable {
        /// Fresh encryptions.
        public var encrypted = 0
        /// Decryptions.
        public var decrypted = 0
        /// Products of a ciphertext and a plaintext, zeros included.
        public var multiplied = 0
        /// Sums of two ciphertexts, or of a ciphertext and a plaintext.
        public var added = 0
        /// Ciphertexts in frames that it sent.
        public var sent = 0

        /// Nothing done yet.
        public init() {}
    }

    /// Wall-clock times of the stages.
    public struct Seconds: Codable, Hashable, Sendable {
        /// Seconds.
        public var align = 0.0
        /// Seconds, without reading the file.
        public var prepare = 0.0
        /// Seconds, waiting for partners included.
        public var train = 0.0
        /// Seconds, waiting for partners included once they have begun with it, too.
        public var evaluate = 0.0
        /// Seconds from the first frame to the end of the transcript.
        public var total = 0.0

        /// No time spent yet.
        public init() {}
    }

    /// The exposure ratio after the job, and the limit that held: the lower of the job's and the policy's.
    public struct Exposure: Codable, Hashable, Sendable {
        /// The largest of any of its rows.
        public var ratio: Double
        /// The most that it may reach.
        public var limit: Double

        /// A ratio with its limit.
        public init(ratio: Double, limit: Double) {
            self.ratio = ratio
            self.limit = limit
        }
    }

    /// Scores at the label party.
    public struct Scores: Codable, Hashable, Sendable {
        /// Their file's path there.
        public var file: String
        /// How many rows were scored.
        public var rows: Int

        /// Scores of some rows in a file.
        public init(file: String, rows: Int) {
            self.file = file
            self.rows = rows
        }
    }

    /// A transcript at its party.
    public struct Transcript: Codable, Hashable, Sendable {
        /// Its path at the party.
        public var file: String
        /// Frames that the party sent and took.
        public var frames: Int
        /// The chain's head at the end, in hex.
        public var root: String

        /// A transcript with its fields as they are.
        public init(file: String, frames: Int, root: String) {
            self.file = file
            self.frames = frames
            self.root = root
        }
    }

    /// How good predictions are; those that the job asks for.
    public struct Metrics: Codable, Hashable, Sendable {
        /// Area under the ROC curve, 0 to 1.
        public var auc: Double?
        /// Kolmogorov-Smirnov, 0 to 1.
        public var ks: Double?
        /// Mean negative log-likelihood.
        public var logloss: Double?
        /// Share of rows on the right side of one half.
        public var accuracy: Double?
        /// Of those called positive, the share that is; of classes, in the mean.
        public var precision: Double?
        /// Of the positives, the share that is called so; of classes, in the mean.
        public var recall: Double?
        /// Harmonic mean of the two; of classes, in the mean.
        public var f1: Double?
        /// Average precision, 0 to 1.
        public var ap: Double?
        /// Mean squared difference between probability and label.
        public var brier: Double?
        /// Root of the mean squared difference.
        public var rmse: Double?
        /// Mean magnitude of the difference.
        public var mae: Double?
        /// Share of the variance explained, at most 1.
        public var r2: Double?
        /// Mean Poisson deviance.
        public var deviance: Double?

        /// Nothing measured yet.
        public init() {}
    }

    /// The report of a party that has just begun.
    public init(
        party: Party, role: String, rows: Int, columns: Int, certificate: String, transcript: Transcript
    ) {
        self.party = party
        self.role = role
        self.rows = rows
        self.columns = columns
        self.certificate = certificate
        self.transcript = transcript
        preparedColumns = 0
        embeddedFields = 0
        aligned = 0
        rounds = 0
        localUpdates = nil
        bytesSent = [:]
        ciphertexts = Ciphertexts()
        seconds = Seconds()
        peakMemoryBytes = 0
        exposure = nil
        model = nil
        scores = nil
        metrics = nil
        baselines = [:]
        notes = []
    }
}
