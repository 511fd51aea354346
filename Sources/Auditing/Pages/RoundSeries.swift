/// Bytes that crossed the writer's link to one partner in the rounds of a phase, one after the other, in the memory of a few
/// hundred buckets however many rounds there are.
///
/// A round is a run of frames of one session that say the same round number: on one link, rounds follow each other. While they
/// are few, each has a bucket of its own; then neighbours are merged, and a bucket keeps the least and the most that one of its
/// rounds sent.
public struct RoundSeries: Sendable, Encodable {
    /// When a new bucket would be one more, neighbours are merged first.
    static let limit = 256

    /// In the rounds' order; each but the last stands for ``width`` rounds.
    public private(set) var buckets: [Bucket] = []
    public private(set) var width = 1

    /// Some rounds that follow each other.
    public struct Bucket: Sendable, Encodable {
        public var rounds: Int
        /// What the transcript's writer sent in a round.
        public var sent: Extent
        /// What it took in a round.
        public var taken: Extent
    }

    /// The smallest and the largest of some numbers of bytes.
    public struct Extent: Hashable, Sendable, Encodable {
        public var least: Int
        public var most: Int

        func merged(with other: Extent) -> Extent {
            Extent(least: min(least, other.least), most: max(most, other.most))
        }
    }

    private enum CodingKeys: CodingKey { case buckets, width }

    /// The round under way.
    private var open: (session: Int, round: Int, sent: Int, taken: Int)?

    /// Takes a frame in.
    mutating func add(_ bytes: Int, isOutgoing: Bool, round: Int, session: Int) {
        if let open, (open.session, open.round) != (session, round) { close() }
        var current = open ?? (session, round, 0, 0)
        if isOutgoing {
            current.sent = current.sent.saturatingSum(bytes)
        } else {
            current.taken = current.taken.saturatingSum(bytes)
        }
        open = current
    }

    /// Ends the round under way: nothing of it follows.
    mutating func close() {
        guard let open else { return }
        self.open = nil
        let bucket = Bucket(
            rounds: 1, sent: Extent(least: open.sent, most: open.sent),
            taken: Extent(least: open.taken, most: open.taken))
        if let last = buckets.last, last.rounds < width {
            buckets[buckets.count - 1] = last.merged(with: bucket)
        } else {
            if buckets.count == Self.limit { halve() }
            buckets.append(bucket)
        }
    }

    private mutating func halve() {
        buckets = stride(from: 0, to: buckets.count, by: 2).map { buckets[$0].merged(with: buckets[$0 + 1]) }
        width *= 2
    }

    /// The least and the most that one round sent; `nil` where there was none.
    var sent: Extent? { buckets.dropFirst().reduce(buckets.first?.sent) { $0?.merged(with: $1.sent) } }

    /// The least and the most that one round took; `nil` where there was none.
    var taken: Extent? { buckets.dropFirst().reduce(buckets.first?.taken) { $0?.merged(with: $1.taken) } }
}

extension RoundSeries.Bucket {
    fileprivate func merged(with other: Self) -> Self {
        Self(rounds: rounds + other.rounds, sent: sent.merged(with: other.sent), taken: taken.merged(with: other.taken))
    }
}

extension Int {
    /// The sum, or the largest number where a hostile file claims more.
    func saturatingSum(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
