internal import Cryptography
internal import Specification

/// The label party's role: it intersects its list with each member's, and tells each which of its ids all parties have.
///
///     start()   --leader-count-->    <--member-count--     every member
///               --leader-points-->                         every member, when all counts are in
///                                    <--member-points--
///                                    <--leader-tags--      one member after the other
///               --common-->                                every member; common ids in the common order
///
/// Learns how many ids each member has, and which of its own ids each member has.
struct AlignmentLeader: Role {
    private enum State {
        case fresh
        /// Waits for member-count of the first that is missing.
        case counting(missing: ArraySlice<Party>, counts: [Party: Int])
        /// Waits for member-points of the first that is missing.
        case blinding(missing: ArraySlice<Party>, Matching)
        /// Waits for its leader-tags; `tags` are those of its own ids, in its own order.
        case matching(missing: ArraySlice<Party>, tags: [Tag], Matching)
        case done
    }

    /// What is known while members' lists come in.
    private struct Matching {
        let list: OwnList
        let counts: [Party: Int]
        /// The ids that each member shares with the leader.
        var shared: [Party: [Shared]] = [:]
    }

    /// An id that a member shares with the leader.
    private struct Shared {
        /// Its position in the leader's list.
        let own: Int
        /// Its position in the member's list.
        let theirs: Int
    }

    private let me: Party
    /// All other parties; their frames are taken in this order.
    private let members: [Party]
    private let ids: [IDHash]
    private let order: CommonOrder
    private let jobHash: [UInt8]
    private let random: any RandomSource
    private var state = State.fresh

    init(
        _ party: Party, members: [Party], ids: [IDHash], order: CommonOrder, jobHash: [UInt8], random: any RandomSource
    ) {
        me = party
        self.members = members
        self.ids = ids
        self.order = order
        self.jobHash = jobHash
        self.random = random
    }

    var awaiting: Party? {
        switch state {
        case .counting(let missing, _), .blinding(let missing, _), .matching(let missing, _, _): missing.first
        case .fresh, .done: nil
        }
    }

    /// Announces how many ids it has.
    mutating func start() throws -> [Action<[Int]>] {
        guard case .fresh = state else { throw AlignmentError.alreadyStarted }
        state = .counting(missing: members[...], counts: [:])
        return members.map { .send(AlignmentStep.leaderCount.announcement(of: ids.count), to: $0) }
    }

    /// Outputs the places of the common ids in `ids`.
    /// - Throws: ``AlignmentError/emptyIntersection(offers:)`` where the parties have no id in common.
    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<[Int]>] {
        guard peer == awaiting else { throw outOfTurn(frame, from: peer) }
        switch state {
        case .fresh, .done:
            throw outOfTurn(frame, from: peer)
        case .counting(let missing, var counts):
            counts[peer] = try AlignmentStep.memberCount.announced(frame, from: peer)
            guard missing.count == 1 else {
                state = .counting(missing: missing.dropFirst(), counts: counts)
                return []
            }
            let list = try OwnList(ids, random: random)
            let points = AlignmentStep.leaderPoints.frame(CurvePoint.encode(try list.points()), count: ids.count)
            state = .blinding(missing: members[...], Matching(list: list, counts: counts))
            return members.map { .send(points, to: $0) }
        case .blinding(let missing, let matching):
            let tags = try AlignmentStep.memberPoints.blinded(
                frame, from: peer, count: matching.counts[peer, default: 0], by: matching.list.scalar, jobHash: jobHash)
            state = .matching(missing: missing, tags: tags, matching)
            return []
        case .matching(let missing, let tags, var matching):
            let own = try AlignmentStep.leaderTags.tags(frame, from: peer, count: ids.count)
            matching.shared[peer] = tags.enumerated().compactMap { position, tag in
                own[tag].map { Shared(own: $0, theirs: position) }
            }
            guard missing.count == 1 else {
                state = .blinding(missing: missing.dropFirst(), matching)
                return []
            }
            state = .done
            return try finish(matching)
        }
    }

    /// What each party is told.
    private func finish(_ matching: Matching) throws(AlignmentError) -> [Action<[Int]>] {
        var holders = [Int](repeating: 0, count: ids.count)
        for shared in matching.shared.values.joined() { holders[shared.own] += 1 }
        let positions = holders.indices.filter { holders[$0] == members.count }
        guard !positions.isEmpty else {
            let counts = [(me, ids.count)] + members.map { ($0, matching.counts[$0, default: 0]) }
            throw .emptyIntersection(offers: counts.map { AlignmentError.Offer($0.0, ids: $0.1) })
        }
        let results = members.map { member in
            let count = matching.counts[member, default: 0]
            let common = matching.shared[member, default: []].filter { holders[$0.own] == members.count }
            let bitmap = Bitmap.encode(common.map(\.theirs), count: count)
            return Action<[Int]>.send(AlignmentStep.common.frame(bitmap, count: count), to: member)
        }
        return results + [.output(matching.list.places(at: positions, in: order))]
    }
}
