internal import Cryptography
internal import Specification

/// A feature party's role: it blinds its own list, blinds the leader's in its turn, and is told which of its ids all parties have.
///
///     start()   --member-count-->    <--leader-count--
///               --member-points-->   <--leader-points--
///               --leader-tags-->     <--common--           common ids in the common order
///
/// Learns how many ids the leader has, and which of its own ids all parties have.
struct AlignmentMember: Role {
    private enum State {
        case fresh
        /// Waits for leader-count.
        case counting
        /// Waits for leader-points.
        case blinding(OwnList, leaderCount: Int)
        /// Waits for common.
        case matching(OwnList, leaderCount: Int)
        case done
    }

    private let leader: Party
    private let ids: [IDHash]
    private let order: CommonOrder
    private let jobHash: [UInt8]
    private let random: any RandomSource
    private var state = State.fresh

    init(leader: Party, ids: [IDHash], order: CommonOrder, jobHash: [UInt8], random: any RandomSource) {
        self.leader = leader
        self.ids = ids
        self.order = order
        self.jobHash = jobHash
        self.random = random
    }

    var awaiting: Party? {
        switch state {
        case .counting, .blinding, .matching: leader
        case .fresh, .done: nil
        }
    }

    /// Announces how many ids it has.
    mutating func start() throws -> [Action<[Int]>] {
        guard case .fresh = state else { throw AlignmentError.alreadyStarted }
        state = .counting
        return [.send(AlignmentStep.memberCount.announcement(of: ids.count), to: leader)]
    }

    /// Outputs the places of the common ids in `ids`.
    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<[Int]>] {
        guard peer == awaiting else { throw outOfTurn(frame, from: peer) }
        switch state {
        case .fresh, .done:
            throw outOfTurn(frame, from: peer)
        case .counting:
            let leaderCount = try AlignmentStep.leaderCount.announced(frame, from: peer)
            let list = try OwnList(ids, random: random)
            let points = CurvePoint.encode(try list.points())
            state = .blinding(list, leaderCount: leaderCount)
            return [.send(AlignmentStep.memberPoints.frame(points, count: ids.count), to: leader)]
        case .blinding(let list, let leaderCount):
            let tags = try AlignmentStep.leaderPoints.blinded(
                frame, from: peer, count: leaderCount, by: list.scalar, jobHash: jobHash)
            state = .matching(list, leaderCount: leaderCount)
            return [.send(AlignmentStep.leaderTags.frame(Tag.encode(tags), count: leaderCount), to: leader)]
        case .matching(let list, let leaderCount):
            let positions = try AlignmentStep.common.positions(
                frame, from: peer, count: list.count, limit: min(list.count, leaderCount))
            state = .done
            return [.output(list.places(at: positions, in: order))]
        }
    }
}
