public import Specification

/// What a party reports of a job that it finished: counts, sizes and times; metrics only from the label party, and only where its
/// policy releases them.
public struct PartyReport: Codable, Hashable, Sendable {
    public var party: Party
    public var role: String
    /// Rows in its data, and columns of it in use, before one-hot.
    public var rows: Int
    public var columns: Int
    /// Columns after preparation.
    public var preparedColumns: Int
    public var certificate: String
    public var aligned: Int
    public var rounds: Int
    public var bytesSent: [Party: Int]
    public var ciphertexts: Ciphertexts
    public var seconds: Seconds
    public var peakMemoryBytes: Int
    public var exposure: Exposure?
    public var transcript: Transcript
    public var metrics: Metrics?
    public var baselines: [String: Metrics]
    public var notes: [String]

    public struct Ciphertexts: Codable, Hashable, Sendable {
        public var encrypted = 0
        public var decrypted = 0
        public var multiplied = 0
        public var added = 0
        public var sent = 0

        public init() {}
    }

    public struct Seconds: Codable, Hashable, Sendable {
        public var align = 0.0
        public var prepare = 0.0
        public var train = 0.0
        public var evaluate = 0.0
        public var total = 0.0

        public init() {}
    }

    public struct Exposure: Codable, Hashable, Sendable {
        public var ratio: Double
        public var limit: Double

        public init(ratio: Double, limit: Double) {
            self.ratio = ratio
            self.limit = limit
        }
    }

    public struct Transcript: Codable, Hashable, Sendable {
        public var file: String
        public var frames: Int
        /// The chain's head at the end, in hex.
        public var root: String

        public init(file: String, frames: Int, root: String) {
            self.file = file
            self.frames = frames
            self.root = root
        }
    }

    public struct Metrics: Codable, Hashable, Sendable {
        public var auc: Double?
        public var ks: Double?
        public var logloss: Double?
        public var accuracy: Double?
        public var rmse: Double?

        public init() {}
    }

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
        aligned = 0
        rounds = 0
        bytesSent = [:]
        ciphertexts = Ciphertexts()
        seconds = Seconds()
        peakMemoryBytes = 0
        exposure = nil
        metrics = nil
        baselines = [:]
        notes = []
    }
}
