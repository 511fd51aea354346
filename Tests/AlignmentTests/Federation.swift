import Alignment
import Cryptography
import Identifiers
import Specification

/// A whole alignment in one process: every party's role, and at both ends of every link a guard.
struct Federation {
    /// A frame on its way.
    struct Crossing: Equatable {
        let sender: Party
        let receiver: Party
        var frame: Frame
    }

    static let jobHash = SHA256.hash(Array("job".utf8))
    static let declaration = KeyDeclaration(columns: [KeyColumn("id")])

    let parties: [Party]
    let leader: Party
    let lists: [Party: [String]]
    /// What the network makes of a frame: tests put a deviating sender here.
    var tamper: (Crossing) -> Frame = { $0.frame }
    /// Roles check for themselves what guards check.
    var isGuarded = true
    var seed = "seed"
    var terms = AlignmentOpening.Terms(method: .ecdh)
    /// What a party says of its earlier session.
    var sessions: [Party: (name: [UInt8], finished: Set<Int>)] = [:]
    /// What parties have kept of an earlier run, and its tags at the leader.
    var kept: (offer: AlignmentOffer.Kept, tags: [[UInt8]])?
    /// How a party's keys are declared.
    var declarations: [Party: [UInt8]] = [:]

    /// The parties `party-0`, `party-1` ... with one list each.
    init(_ lists: [[String]], leader: Int = 0, method: AlignmentMethod = .ecdh, bucketSize: Int? = nil) throws {
        parties = try lists.indices.map { try Party("party-\($0)") }
        self.leader = parties[leader]
        self.lists = Dictionary(uniqueKeysWithValues: zip(parties, lists))
        terms.method = method
        terms.bucketSize = bucketSize
    }

    /// What a run left behind.
    struct Outcome {
        /// By party, for each row of the result in the common order, the place in the party's list.
        var rows: [Party: [Int?]] = [:]
        /// What was sent, in the order of arrival.
        var crossings: [Crossing] = []
        var schedule: AlignmentSchedule?
        var areAllGuardsFinished = true
        /// What the leader may keep, bucket by bucket.
        var tags: [[UInt8]] = []
    }

    /// A party's ids: hashes in ascending order, and where each stands in its list.
    private func sorted(_ party: Party) throws -> [(hash: IDHash, place: Int)] {
        let hasher = IDHasher(Self.declaration, seed: Self.jobHash)
        return try lists[party, default: []].enumerated().map { place, id in
            guard let hash = try hasher.hash([Array(id.utf8)[...]]) else { throw CancellationError() }
            return (hash, place)
        }
        .sorted { $0.hash < $1.hash }
    }

    func run() throws -> Outcome {
        var outcome = Outcome()
        let sources = Dictionary(
            uniqueKeysWithValues: parties.map { ($0, RecordedRandomSource(seed: Array("\(seed)/\($0)".utf8))) })
        let opened: [Party: [AlignmentSchedule]] = try drive(
            AlignmentProtocol.plan(members: parties, leader: leader), &outcome,
            try roles { try opening(of: $0, random: sources[$0]) }, start: { try $0.start() })
        guard let schedule = opened[leader]?.first else { throw CancellationError() }
        outcome.areAllGuardsFinished = outcome.areAllGuardsFinished && opened.values.allSatisfy { $0 == [schedule] }
        outcome.schedule = schedule
        let ids = try Dictionary(uniqueKeysWithValues: parties.map { ($0, try sorted($0)) })
        let buckets = Buckets(count: schedule.buckets)
        for index in schedule.unfinished {
            let bucket = schedule.bucket(index)
            let own = ids.mapValues { $0.filter { buckets.bucket(of: $0.hash.leading) == index } }
            let places: [Party: [AlignedPlaces]] = try drive(
                bucket.plan, &outcome,
                try roles { party in
                    try AlignmentBucketParty(
                        me: party, bucket: bucket,
                        input: input(of: party, own[party, default: []].map(\.hash), bucket: index),
                        random: sources[party] ?? RecordedRandomSource(seed: []))
                }, start: { try $0.start() })
            if let tags = places[leader]?.first?.tags { outcome.tags.append(tags) }
            for party in parties {
                let list = own[party, default: []]
                outcome.rows[party, default: []] +=
                    (places[party]?.first?.places ?? []).map { $0.map { list[$0].place } }
            }
        }
        return outcome
    }

    func opening(of party: Party, random: (any RandomSource)? = nil) throws -> AlignmentOpening {
        let session = sessions[party]
        return try AlignmentOpening(
            me: party, parties: parties, leader: leader,
            offer: AlignmentOffer(
                ids: lists[party, default: []].count,
                declaration: declarations[party] ?? Self.declaration.fingerprint, session: session?.name,
                finished: session?.finished ?? [], kept: kept?.offer),
            terms: terms, random: random ?? RecordedRandomSource(seed: Array("\(seed)/\(party)".utf8)))
    }

    private func input(of party: Party, _ hashes: [IDHash], bucket: Int) throws -> AlignmentBucketParty.Input {
        let pairs = parties.filter { $0 != party && parties.count > 2 }.map { other in
            let ends = [party.name, other.name].sorted().joined(separator: "+")
            return (other, SecretBytes(copying: SHA256.hash(Array("\(seed) \(ends)".utf8))))
        }
        return AlignmentBucketParty.Input(
            ids: hashes.flatMap(\.bytes), jobHash: Self.jobHash,
            sessionSecret: SecretBytes(copying: SHA256.hash(Array("secret of \(party)".utf8))),
            tags: party == leader ? kept?.tags[bucket] : nil,
            pairKeys: Dictionary(uniqueKeysWithValues: pairs))
    }

    private func roles<R: Role>(_ make: (Party) throws -> R) rethrows -> [Party: R] {
        try Dictionary(uniqueKeysWithValues: parties.map { ($0, try make($0)) })
    }

    /// One session of all parties.
    private func drive<R: Role>(
        _ plan: SessionPlan, _ outcome: inout Outcome, _ made: [Party: R],
        start: (inout R) throws -> [Action<R.Output>]
    ) throws -> [Party: [R.Output]] {
        var roles = made
        var guards: [Party: [Party: Guard]] = [:]
        for party in parties {
            for peer in parties where peer != party && isGuarded {
                guards[party, default: [:]][peer] = try Guard(
                    AlignmentProtocol.specification, plan: plan, me: party, peer: peer)
            }
        }
        var underWay: [Crossing] = []
        var outputs: [Party: [R.Output]] = [:]
        func perform(_ actions: [Action<R.Output>], of party: Party) throws {
            for action in actions {
                switch action {
                case .send(let frame, let peer):
                    try guards[party]?[peer]?.send(frame)
                    underWay.append(Crossing(sender: party, receiver: peer, frame: frame))
                case .output(let output): outputs[party, default: []].append(output)
                case .proceed: try perform(roles[party]?.proceed() ?? [], of: party)
                }
            }
        }
        for party in parties {
            if var role = roles[party] {
                let actions = try start(&role)
                roles[party] = role
                try perform(actions, of: party)
            }
        }
        while let next = underWay.firstIndex(where: { roles[$0.receiver]?.awaiting == $0.sender }) {
            var crossing = underWay.remove(at: next)
            crossing.frame = tamper(crossing)
            outcome.crossings.append(crossing)
            try guards[crossing.receiver]?[crossing.sender]?.receive(crossing.frame)
            let actions = try roles[crossing.receiver]?.receive(crossing.frame, from: crossing.sender) ?? []
            try perform(actions, of: crossing.receiver)
        }
        outcome.areAllGuardsFinished =
            outcome.areAllGuardsFinished && underWay.isEmpty
            && guards.values.allSatisfy { $0.values.allSatisfy(\.isFinished) }
        return outputs
    }
}
