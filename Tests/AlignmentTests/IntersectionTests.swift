import Alignment
import Cryptography
import Specification
import Testing

/// The protocol against the ideal functionality: plain sets.
@Suite struct IntersectionTests {
    /// Holds a run to what plain sets say.
    private func check(_ federation: Federation) throws {
        let sets = federation.lists.values.map(Set.init)
        let common = sets.dropFirst().reduce(sets[0]) { $0.intersection($1) }
        guard !common.isEmpty else {
            let others = federation.parties.filter { $0 != federation.leader }
            let offers = ([federation.leader] + others).map {
                AlignmentError.Offer($0, ids: federation.lists[$0, default: []].count)
            }
            #expect(throws: AlignmentError.emptyIntersection(offers: offers)) { try federation.run() }
            return
        }
        let outcome = try federation.run()
        #expect(outcome.areAllGuardsFinished)
        let ids = common.sorted()
        let expected = CommonOrder(seed: Federation.jobHash).places(of: ids.map(hash(of:))).map { ids[$0] }
        for party in federation.parties {
            let list = federation.lists[party, default: []]
            #expect(outcome.rows[party]?.map { list[$0] } == expected)
        }
    }

    /// Every party's list where bit p of the id's pattern says whether party p has it, rows shuffled.
    private func lists(_ patterns: [Int], parties: Int, using random: inout some RandomNumberGenerator) -> [[String]] {
        (0..<parties).map { party in
            patterns.indices.filter { patterns[$0] >> party & 1 == 1 }.map { "id-\($0)" }.shuffled(using: &random)
        }
    }

    @Test func everyOverlapOfThreeIdsBetweenTwoParties() throws {
        var random = SystemRandomNumberGenerator()
        for code in 0..<64 {
            let lists = lists([code & 3, code >> 2 & 3, code >> 4 & 3], parties: 2, using: &random)
            guard lists.allSatisfy({ !$0.isEmpty }) else { continue }
            try check(Federation(lists, leader: code % 2))
        }
    }

    @Test func everyOverlapOfTwoIdsBetweenThreeParties() throws {
        var random = SystemRandomNumberGenerator()
        for code in 0..<64 {
            // Two ids of the pattern, and one that each party has for itself.
            let lists = lists([code & 7, code >> 3 & 7, 1, 2, 4], parties: 3, using: &random)
            try check(Federation(lists, leader: code % 3))
        }
    }

    @Test(arguments: [2, 3, 4])
    func randomOverlapsFromNoneToAll(parties: Int) throws {
        var random = SystemRandomNumberGenerator()
        for trial in 0..<60 {
            // The share of ids that a party has goes from few to all.
            let patterns = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                (0..<parties).reduce(0) { $0 | (Int.random(in: 0..<60, using: &random) <= trial ? 1 : 0) << $1 }
            }
            let lists = lists(patterns, parties: parties, using: &random)
            guard lists.allSatisfy({ !$0.isEmpty }) else { continue }
            try check(Federation(lists, leader: trial % parties))
        }
    }

    @Test func listsThatFillMoreThanOneRunOfTheCurve() throws {
        let ids = (0..<700).map { "id-\($0)" }
        try check(Federation([Array(ids[..<500]), Array(ids[100...]).reversed()]))
        try check(Federation([ids, ids.shuffled(), ids.shuffled()], leader: 2))
    }

    @Test func theWireShowsCountsOnly() throws {
        func shapes(_ lists: [[String]]) throws -> [Frame] {
            try Federation(lists).run().crossings.map {
                Frame(header: $0.frame.header, payload: [UInt8($0.frame.payload.count)])
            }
        }
        let few = try shapes([["a", "b", "c", "d"], ["d", "e", "f"]])
        let all = try shapes([["a", "b", "c", "d"], ["b", "c", "d"]])
        #expect(few == all)
    }

    @Test func membersExchangeNothing() throws {
        let federation = try Federation([["a", "b"], ["b", "c"], ["b", "d"]])
        for crossing in try federation.run().crossings {
            #expect(crossing.sender == federation.leader || crossing.receiver == federation.leader)
        }
    }

    @Test func aMemberIsNotToldWhatItSharesWithTheLeaderAlone() throws {
        func answers(leader: [String]) throws -> [Frame] {
            let federation = try Federation([leader, ["a", "b", "c"], ["a", "x"]])
            return try federation.run().crossings.map(\.frame).filter { $0.header.step == "common" }
        }
        #expect(try answers(leader: ["a", "b", "c"]) == answers(leader: ["a", "y", "z"]))
    }

    @Test func frameByFrameTheSameUnderRecordedRandomness() throws {
        var federation = try Federation([["a", "b", "c"], ["b", "c", "d"], ["c", "b", "x"]])
        let (first, again) = (try federation.run(), try federation.run())
        #expect(first.crossings == again.crossings)
        federation.seed = "another"
        let other = try federation.run()
        #expect(other.rows == first.rows)
        for (one, two) in zip(first.crossings, other.crossings) where one.frame.header.kind == .blindedPoint {
            #expect(one.frame.payload != two.frame.payload)
        }
    }

    @Test func samplesAreAlignedLikeWholeLists() throws {
        var federation = try Federation([(0..<40).map { "id-\($0)" }, (10..<50).map { "id-\($0)" }.reversed()])
        let all = try federation.run().rows
        federation.sample = 20
        let sampled = try federation.run().rows
        for party in federation.parties {
            let rows = try #require(sampled[party])
            #expect((1...20).contains(rows.count))
            #expect(try #require(all[party]).starts(with: rows))
        }
    }

    @Test func aRoleStartsOnce() throws {
        let federation = try Federation([["a"], ["a"]])
        for party in federation.parties {
            var role = try federation.role(of: party)
            #expect(role.awaiting == nil)
            _ = try role.start()
            #expect(throws: AlignmentError.alreadyStarted) { try role.start() }
        }
    }
}
