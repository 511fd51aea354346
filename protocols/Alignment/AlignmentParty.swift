public import Cryptography
public import Specification

/// One party's role in an alignment: it offers its ids, or a sample of them, and gets the rows whose ids all parties offer.
///
/// The label party leads; see ``AlignmentProtocol`` and `README.md` for what each learns. Work on the curve happens inside
/// ``receive(_:from:)``, on all cores. A role that has thrown is done: the job goes on in a new attempt.
public struct AlignmentParty: Role {
    private enum Part {
        case leader(AlignmentLeader)
        case member(AlignmentMember)
    }

    /// The row of each id that is offered.
    private let rows: [Int]
    private var part: Part

    /// - Parameters:
    ///   - members: All parties, this one among them, in the job's order.
    ///   - leader: The label party.
    ///   - ids: The canonical bytes of this party's ids, row by row, each once.
    ///   - sample: How many ids to offer at most: those that come first in the ``CommonOrder``. `nil`: all.
    ///   - order: The same at every party.
    ///   - jobHash: What identifies the job, the same at every party.
    ///   - random: This party's source for this attempt.
    /// - Throws: ``AlignmentError`` for parties that do not make an alignment, and for ids that cannot be aligned.
    public init(
        me: Party, members: [Party], leader: Party, ids: [[UInt8]], sample: Int?, order: CommonOrder, jobHash: [UInt8],
        random: any RandomSource
    ) throws(AlignmentError) {
        try AlignmentProtocol.check(members, leader: leader)
        guard members.contains(me) else { throw .invalidParties }
        let (count, limit) = (min(sample ?? ids.count, ids.count), AlignmentProtocol.idLimit)
        guard count > 0 else { throw .noIDs }
        guard count <= limit else { throw .tooManyIDs(count: count, limit: limit) }
        let hashes = ids.map(IDHash.init(canonicalID:))
        let different = Set(hashes).count
        guard different == ids.count else { throw .duplicateIDs(count: ids.count - different) }
        rows = sample == nil ? Array(ids.indices) : order.sample(count, of: hashes)
        let offered = rows.map { hashes[$0] }
        part =
            me == leader
            ? .leader(
                .init(
                    me, members: members.filter { $0 != me }, ids: offered, order: order, jobHash: jobHash,
                    random: random))
            : .member(.init(leader: leader, ids: offered, order: order, jobHash: jobHash, random: random))
    }

    /// Whose frame comes next; the leader takes its members' in the job's order.
    public var awaiting: Party? {
        switch part {
        case .leader(let role): role.awaiting
        case .member(let role): role.awaiting
        }
    }

    /// Announces how many ids it offers.
    public mutating func start() throws -> [Action<[Int]>] {
        switch part {
        case .leader(var role):
            defer { part = .leader(role) }
            return try role.start()
        case .member(var role):
            defer { part = .member(role) }
            return try role.start()
        }
    }

    /// Outputs, after the last frame, the rows of the common ids in the order that all parties share.
    ///
    /// - Throws: ``AlignmentError/emptyIntersection(offers:)`` at the leader where the parties have no id in common.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<[Int]>] {
        let actions: [Action<[Int]>]
        switch part {
        case .leader(var role):
            defer { part = .leader(role) }
            actions = try role.receive(frame, from: peer)
        case .member(var role):
            defer { part = .member(role) }
            actions = try role.receive(frame, from: peer)
        }
        return actions.map { action in
            switch action {
            case .send: action
            case .output(let offered): .output(offered.map { rows[$0] })
            }
        }
    }
}
