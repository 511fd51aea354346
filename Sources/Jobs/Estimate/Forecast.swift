public import Specification

/// What a job will take if all rows are common that can be, and less if fewer are: what `colonnade check` prints.
public struct Forecast: Encodable, Hashable, Sendable {
    /// At most this many rows: those of the smallest party, all of them common.
    public var rows: Int
    /// Of training and evaluation.
    public var rounds: Int
    /// Sent between all parties.
    public var bytes: Int
    /// How long it takes.
    public var seconds: Seconds
    /// The most memory that each party's process will have had.
    public var peakMemoryBytes: [Party: Int]
    /// What the job writes to each party's disk.
    public var diskBytes: [Party: Int]

    /// By what takes them; as a report's, save that a network between the parties is not in them.
    public struct Seconds: Encodable, Hashable, Sendable {
        /// Finding the common rows.
        public var align = 0.0
        /// Rounds of training.
        public var train = 0.0
        /// Rounds that measure.
        public var evaluate = 0.0
        /// Connections, keys, preparation, baselines, the seal.
        public var other = 0.0
        /// All of these.
        public var total: Double { align + train + evaluate + other }

        enum CodingKeys: CodingKey { case align, train, evaluate, other, total }

        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(align, forKey: .align)
            try values.encode(train, forKey: .train)
            try values.encode(evaluate, forKey: .evaluate)
            try values.encode(other, forKey: .other)
            try values.encode(total, forKey: .total)
        }
    }
}
