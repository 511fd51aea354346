import Link
import Specification
import Testing

/// Who watches a group hears of its end, whoever brought it about.
@Suite struct GivingUpTests {
    private let airline, weather: Party
    private let network: MemoryNetwork

    init() throws {
        airline = try Party("airline")
        weather = try Party("weather")
        network = MemoryNetwork(parties: [airline, weather])
    }

    /// Causes that were known when an observer was called.
    private final class Heard: Sendable {
        private let monitor = Monitor<[AbortCause?]>([])

        func watch(_ group: LinkGroup) {
            group.whenGivenUp { [weak group] in self.monitor.withLock { $0.append(group?.cause) } }
        }

        var causes: [AbortCause?] { monitor.withLock { $0 } }

        /// The first one, when it comes; the group must live so long.
        func first(of group: LinkGroup) -> AbortCause? {
            withExtendedLifetime(group) { monitor.wait(until: .now + .seconds(20)) { $0.first } ?? nil }
        }
    }

    @Test func ownFailuresAreHeard() {
        let group = network.group(of: airline)
        let heard = (Heard(), Heard())
        heard.0.watch(group)
        heard.1.watch(group)
        #expect(heard.0.causes.isEmpty)
        let cause = AbortCause(party: airline, step: "align", reason: .badData)
        #expect(group.abort(cause) == cause)
        #expect(heard.0.causes == [cause] && heard.1.causes == [cause])
    }

    @Test func whoComesLateIsToldAtOnce() {
        let group = network.group(of: airline)
        let cause = group.abort(AbortCause(party: airline, step: "align", reason: .badData))
        let late = Heard()
        late.watch(group)
        #expect(late.causes == [cause])
    }

    @Test func failuresOfPeersAreHeard() {
        let (group, other) = (network.group(of: airline), network.group(of: weather))
        let heard = Heard()
        heard.watch(group)
        let cause = AbortCause(party: weather, step: "align", reason: .emptyIntersection)
        other.abort(cause)
        #expect(heard.first(of: group) == cause)
        #expect(heard.causes.count == 1)
    }

    @Test func lostPeersAreHeard() {
        let group = network.group(of: airline)
        group.enter(step: "train")
        let heard = Heard()
        heard.watch(group)
        network.drop(weather)
        #expect(heard.first(of: group) == AbortCause(party: weather, step: "train", reason: .peerLost))
    }

    /// The cause may still change; the end comes only once.
    @Test func aSmallerCauseIsNoSecondEnd() {
        let group = network.group(of: airline)
        let heard = Heard()
        heard.watch(group)
        let causes = [AbortReason.cancelled, .badData].map { AbortCause(party: airline, step: "train", reason: $0) }
        group.abort(causes[0])
        group.abort(causes[1])
        #expect(group.cause == causes[1])
        #expect(heard.causes == [causes[0]])
    }

    /// An observer that comes while the group fails is told by one of the two, not by both.
    @Test(arguments: 0..<50) func noObserverIsToldTwice(attempt: Int) {
        let group = LinkGroup(party: airline, links: [network.link(of: airline, to: weather)], settling: 0)
        let cause = AbortCause(party: airline, step: "train", reason: .stopping)
        let heard = (0..<40).map { _ in Heard() }
        _ = Threads.run([false, true]) { isFailing in
            if isFailing { group.abort(cause) } else { for one in heard { one.watch(group) } }
        }
        #expect(heard.allSatisfy { $0.causes == [cause] })
    }
}
