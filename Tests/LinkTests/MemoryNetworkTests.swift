import Link
import Specification
import Testing

/// What only the in-memory links have: faults on demand. What all links share is tested where there are two kinds of them.
@Suite struct MemoryNetworkTests {
    private let airline, airport, weather: Party

    init() throws {
        airline = try Party("airline")
        airport = try Party("airport")
        weather = try Party("weather")
    }

    private func causes<Output>(_ results: [Party: Result<Output, any Error>]) -> [Party: AbortCause] {
        results.compactMapValues { result in
            guard case .failure(LinkError.aborted(let cause)) = result else { return nil }
            return cause
        }
    }

    @Test func aDroppedPartyIsNamedByAll() {
        let network = MemoryNetwork(parties: [airline, airport, weather])
        let (airline, airport, weather) = (airline, airport, weather)
        let results = network.run { group in
            group.enter(step: "train: round 3")
            if group.party == weather {
                for peer in group.peers { _ = try group[peer].receive(Wait("a sign of life", seconds: 20)) }
                return network.drop(weather)
            }
            try group[weather].send([])
            // Nobody waits for the party that goes.
            let peer = group.party == airline ? airport : airline
            _ = try group[peer].receive(Wait("a message that never comes", seconds: 20))
        }
        let cause = AbortCause(party: weather, step: "train: round 3", reason: .peerLost)
        #expect(causes(results) == [airline: cause, airport: cause])
    }

    @Test func silenceCountsAsLoss() {
        let network = MemoryNetwork(parties: [airline, weather], silence: 0.1)
        network.silence(weather)
        let link = network.link(of: airline, to: weather)
        #expect(throws: LinkError.lost(weather, .silent(seconds: 0.1))) {
            try link.receive(Wait("anything", seconds: 20))
        }
        #expect(throws: LinkError.lost(weather, .silent(seconds: 0.1))) { try link.send([1]) }
    }

    @Test func aSilentPartyReceivesNothing() {
        let network = MemoryNetwork(parties: [airline, weather])
        network.silence(weather)
        let wait = Wait("a message", seconds: 0.05)
        #expect(throws: Never.self) { try network.link(of: airline, to: weather).send([1]) }
        #expect(throws: LinkError.timedOut(airline, wait)) {
            try network.link(of: weather, to: airline).receive(wait)
        }
    }

    @Test func messagesCanBeDelayedAndReplaced() throws {
        let network = MemoryNetwork(parties: [airline, weather])
        network.delay(from: airline, to: weather, seconds: 0.05)
        network.rewriteNext(from: airline, to: weather) { $0.map { $0 ^ 1 } }
        let start = ContinuousClock.now
        try network.link(of: airline, to: weather).send([8])
        #expect(ContinuousClock.now - start >= .milliseconds(49))
        try network.link(of: airline, to: weather).send([8])
        let link = network.link(of: weather, to: airline)
        #expect(try link.receive(Wait("the first", seconds: 1)) == [9])
        #expect(try link.receive(Wait("the second", seconds: 1)) == [8])
    }

    @Test(arguments: 0..<8) func causesThatCrossBecomeOne(attempt: Int) throws {
        let parties = try ["a", "b", "c", "d"].map { try Party($0) }
        let network = MemoryNetwork(parties: parties)
        let reasons: [AbortReason] = [.badData, .duplicateIDs, .cancelled, .internalError]
        let reported = network.run { group in
            let index = parties.firstIndex(of: group.party) ?? 0
            return group.abort(AbortCause(party: group.party, step: "align", reason: reasons[(index + attempt) % 4]))
        }
        #expect(Set(try reported.values.map { try $0.get() }).count == 1)
    }
}
