public import Specification

/// The report of a finished job: one JSON object whose field names scripts rely on.
public struct Report: Codable, Hashable, Sendable {
    public var job: String
    public var hash: String
    public var parties: [Party: PartyEntry]
    public var aligned: Int
    public var model: String
    public var protection: String
    /// Absent where the label party's policy does not release them.
    public var metrics: PartyReport.Metrics?
    public var baselines: [String: PartyReport.Metrics]
    public var rounds: Int
    public var localUpdates: Int
    public var bytes: [Party: [Party: Int]]
    public var ciphertexts: [Party: PartyReport.Ciphertexts]
    public var seconds: PartyReport.Seconds
    public var peakMemoryBytes: [Party: Int]
    public var keys: Keys
    /// The largest ratio of any feature party, and the limit that held for it.
    public var exposure: PartyReport.Exposure
    public var exposures: [Party: PartyReport.Exposure]
    public var transcripts: [Party: PartyReport.Transcript]
    /// What the job gave away by design, in plain words.
    public var leakage: [String]
    public var notes: [String]

    public struct PartyEntry: Codable, Hashable, Sendable {
        public var role: String
        public var rows: Int
        public var columns: Int
        public var preparedColumns: Int
        public var certificate: String
    }

    public struct Keys: Codable, Hashable, Sendable {
        public var bits: Int
        public var scheme: String

        public init(bits: Int, scheme: String) {
            self.bits = bits
            self.scheme = scheme
        }
    }

    /// Puts the parties' own reports together. Times are those of the slowest party.
    public init(
        job: String, hash: String, model: String, protection: String, keys: Keys, leakage: [String],
        reports: [PartyReport]
    ) {
        self.job = job
        self.hash = hash
        self.model = model
        self.protection = protection
        self.keys = keys
        self.leakage = leakage
        func gather<Value>(_ value: (PartyReport) -> Value) -> [Party: Value] {
            Dictionary(uniqueKeysWithValues: reports.map { ($0.party, value($0)) })
        }
        parties = gather {
            PartyEntry(
                role: $0.role, rows: $0.rows, columns: $0.columns, preparedColumns: $0.preparedColumns,
                certificate: $0.certificate)
        }
        aligned = reports.map(\.aligned).max() ?? 0
        // Nobody else has labels to measure with.
        let measured = reports.first { $0.role == "label" }
        metrics = measured?.metrics
        baselines = measured?.baselines ?? [:]
        rounds = reports.map(\.rounds).max() ?? 0
        localUpdates = 0
        bytes = gather(\.bytesSent)
        ciphertexts = gather(\.ciphertexts)
        seconds = PartyReport.Seconds()
        seconds.align = reports.map(\.seconds.align).max() ?? 0
        seconds.prepare = reports.map(\.seconds.prepare).max() ?? 0
        seconds.train = reports.map(\.seconds.train).max() ?? 0
        seconds.evaluate = reports.map(\.seconds.evaluate).max() ?? 0
        seconds.total = reports.map(\.seconds.total).max() ?? 0
        peakMemoryBytes = gather(\.peakMemoryBytes)
        exposures = gather(\.exposure).compactMapValues { $0 }
        exposure = exposures.values.max { $0.ratio < $1.ratio } ?? PartyReport.Exposure(ratio: 0, limit: 0)
        transcripts = gather(\.transcript)
        notes = reports.flatMap { report in report.notes.map { "\(report.party): \($0)" } }
    }
}
