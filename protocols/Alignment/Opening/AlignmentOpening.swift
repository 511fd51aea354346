public import Cryptography
public import Specification

/// One party's role in the opening of an alignment: parties tell how many ids they offer, and agree on what is left to do.
///
///     start()   --member-offer-->     every member to the leader
///               <--leader-plan--      the leader to every member, when all offers are in
///
/// Outputs the ``AlignmentSchedule``, the same at every party.
public struct AlignmentOpening: Role {
    /// What of an alignment the job and not its parties decide.
    public struct Terms: Hashable, Sendable {
        public var method: AlignmentMethod?
        public var audience: AlignmentAudience
        /// Ids of a bucket, before padding; `nil`: the method's own.
        public var bucketSize: Int?
        /// Whether the member's work on its ids is kept and serves again: between two parties, by Diffie-Hellman.
        public var keepsTags: Bool

        /// - Parameter method: `nil`: by the counts.
        public init(
            method: AlignmentMethod? = nil, audience: AlignmentAudience = .all, bucketSize: Int? = nil,
            keepsTags: Bool = false
        ) {
            (self.method, self.audience) = (keepsTags ? .ecdh : method, audience)
            (self.bucketSize, self.keepsTags) = (bucketSize, keepsTags)
        }
    }

    private enum State {
        case fresh
        /// The leader waits for the first that is missing.
        case collecting(missing: ArraySlice<Party>, offers: [Party: AlignmentOffer])
        /// A member waits for the leader.
        case waiting
        case done
    }

    private let me: Party
    private let parties: [Party]
    private let leader: Party
    private let offer: AlignmentOffer
    private let terms: Terms
    private let random: any RandomSource
    private var state = State.fresh

    /// - Parameters:
    ///   - parties: All parties, this one among them, in the job's order.
    ///   - leader: The label party.
    ///   - terms: The same at every party.
    ///   - random: This party's source for this attempt.
    /// - Throws: ``AlignmentError/invalidParties``.
    public init(
        me: Party, parties: [Party], leader: Party, offer: AlignmentOffer, terms: Terms, random: any RandomSource
    ) throws(AlignmentError) {
        try AlignmentProtocol.check(parties, leader: leader)
        guard parties.contains(me), !terms.keepsTags || parties.count == 2 else { throw .invalidParties }
        (self.me, self.parties, self.leader) = (me, parties, leader)
        (self.offer, self.terms, self.random) = (offer, terms, random)
    }

    public var awaiting: Party? {
        switch state {
        case .collecting(let missing, _): missing.first
        case .waiting: leader
        case .fresh, .done: nil
        }
    }

    /// A member makes its offer.
    public mutating func start() throws -> [Action<AlignmentSchedule>] {
        guard case .fresh = state else { throw AlignmentError.alreadyStarted }
        guard me == leader else {
            state = .waiting
            return [.send(AlignmentStep.memberOffer.frame(offer.encoded, shape: [offer.ids]), to: leader)]
        }
        state = .collecting(missing: parties.filter { $0 != me }[...], offers: [me: offer])
        return []
    }

    /// - Throws: ``AlignmentError/declarationsDiffer(_:)`` where a partner's keys are declared in another way.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<AlignmentSchedule>] {
        guard peer == awaiting else { throw outOfTurn(frame, from: peer) }
        switch state {
        case .fresh, .done:
            throw outOfTurn(frame, from: peer)
        case .collecting(let missing, var offers):
            let (theirs, rest) = try read(.memberOffer, frame, from: peer)
            guard rest.remaining == 0 else { throw length(.memberOffer, frame, peer) }
            offers[peer] = theirs
            guard missing.count == 1 else {
                state = .collecting(missing: missing.dropFirst(), offers: offers)
                return []
            }
            state = .done
            return try plan(offers)
        case .waiting:
            var (theirs, rest) = try read(.leaderPlan, frame, from: peer)
            guard rest.remaining == 8 * parties.count else { throw length(.leaderPlan, frame, peer) }
            let counts = try parties.map { ($0, try rest.count()) }
            let known = Dictionary(uniqueKeysWithValues: counts)
            guard let session = theirs.session, known[leader] == theirs.ids, known[me] == offer.ids,
                known.values.allSatisfy({ (1...AlignmentProtocol.idLimit).contains($0) })
            else {
                throw AlignmentStep.leaderPlan.violation(
                    frame, peer,
                    expected: "a session, and every party's count of 1 to \(AlignmentProtocol.idLimit) ids",
                    found: "other counts")
            }
            // What this party does not have itself cannot be finished.
            guard theirs.finished.isSubset(of: session == offer.session ? offer.finished : []) else {
                throw AlignmentStep.leaderPlan.violation(
                    frame, peer, expected: "no other finished buckets than this party has", found: "others")
            }
            // What serves again is what both have.
            guard theirs.kept == nil || theirs.kept == offer.kept && terms.keepsTags else {
                throw AlignmentStep.leaderPlan.violation(
                    frame, peer, expected: "nothing to serve again that this party has not kept",
                    found: "another session")
            }
            state = .done
            return [.output(try schedule(session, counts: known, finished: theirs.finished, kept: theirs.kept))]
        }
    }

    private func plan(_ offers: [Party: AlignmentOffer]) throws -> [Action<AlignmentSchedule>] {
        // Only what was begun with the ids that everybody still has goes on.
        let isContinued = offer.session != nil && offers.values.allSatisfy { $0.session == offer.session }
        let session = try isContinued ? offer.session : random.stream("alignment/session").bytes(16)
        let counts = offers.mapValues(\.ids)
        var own = offer
        own.session = session
        own.finished = isContinued ? offers.values.map(\.finished).reduce(offer.finished) { $0.intersection($1) } : []
        var schedule = try schedule(session ?? [], counts: counts, finished: own.finished, kept: nil)
        let common = offers.values.allSatisfy { $0.kept == offer.kept } ? offer.kept : nil
        own.kept = terms.keepsTags && common?.buckets == schedule.buckets ? common : nil
        if own.kept != nil {
            schedule = try self.schedule(schedule.session, counts: counts, finished: own.finished, kept: own.kept)
        }
        var writer = CanonicalWriter()
        writer.raw(own.encoded)
        for party in parties { writer.count(counts[party, default: 0]) }
        let frame = AlignmentStep.leaderPlan.frame(writer.bytes, shape: [own.ids])
        return parties.filter { $0 != me }.map { .send(frame, to: $0) } + [.output(schedule)]
    }

    private func schedule(
        _ session: [UInt8], counts: [Party: Int], finished: Set<Int>, kept: AlignmentOffer.Kept?
    ) throws(AlignmentError) -> AlignmentSchedule {
        let schedule = AlignmentSchedule(
            parties: parties, leader: leader, session: session, counts: counts, method: terms.method,
            audience: terms.audience, bucketSize: terms.bucketSize, finished: finished,
            kept: terms.keepsTags ? .init(name: kept?.name ?? session, isThere: kept != nil) : nil)
        guard schedule.buckets <= AlignmentProtocol.bucketLimit else {
            let size = terms.bucketSize ?? schedule.method.bucketSize
            throw .tooManyIDs(count: counts.values.max() ?? 0, limit: size * AlignmentProtocol.bucketLimit)
        }
        return schedule
    }

    /// A partner's offer, as a member makes it and as a leader's plan begins.
    private func read(
        _ step: AlignmentStep, _ frame: Frame, from peer: Party
    ) throws -> (AlignmentOffer, rest: CanonicalReader) {
        var (count, reader) = try step.counted(frame, from: peer)
        guard (1...AlignmentProtocol.idLimit).contains(count) else {
            throw step.violation(
                frame, peer, expected: "1 to \(AlignmentProtocol.idLimit) ids", found: "\(count)")
        }
        guard let theirs = try? AlignmentOffer(ids: count, from: &reader) else { throw length(step, frame, peer) }
        guard theirs.declaration == offer.declaration else { throw AlignmentError.declarationsDiffer(peer) }
        return (theirs, reader)
    }

    private func length(_ step: AlignmentStep, _ frame: Frame, _ peer: Party) -> ProtocolViolation {
        step.violation(frame, peer, expected: "a whole \(step.rawValue)", found: "\(frame.payload.count) bytes")
    }
}
