internal import Identifiers
public import Specification

/// What the parties agreed on when an alignment was opened. The same at every party.
public struct AlignmentSchedule: Hashable, Sendable {
    /// All parties, in the job's order.
    public let parties: [Party]
    /// The label party.
    public let leader: Party
    /// 16 bytes: names the alignment over all attempts at it, as long as no party's ids change.
    public let session: [UInt8]
    /// How many ids each party offers.
    public let counts: [Party: Int]
    /// How the function is evaluated.
    public let method: AlignmentMethod
    /// Who learns the result.
    public let audience: AlignmentAudience
    /// How many buckets the ids are spread over.
    public let buckets: Int
    /// Those of which every party has the result.
    public let finished: Set<Int>
    /// What serves several alignments; `nil` where nothing does.
    public let kept: Kept?

    /// The member's tags of its ids, made once under one secret and kept by both.
    public struct Kept: Hashable, Sendable {
        /// 16 bytes: the session that made them, or makes them now.
        public let name: [UInt8]
        /// Whether they are there, so that they need not travel.
        public let isThere: Bool

        package init(name: [UInt8], isThere: Bool) { (self.name, self.isThere) = (name, isThere) }
    }

    /// - Parameters:
    ///   - method: `nil`: by the counts.
    ///   - bucketSize: Ids of a bucket, before padding; `nil`: the method's own.
    init(
        parties: [Party], leader: Party, session: [UInt8], counts: [Party: Int], method: AlignmentMethod?,
        audience: AlignmentAudience, bucketSize: Int?, finished: Set<Int>, kept: Kept?
    ) {
        let largest = counts.values.max() ?? 0
        let method = method ?? .automatic(largest: largest)
        let size = bucketSize ?? method.bucketSize
        (self.parties, self.leader, self.session, self.counts) = (parties, leader, session, counts)
        (self.method, self.audience) = (method, audience)
        buckets = Buckets(longestList: largest, size: size).count
        (self.finished, self.kept) = (finished, kept)
    }

    /// Buckets that are still to be done, in their order.
    public var unfinished: [Int] { (0..<buckets).filter { !finished.contains($0) } }

    /// The sizes of one bucket, which do not depend on what is in it.
    public func bucket(_ index: Int) -> AlignmentBucket {
        AlignmentBucket(self, index: index, capacities: counts.mapValues { Buckets(count: buckets).capacity(of: $0) })
    }

    /// Long enough that two different ids share a tag with probability 2^-40 at most over the whole alignment: 40 bits and those of
    /// the number of pairs.
    var tagByteCount: Int {
        // Kept tags meet ids of alignments to come: as long as can be.
        guard kept == nil else { return 16 }
        let others = parties.filter { $0 != leader }.map { counts[$0, default: 1] }
        let pairs = (Double(counts[leader, default: 1]), Double(others.reduce(0, +)))
        let bits = 40 + max(pairs.0, 1).logarithm + max(pairs.1, 1).logarithm
        return max(8, Int((bits / 8).rounded(.up)))
    }
}

extension Double {
    /// To the base 2, rounded up to a whole number: the same on every machine.
    fileprivate var logarithm: Double { self <= 1 ? 0 : Double((self - 1).exponent + 1) }
}
