extension PartyReport {
    /// A 95 % confidence interval; in JSON a list of its two ends.
    public struct Interval: Codable, Hashable, Sendable {
        /// The lower end.
        public var low: Double
        /// The upper end.
        public var high: Double

        /// An interval with its ends as they are.
        public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

        /// Reads a list of two numbers, the lower one first.
        public init(from decoder: any Decoder) throws {
            let ends = try [Double](from: decoder)
            guard ends.count == 2, ends[0] <= ends[1] else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "two ends are expected, in their order"))
            }
            (low, high) = (ends[0], ends[1])
        }

        /// Writes `[low, high]`.
        public func encode(to encoder: any Encoder) throws { try [low, high].encode(to: encoder) }
    }

    /// How training went and how the scores of held-back rows stand to what happened, in numbers that show no row: means over
    /// rounds and counts in bins of scores, at least 10 rows in each. What a job's model has none of is absent.
    public struct Curves: Codable, Hashable, Sendable {
        /// The mean loss of training, at most 200 points.
        public var loss: [Loss]?
        /// Held-back rows by about the deciles of their scores, from the highest down; where labels are 0 and 1.
        public var deciles: [ScoreBin]?
        /// How far predicted probabilities and what happened are apart, in the mean over ten bins; where labels are 0 and 1.
        public var calibrationError: Double?
        /// Population stability index of the held-back rows' predictions against those of the last rounds of training: a quarter of
        /// the last epoch, or as much of it as has 1000 rows. The model still moved then, so that a part of it may be that.
        public var psi: Double?
        /// Held-back rows of each class by what they were taken for; where there are classes, each with 10 such rows or more.
        public var confusion: [[Int]]?

        /// Nothing yet.
        public init() {}

        /// Whether there is anything in it.
        public var isEmpty: Bool { self == Curves() }

        /// Some rounds that follow each other.
        public struct Loss: Codable, Hashable, Sendable {
            /// The last of them, from 1.
            public var round: Int
            /// Their mean loss.
            public var loss: Double

            /// A point with its fields as they are.
            public init(round: Int, loss: Double) { (self.round, self.loss) = (round, loss) }
        }

        /// Rows whose scores are between two edges.
        public struct ScoreBin: Codable, Hashable, Sendable {
            /// Scores are above this, and not above that of the bin before; absent of the lowest.
            public var above: Double?
            /// Held-back rows.
            public var rows: Int
            /// Those of them with label 1.
            public var positives: Int
            /// Their mean score: what calibration compares with their share of positives.
            public var meanScore: Double
            /// Training rows of the last rounds, by their scores there.
            public var trainingRows: Int
            /// How many times as often a row is positive here as among all.
            public var lift: Double
            /// Of this bin and all before it called positive, the share that is.
            public var precision: Double
            /// And of all positives the share that is among them: the gain.
            public var recall: Double
            /// Harmonic mean of the two.
            public var f1: Double

            /// A bin with its fields as they are.
            public init(
                above: Double?, rows: Int, positives: Int, meanScore: Double, trainingRows: Int, lift: Double,
                precision: Double, recall: Double, f1: Double
            ) {
                self.above = above
                self.rows = rows
                self.positives = positives
                self.meanScore = meanScore
                self.trainingRows = trainingRows
                self.lift = lift
                self.precision = precision
                self.recall = recall
                self.f1 = f1
            }
        }
    }
}
