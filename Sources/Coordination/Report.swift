public import Specification

/// The report of a finished job: one JSON object whose field names scripts rely on.
public struct Report: Codable, Hashable, Sendable {
    /// The job's name.
    public var job: String
    /// What identifies the job, in hex.
    public var hash: String
    /// Who took part, with what.
    public var parties: [Party: PartyEntry]
    /// Rows that all parties have.
    public var aligned: Int
    /// The kind of the model, such as `logistic`.
    public var model: String
    /// The name of the trained model, each party having its half; absent after a prediction.
    public var modelID: String?
    /// Where the label party has the scores of a prediction; absent after a training.
    public var scores: PartyReport.Scores?
    /// `blind` or `none`.
    public var protection: String
    /// Absent where the label party's policy does not release them.
    public var metrics: PartyReport.Metrics?
    /// The same of the rows that validate; absent likewise, and where there are none.
    public var validation: PartyReport.Metrics?
    /// 95 % confidence intervals of these, by the metric's name; absent likewise, and in reports of earlier programs.
    public var intervals: [String: PartyReport.Interval]?
    /// Tables beside them; absent likewise.
    public var curves: PartyReport.Curves?
    /// What each party's columns say of the label, where it knows that and its policy releases it.
    public var statistics: [Party: [PartyReport.ColumnStatistic]]?
    /// How each party's numeric columns follow from all others; likewise.
    public var correlations: [Party: [PartyReport.ColumnCorrelation]]?
    /// Models on fewer columns: `labelPartyOnly`, `labelPartyWithExtraColumns`, `labelPartyBoosted`; `colocated` after a local run.
    public var baselines: [String: PartyReport.Metrics]
    /// Rounds of training and evaluation.
    public var rounds: Int
    /// Updates without an exchange, of the party that made most.
    public var localUpdates: Int
    /// How long they took each party that made any, in seconds, its partners doing their part of rounds meanwhile; absent where there
    /// were none.
    public var localUpdateSeconds: [Party: Double]?
    /// How much a row counted in them; absent likewise.
    public var meanWeights: [Party: Double]?
    /// What all parties would have sent more had these been rounds, in bytes; absent likewise.
    public var bytesSaved: Int?
    /// From whom to whom, in bytes, without what TLS adds.
    public var bytes: [Party: [Party: Int]]
    /// What each party did under encryption.
    public var ciphertexts: [Party: PartyReport.Ciphertexts]
    /// Of the slowest party in each stage.
    public var seconds: PartyReport.Seconds
    /// Of the processor, of all cores of each party's process; absent in reports of earlier programs.
    public var processorSeconds: [Party: Double]?
    /// The most memory that each party's process ever had.
    public var peakMemoryBytes: [Party: Int]
    /// The keys of all parties.
    public var keys: Keys
    /// The largest ratio of any feature party, and the limit that held for it.
    public var exposure: PartyReport.Exposure
    /// The ratio of each feature party.
    public var exposures: [Party: PartyReport.Exposure]
    /// Where each party's record is, and its root.
    public var transcripts: [Party: PartyReport.Transcript]
    /// What the job gave away by design, in plain words.
    public var leakage: [String]
    /// Who holds what of the trained model, in plain words; empty after a prediction, absent in reports of earlier programs.
    public var holdings: [String]?
    /// Sentences for people, each after its party's name.
    public var notes: [String]

    /// A party's part in the job.
    public struct PartyEntry: Codable, Hashable, Sendable {
        /// `label` or `feature`.
        public var role: String
        /// Rows in its data.
        public var rows: Int
        /// Different ids that it offered; this and the next two are absent in reports of earlier programs.
        public var ids: Int?
        /// Rows left out because their key is empty.
        public var emptyKeys: Int?
        /// Rows left out because an earlier row has their key.
        public var repeatedKeys: Int?
        /// Columns of it in use, before one-hot.
        public var columns: Int
        /// Columns after preparation.
        public var preparedColumns: Int
        /// Categorical columns that are embedded; absent in reports of earlier programs.
        public var embeddedFields: Int?
        /// SHA-256 of its certificate, in hex.
        public var certificate: String
    }

    /// A key size and what it is of.
    public struct Keys: Codable, Hashable, Sendable {
        /// Bits of a modulus; 0 in an unprotected job.
        public var bits: Int
        /// `Paillier` or `none`.
        public var scheme: String

        /// Keys of one size.
        public init(bits: Int, scheme: String) {
            self.bits = bits
            self.scheme = scheme
        }
    }

    /// Puts the parties' own reports together. Times are those of the slowest party.
    public init(
        job: String, hash: String, model: String, protection: String, keys: Keys, leakage: [String],
        holdings: [String], reports: [PartyReport]
    ) {
        self.job = job
        self.hash = hash
        self.model = model
        self.protection = protection
        self.keys = keys
        self.leakage = leakage
        self.holdings = holdings
        func gather<Value>(_ value: (PartyReport) -> Value) -> [Party: Value] {
            Dictionary(uniqueKeysWithValues: reports.map { ($0.party, value($0)) })
        }
        parties = gather {
            PartyEntry(
                role: $0.role, rows: $0.rows, ids: $0.ids, emptyKeys: $0.emptyKeys,
                repeatedKeys: $0.repeatedKeys, columns: $0.columns, preparedColumns: $0.preparedColumns,
                embeddedFields: $0.embeddedFields, certificate: $0.certificate)
        }
        aligned = reports.map(\.aligned).max() ?? 0
        // Nobody else has labels to measure with.
        let measured = reports.first { $0.role == "label" }
        metrics = measured?.metrics
        validation = measured?.validation
        intervals = measured?.intervals
        curves = measured?.curves
        modelID = measured?.model
        scores = measured?.scores
        baselines = measured?.baselines ?? [:]
        let told = gather(\.statistics).compactMapValues { $0 }
        statistics = told.isEmpty ? nil : told
        let correlated = gather(\.correlations).compactMapValues { $0 }
        correlations = correlated.isEmpty ? nil : correlated
        rounds = reports.map(\.rounds).max() ?? 0
        localUpdates = reports.compactMap(\.localUpdates?.steps).max() ?? 0
        if localUpdates > 0 {
            let updating = gather(\.localUpdates).compactMapValues { $0 }
            meanWeights = updating.filter { $0.value.steps > 0 }.mapValues(\.meanWeight)
            localUpdateSeconds = updating.filter { $0.value.steps > 0 }.mapValues(\.seconds)
            bytesSaved = updating.values.reduce(0) { $0 + $1.bytesSaved }
        }
        bytes = gather(\.bytesSent)
        ciphertexts = gather(\.ciphertexts)
        seconds = PartyReport.Seconds()
        seconds.align = reports.map(\.seconds.align).max() ?? 0
        seconds.prepare = reports.map(\.seconds.prepare).max() ?? 0
        seconds.train = reports.map(\.seconds.train).max() ?? 0
        seconds.evaluate = reports.map(\.seconds.evaluate).max() ?? 0
        seconds.total = reports.map(\.seconds.total).max() ?? 0
        let processor = gather(\.processorSeconds).compactMapValues { $0 }
        processorSeconds = processor.isEmpty ? nil : processor
        peakMemoryBytes = gather(\.peakMemoryBytes)
        exposures = gather(\.exposure).compactMapValues { $0 }
        exposure = exposures.values.max { $0.ratio < $1.ratio } ?? PartyReport.Exposure(ratio: 0, limit: 0)
        transcripts = gather(\.transcript)
        notes = reports.flatMap { report in report.notes.map { "\(report.party): \($0)" } }
    }
}
