import Link
import Runtime
import Specification
import Testing

/// Which cause a group reports for an error, where another one may have come before.
@Suite struct GivingUpTests {
    /// What was under way ended, because of something or of nothing.
    private struct Stopped: AbortReasonProviding, CustomStringConvertible {
        let followsGivingUp: Bool
        var abortReason: AbortReason { .internalError }
        let description = "stopped"
    }

    private let airline, weather: Party
    private let network: MemoryNetwork
    private let group: LinkGroup

    init() throws {
        airline = try Party("airline")
        weather = try Party("weather")
        network = MemoryNetwork(parties: [airline, weather])
        group = network.group(of: airline)
        group.enter(step: "train round 3")
    }

    /// Loses the partner, and waits until that is known.
    private func loseWeather() {
        let news = Monitor(false)
        group.whenGivenUp { news.withLock { $0 = true } }
        network.drop(weather)
        let isKnown: Bool? = news.wait(until: .now + .seconds(20)) { $0 ? true : nil }
        #expect(isKnown == true)
    }

    @Test func whatFollowsALossIsReportedAsTheLoss() {
        loseWeather()
        let failure = group.giveUp(Stopped(followsGivingUp: true), step: "F1 to weather")
        #expect(failure.cause == AbortCause(party: weather, step: "train round 3", reason: .peerLost))
        #expect(failure.detail == "stopped")
        #expect(group.cause == failure.cause)
    }

    @Test func whatFollowsAnAbortOfAPartnerIsReportedAsThat() {
        let other = network.group(of: weather)
        let cause = other.abort(AbortCause(party: weather, step: "align", reason: .cancelled))
        #expect(group.giveUp(Stopped(followsGivingUp: true), step: "F1 to weather").cause == cause)
    }

    @Test(arguments: [false, true]) func withoutACauseItIsAnInternalError(followsGivingUp: Bool) {
        let failure = group.giveUp(Stopped(followsGivingUp: followsGivingUp), step: "F1 to weather")
        #expect(failure.cause == AbortCause(party: airline, step: "F1 to weather", reason: .internalError))
    }

    /// Internal errors come before losses, which often only follow from them.
    @Test func anErrorOfItsOwnStandsBesideALoss() {
        loseWeather()
        let failure = group.giveUp(Stopped(followsGivingUp: false), step: "F1 to weather")
        #expect(failure.cause == AbortCause(party: airline, step: "F1 to weather", reason: .internalError))
    }
}
