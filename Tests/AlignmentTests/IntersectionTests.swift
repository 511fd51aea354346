import Alignment
import Cryptography
import Identifiers
import Specification
import Testing

/// The protocol against the ideal functionality: plain sets.
@Suite struct IntersectionTests {
    /// Holds a run to what plain sets say: every party has the same ids in the same order, that of their hashes.
    private func check(_ federation: Federation) throws {
        let sets = federation.lists.values.map(Set.init)
        let common = sets.dropFirst().reduce(sets[0]) { $0.intersection($1) }
        let outcome = try federation.run()
        #expect(outcome.areAllGuardsFinished)
        let hasher = IDHasher(Federation.declaration, seed: Federation.jobHash)
        let expected = try common.map { (hash: try #require(try hasher.hash([Array($0.utf8)[...]])), id: $0) }
            .sorted { $0.hash < $1.hash }.map(\.id)
        for party in federation.parties {
            let list = federation.lists[party, default: []]
            #expect(outcome.rows[party]?.map { $0.map { list[$0] } } == expected)
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
            // The other method's set-up takes a hundred times as long as so small a case.
            try check(Federation(lists, leader: code % 2, method: code % 9 == 0 ? .vole : .ecdh))
        }
    }

    @Test(arguments: AlignmentMethod.allCases, 3...5)
    func everyPatternAmongSeveral(method: AlignmentMethod, parties: Int) throws {
        var random = SystemRandomNumberGenerator()
        // All patterns of who has an id, twice; in the end an id that each party has for itself.
        let patterns = (0..<2 << parties).map { $0 % (1 << parties) } + (0..<parties).map { 1 << $0 }
        try check(Federation(lists(patterns, parties: parties, using: &random), leader: 1, method: method))
    }

    /// Small cases of all overlaps from none to all, side by side: ids of different cases have nothing to do with each other.
    @Test(arguments: AlignmentMethod.allCases, [2, 3])
    func tenThousandSmallCases(method: AlignmentMethod, parties: Int) throws {
        var random = SystemRandomNumberGenerator()
        var lists = [[String]](repeating: [], count: parties)
        for index in 0..<10_000 {
            // The share of ids that a party has goes from few to all.
            for id in 0..<Int.random(in: 0...8, using: &random) {
                for party in 0..<parties where Int.random(in: 0..<10_000, using: &random) <= index {
                    lists[party].append("case \(index), id \(id)")
                }
            }
        }
        for party in lists.indices { lists[party].shuffle(using: &random) }
        try check(Federation(lists, method: method))
    }

    @Test(arguments: [2, 3])
    func randomOverlapsFromNoneToAll(parties: Int) throws {
        var random = SystemRandomNumberGenerator()
        for trial in 0..<60 {
            let patterns = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                (0..<parties).reduce(0) { $0 | (Int.random(in: 0..<60, using: &random) <= trial ? 1 : 0) << $1 }
            }
            let lists = lists(patterns, parties: parties, using: &random)
            guard lists.allSatisfy({ !$0.isEmpty }) else { continue }
            try check(Federation(lists, leader: trial % parties))
        }
    }

    @Test(arguments: AlignmentMethod.allCases, [2, 3])
    func severalBuckets(method: AlignmentMethod, parties: Int) throws {
        let ids = (0..<700).map { "id-\($0)" }
        let lists = (0..<parties).map { Array(ids[50 * $0..<600 + 50 * $0]).shuffled() }
        let federation = try Federation(lists, leader: 1, method: method, bucketSize: 200)
        try check(federation)
        #expect(try federation.run().schedule?.buckets == 3)
    }

    /// Parts of the leader's list travel one after the other.
    @Test func moreThanOnePart() throws {
        let ids = (0..<40_000).map { "id-\($0)" }
        try check(Federation([Array(ids[..<35_000]), Array(ids[10_000...]).reversed()]))
    }

    @Test(arguments: AlignmentMethod.allCases)
    func listsOfVeryDifferentLengths(method: AlignmentMethod) throws {
        let ids = (0..<3000).map { "id-\($0)" }
        try check(Federation([ids, ["id-7", "none", "id-2999"]], method: method))
        try check(Federation([["id-7", "none", "id-2999"], ids], method: method, bucketSize: 500))
    }

    @Test func theWireShowsCountsOnly() throws {
        func shapes(_ lists: [[String]], _ method: AlignmentMethod) throws -> [Frame] {
            try Federation(lists, method: method).run().crossings.map {
                Frame(header: $0.frame.header, payload: [UInt8($0.frame.payload.count % 251)])
            }
        }
        for method in AlignmentMethod.allCases {
            let few = try shapes([["a", "b", "c", "d"], ["d", "e", "f"]], method)
            let all = try shapes([["a", "b", "c", "d"], ["b", "c", "d"]], method)
            #expect(few == all)
        }
    }

    @Test func membersExchangeNothing() throws {
        let federation = try Federation([["a", "b"], ["b", "c"], ["b", "d"]])
        for crossing in try federation.run().crossings {
            #expect(crossing.sender == federation.leader || crossing.receiver == federation.leader)
        }
    }

    /// What the leader could compute with one member's store alone is as random for an id that this member has as for another.
    @Test func frameByFrameTheSameUnderRecordedRandomness() throws {
        for method in AlignmentMethod.allCases {
            var federation = try Federation([["a", "b", "c"], ["b", "c", "d"], ["c", "b", "x"]], method: method)
            let (first, again) = (try federation.run(), try federation.run())
            #expect(first.crossings == again.crossings)
            federation.seed = "another"
            let other = try federation.run()
            #expect(other.rows == first.rows)
            let secret: Set<Kind> = [.blindedPoint, .maskedShare, .tag, .publicKey]
            for (one, two) in zip(first.crossings, other.crossings) where secret.contains(one.frame.header.kind) {
                #expect(one.frame.payload != two.frame.payload)
            }
        }
    }

    @Test func whatTheMemberMadeOnceServesAgain() throws {
        let ids = (0..<900).map { "id-\($0)" }
        for bucketSize in [nil, 300] {
            var federation = try Federation([Array(ids[..<90]), ids.reversed()], bucketSize: bucketSize)
            federation.terms.keepsTags = true
            let first = try federation.run()
            let schedule = try #require(first.schedule)
            #expect(schedule.kept == .some(.init(name: schedule.session, isThere: false)))
            #expect(first.tags.count == schedule.buckets)
            // Other ids at the leader, in another session.
            var again = try Federation([Array(ids[60..<200]), ids.reversed()], bucketSize: bucketSize)
            again.terms.keepsTags = true
            again.seed = "another"
            again.kept = (.init(name: schedule.session, buckets: schedule.buckets), first.tags)
            let second = try again.run()
            #expect(second.areAllGuardsFinished && second.tags.isEmpty)
            #expect(!second.crossings.contains { $0.frame.header.step == "tags" })
            let rows = second.rows.map { party, rows in rows.compactMap { $0.flatMap { again.lists[party]?[$0] } } }
            #expect(rows.count == 2 && rows[0] == rows[1] && Set(rows[0]) == Set(ids[60..<200]))
            // Where the number of buckets has changed, everything is made anew.
            again.kept = (.init(name: schedule.session, buckets: schedule.buckets + 1), first.tags)
            #expect(try again.run().schedule?.kept?.isThere == false)
        }
    }

    @Test func theOrderOfTagsIsTheMembersSecret() throws {
        // Which of four positions the common id travels at shows in the leader's answer.
        let common = try #require(try Federation([["d"], ["a", "b", "c", "d"]]).run().crossings.last).frame
        #expect([1, 2, 4, 8].contains(common.payload[0]))
    }

    @Test(arguments: AlignmentMethod.allCases)
    func onlyTheLeaderLearnsWhatIsCommonAmongDecoys(method: AlignmentMethod) throws {
        let ids = (0..<400).map { "id-\($0)" }
        for bucketSize in [nil, 100] {
            var federation = try Federation(
                [Array(ids[..<100]), Array(ids[80...])], method: method, bucketSize: bucketSize)
            federation.terms.audience = .leader(decoysPerThousand: 2000, multiple: 10)
            let outcome = try federation.run()
            let (leader, member) = (federation.parties[0], federation.parties[1])
            let (own, theirs) = (outcome.rows[leader, default: []], outcome.rows[member, default: []])
            #expect(own.count == theirs.count && own.count % 10 == 0)
            #expect(own.compactMap(\.self).count == 20 && own.count >= 60)
            // Where the leader has a row, the member has the same.
            for (row, other) in zip(own, theirs) {
                guard let row else { continue }
                #expect(other.map { federation.lists[member]?[$0] } == federation.lists[leader]?[row])
            }
            #expect(Set(theirs.compactMap(\.self)).count == theirs.compactMap(\.self).count)
            // A bucket that begins again, under new masks, names the same rows.
            federation.seed = "another"
            #expect(try federation.run().rows == outcome.rows)
        }
    }
}
