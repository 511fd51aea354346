import Alignment
import Cryptography
import Specification

/// The canonical bytes of an id of one column.
func canonical(_ id: String) -> [UInt8] {
    var writer = CanonicalWriter()
    writer.integer(UInt32(1))
    writer.blob(Array(id.utf8))
    return writer.bytes
}

func hash(of id: String) -> IDHash { IDHash(canonicalID: canonical(id)) }

/// A whole alignment in one process: every party's role, and at both ends of every link a guard.
struct Federation {
    /// A frame on its way.
    struct Crossing: Equatable {
        let sender: Party
        let receiver: Party
        var frame: Frame
    }

    static let jobHash = SHA256.hash(Array("job".utf8))

    let parties: [Party]
    let leader: Party
    let lists: [Party: [String]]
    /// What the network makes of a frame: tests put a deviating sender here.
    var tamper: (Crossing) -> Frame = { $0.frame }
    /// Roles check for themselves what guards check.
    var isGuarded = true
    var seed = "seed"
    var sample: Int?

    /// The parties `party-0`, `party-1` ... with one list each.
    init(_ lists: [[String]], leader: Int = 0) throws {
        parties = try lists.indices.map { try Party("party-\($0)") }
        self.leader = parties[leader]
        self.lists = Dictionary(uniqueKeysWithValues: zip(parties, lists))
    }

    /// What a run left behind.
    struct Outcome {
        var rows: [Party: [Int]] = [:]
        /// What was sent, in the order of arrival.
        var crossings: [Crossing] = []
        var areAllGuardsFinished = false
    }

    func run() throws -> Outcome {
        var outcome = Outcome()
        let plan = try AlignmentProtocol.plan(members: parties, leader: leader)
        var roles: [Party: AlignmentParty] = [:]
        var guards: [Party: [Party: Guard]] = [:]
        for party in parties {
            roles[party] = try role(of: party)
            for peer in parties where peer != party && isGuarded {
                guards[party, default: [:]][peer] = try Guard(
                    AlignmentProtocol.specification, plan: plan, me: party, peer: peer)
            }
        }
        var underWay: [Crossing] = []
        func perform(_ actions: [Action<[Int]>], of party: Party) throws {
            for action in actions {
                switch action {
                case .send(let frame, let peer):
                    try guards[party]?[peer]?.send(frame)
                    underWay.append(Crossing(sender: party, receiver: peer, frame: frame))
                case .output(let rows): outcome.rows[party] = rows
                }
            }
        }
        for party in parties { try perform(roles[party]?.start() ?? [], of: party) }
        while let next = underWay.firstIndex(where: { roles[$0.receiver]?.awaiting == $0.sender }) {
            var crossing = underWay.remove(at: next)
            crossing.frame = tamper(crossing)
            outcome.crossings.append(crossing)
            try guards[crossing.receiver]?[crossing.sender]?.receive(crossing.frame)
            let actions = try roles[crossing.receiver]?.receive(crossing.frame, from: crossing.sender) ?? []
            try perform(actions, of: crossing.receiver)
        }
        outcome.areAllGuardsFinished =
            underWay.isEmpty && guards.values.allSatisfy { $0.values.allSatisfy(\.isFinished) }
        return outcome
    }

    /// The role of a party.
    func role(of party: Party) throws -> AlignmentParty {
        try AlignmentParty(
            me: party, members: parties, leader: leader, ids: lists[party, default: []].map(canonical), sample: sample,
            order: CommonOrder(seed: Self.jobHash), jobHash: Self.jobHash,
            random: RecordedRandomSource(seed: Array("\(seed)/\(party)".utf8)))
    }
}
