import Alignment
import Cryptography
import Identifiers
import Link
import Specification
import Testing

/// What parties agree on before anything else.
@Suite struct OpeningTests {
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
        }
    }

    @Test func offersThatCannotBe() {
        let declaration = Federation.declaration.fingerprint
        #expect(throws: AlignmentError.noIDs) { try AlignmentOffer(ids: 0, declaration: declaration) }
        let limit = AlignmentProtocol.idLimit
        #expect(throws: AlignmentError.tooManyIDs(count: limit + 1, limit: limit)) {
            try AlignmentOffer(ids: limit + 1, declaration: declaration)
        }
    }

    @Test func methodAndBucketsFollowFromTheCounts() throws {
        var federation = try Federation([["a", "b"], ["b"]])
        federation.terms.method = nil
        #expect(try federation.run().schedule?.method == .ecdh)
        #expect(AlignmentMethod.automatic(largest: 100_001) == .vole)
        federation.terms.bucketSize = 1
        #expect(try federation.run().schedule?.buckets == 2)
    }

    @Test func whatWasDoneIsNotDoneAgain() throws {
        let ids = (0..<300).map { "id-\($0)" }
        var federation = try Federation([ids, ids.reversed()], bucketSize: 100)
        let session = [UInt8](1...16)
        federation.sessions = [
            federation.parties[0]: (session, [0, 2]), federation.parties[1]: (session, [1, 2]),
        ]
        let schedule = try #require(try federation.run().schedule)
        #expect(schedule.session == session && schedule.finished == [2] && schedule.unfinished == [0, 1])
        // One party's ids have changed, so its session is another one or none: all from the start.
        federation.sessions[federation.parties[1]] = ([UInt8](2...17), [0, 1, 2])
        let anew = try #require(try federation.run().schedule)
        #expect(anew.session != session && anew.finished.isEmpty)
        federation.sessions[federation.parties[1]] = nil
        #expect(try federation.run().schedule?.finished == [])
    }

    @Test func keysThatAreDeclaredInAnotherWay() throws {
        for party in [0, 1] {
            var federation = try Federation([["a"], ["a"]])
            federation.declarations[federation.parties[party]] =
                KeyDeclaration(columns: [KeyColumn("id", .integer)]).fingerprint
            // The leader hears it first.
            #expect(throws: AlignmentError.declarationsDiffer(federation.parties[1])) { try federation.run() }
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

    @Test func aRoleStartsOnce() throws {
        let federation = try Federation([["a"], ["a"]])
        for party in federation.parties {
            var role = try federation.opening(of: party)
            #expect(role.awaiting == nil)
            _ = try role.start()
            #expect(throws: AlignmentError.alreadyStarted) { try role.start() }
        }
    }
}
