import Alignment
import Cryptography
import Link
import Specification
import Testing

/// What goes in: parties, ids, samples; and what is refused of it.
@Suite struct InputTests {
    private func party(_ name: String) throws -> Party { try Party(name) }

    @Test func theLabelPartyLeadsWhereverItStands() throws {
        let parties = try ["weather", "airline", "airport"].map(party)
        let plan = try AlignmentProtocol.plan(members: parties, leader: parties[1])
        #expect(plan.members.map(\.party) == parties)
        #expect(plan.members.map(\.role) == ["member", "leader", "member"])
        #expect(try SessionPlan(decoding: plan.encoded) == plan)
    }

    @Test func partiesThatMakeNoAlignment() throws {
        let (airline, weather, port) = (try party("airline"), try party("weather"), try party("port"))
        for (members, leader) in [
            ([], airline), ([airline], airline), ([airline, airline], airline), ([airline, weather], port),
        ] {
            #expect(throws: AlignmentError.invalidParties) {
                try AlignmentProtocol.plan(members: members, leader: leader)
            }
            #expect(throws: AlignmentError.invalidParties) { try role(airline, members, leader, [canonical("a")]) }
        }
        #expect(throws: AlignmentError.invalidParties) {
            try role(port, [airline, weather], airline, [canonical("a")])
        }
    }

    private func role(
        _ me: Party, _ members: [Party], _ leader: Party, _ ids: [[UInt8]], sample: Int? = nil
    ) throws -> AlignmentParty {
        try AlignmentParty(
            me: me, members: members, leader: leader, ids: ids, sample: sample,
            order: CommonOrder(seed: Federation.jobHash), jobHash: Federation.jobHash,
            random: RecordedRandomSource(seed: []))
    }

    @Test func idsThatCannotBeAligned() throws {
        let (airline, weather) = (try party("airline"), try party("weather"))
        let (a, b) = (canonical("a"), canonical("b"))
        for leader in [airline, weather] {
            func role(_ ids: [[UInt8]], sample: Int? = nil) throws -> AlignmentParty {
                try self.role(airline, [airline, weather], leader, ids, sample: sample)
            }
            #expect(throws: AlignmentError.noIDs) { try role([]) }
            #expect(throws: AlignmentError.noIDs) { try role([a], sample: 0) }
            #expect(throws: AlignmentError.duplicateIDs(count: 2)) { try role([a, b, a, a]) }
            #expect(throws: AlignmentError.duplicateIDs(count: 1)) { try role([a, b, a], sample: 1) }
        }
    }

    @Test func moreIDsThanAMessageHolds() throws {
        let limit = AlignmentProtocol.idLimit
        let parties = [try party("airline"), try party("weather")]
        let ids = [[UInt8]](repeating: canonical("a"), count: limit + 2)
        for sample in [nil, limit + 1] {
            #expect(throws: AlignmentError.tooManyIDs(count: sample ?? limit + 2, limit: limit)) {
                try role(parties[0], parties, parties[0], ids, sample: sample)
            }
        }
    }

    @Test func anEmptyIntersectionNamesTheCounts() throws {
        let two = AlignmentError.emptyIntersection(offers: [
            .init(try party("airline"), ids: 4500), .init(try party("weather"), ids: 400),
        ])
        #expect(
            two.description
                == "no id in common: airline offered 4,500, weather 400; do both files use the same key format?")
        #expect(two.abortReason == .emptyIntersection && two.blamedParty == nil)
        let three = AlignmentError.emptyIntersection(offers: [
            .init(try party("airline"), ids: 1_234_567), .init(try party("weather"), ids: 1000),
            .init(try party("airport"), ids: 7),
        ])
        #expect(
            three.description
                == "no id in common: airline offered 1,234,567, weather 1,000, airport 7; do all files use the same key format?"
        )
    }

    @Test func samplesAgreeWithoutAgreement() {
        let order = CommonOrder(seed: Federation.jobHash)
        let ids = (0..<200).map { "id-\($0)" }
        // Two parties with half of their ids in common, each in an order of its own.
        let (left, right) = (Array(ids[..<150]), Array(ids[50...].reversed()))
        func sample(_ count: Int, _ list: [String]) -> [String] {
            order.sample(count, of: list.map(hash(of:))).map { list[$0] }
        }
        let common = sample(.max, Array(ids[50..<150]))
        for count in [1, 10, 75, 100, 150, 1000] {
            let (first, second) = (sample(count, left), sample(count, right))
            #expect(first.count == min(count, 150) && second.count == min(count, 150))
            // What the samples have in common is how the whole intersection begins.
            let found = first.filter(Set(second).contains)
            #expect(found == Array(common.prefix(found.count)))
            #expect(count < 150 || found.count == 100)
        }
    }

    @Test func anotherJobHasAnotherOrder() {
        let ids = (0..<20).map { hash(of: "id-\($0)") }
        let one = CommonOrder(seed: Federation.jobHash).places(of: ids)
        #expect(one.sorted() == Array(0..<20))
        #expect(one != CommonOrder(seed: SHA256.hash([])).places(of: ids))
    }

    @Test func theOrderOnTheWireIsUniform() throws {
        // Where in the member's list of four the common id travels shows in the leader's answer: a fourth of the time at each place.
        var counts = [UInt8: Int]()
        for seed in 0..<600 {
            var federation = try Federation([["d"], ["a", "b", "c", "d"]])
            federation.seed = "\(seed)"
            let common = try #require(federation.run().crossings.last).frame
            counts[common.payload[0], default: 0] += 1
        }
        #expect(counts.keys.sorted() == [1, 2, 4, 8])
        #expect(counts.values.allSatisfy { (100...200).contains($0) })
    }
}
