public import Cryptography
public import Specification

/// One party's role in one bucket of an alignment; see ``AlignmentProtocol`` and `README.md` for what each learns.
///
/// Works on all cores, inside the calls. A role that has thrown is done: the bucket begins again, with new secrets.
public struct AlignmentBucketParty: Role {
    /// What a party brings to a bucket.
    public struct Input: Sendable {
        /// This party's ids of the bucket, ascending, 32 bytes each.
        public var ids: [UInt8]
        /// What identifies the job, the same at every party.
        public var jobHash: [UInt8]
        /// 32 bytes that this party keeps for the session: they decide in which order its ids travel and which rows are decoys, so
        /// that a bucket that begins again shows nothing new. Where tags are kept, at the member: of the session that made them,
        /// and its scalar, too.
        public var sessionSecret: SecretBytes
        /// At the leader, the member's tags of the bucket, where they were kept.
        public var tags: [UInt8]?
        /// With three and more parties, for each other one 32 bytes that only the two of them have, new for every attempt.
        public var pairKeys: [Party: SecretBytes]

        public init(
            ids: [UInt8], jobHash: [UInt8], sessionSecret: SecretBytes, tags: [UInt8]? = nil,
            pairKeys: [Party: SecretBytes] = [:]
        ) {
            (self.ids, self.jobHash, self.tags) = (ids, jobHash, tags)
            (self.sessionSecret, self.pairKeys) = (sessionSecret, pairKeys)
        }
    }

    private var role: any BucketRole
    private var isStarted = false

    /// - Parameter random: This party's source for this attempt. Its names with the bucket's number are used up.
    /// - Throws: ``AlignmentError/overfullBucket(_:ids:capacity:)``, ``AlignmentError/invalidParties``; `RandomError`.
    public init(
        me: Party, bucket: AlignmentBucket, input: Input, random: any RandomSource
    ) throws {
        let others = bucket.schedule.parties.filter { $0 != me }
        guard bucket.schedule.parties.contains(me), !bucket.isForSeveral || Set(input.pairKeys.keys) == Set(others)
        else { throw AlignmentError.invalidParties }
        role =
            try me == bucket.leader
            ? BucketLeader(bucket, input, random: random) : BucketMember(me, bucket, input, random: random)
    }

    /// Whose frame comes next; the leader takes its members' in the job's order.
    public var awaiting: Party? { isStarted ? role.awaiting : nil }

    public mutating func start() throws -> [Action<AlignedPlaces>] {
        guard !isStarted else { throw AlignmentError.alreadyStarted }
        isStarted = true
        return try role.start()
    }

    public mutating func proceed() throws -> [Action<AlignedPlaces>] { try role.proceed() }

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<AlignedPlaces>] {
        guard peer == awaiting else { throw outOfTurn(frame, from: peer) }
        return try role.receive(frame, from: peer)
    }
}

/// The leader's or a member's part.
protocol BucketRole: Role where Output == AlignedPlaces {
    /// What comes first, without waiting for anybody.
    mutating func start() throws -> [Action<AlignedPlaces>]
}
