import Link
import Loopback
import Specification
import Testing
import TLSLink

/// What a network or a partner may do that it should not.
@Suite struct HostileNetworkTests {
    private let airline, weather: Organisation

    init() throws {
        airline = try Organisation("airline")
        weather = try Organisation("weather")
    }

    /// A link through a relay; the caller's end first.
    private func relayed(_ timings: TLSTimings = .quick) throws -> (Relay, any Link, any Link) {
        let called = try weather.endpoint(pinning: [airline], timings: timings)
        let caller = try airline.endpoint(pinning: [weather], timings: timings)
        let relay = try Relay(to: try called.listen(host: "127.0.0.1", port: 0))
        let links = try Threads.run([0, 1]) { [airline, weather] side in
            side == 0
                ? try caller.connect(
                    to: weather.party, at: Address(host: "127.0.0.1", port: relay.port), purpose: "job", .ample)
                : try called.accept(from: airline.party, purpose: "job", .ample)
        }.mapValues { try $0.get() }
        return (relay, try #require(links[0]), try #require(links[1]))
    }

    /// An endpoint of weather's that journals whom it rejects, and its port.
    private func door(_ timings: TLSTimings = .quick) throws -> (TLSEndpoint, Journal, Int) {
        let journal = Journal()
        let endpoint = try weather.endpoint(pinning: [airline], timings: timings, onRejected: journal.record)
        return (endpoint, journal, try endpoint.listen(host: "127.0.0.1", port: 0))
    }

    /// A partner that speaks TLS and then whatever it likes, with the link at the honest end.
    private func raw() throws -> (RawCaller, any Link) {
        let (endpoint, _, port) = try door()
        let caller = try RawCaller(airline, calling: weather, port: port)
        try caller.send(Envelope.open(version: Envelope.version, purpose: "job").encoded)
        let link = try endpoint.accept(from: airline.party, purpose: "job", .ample)
        var parser = EnvelopeParser()
        #expect(try caller.receive(&parser) == .opened)
        return (caller, link)
    }

    // MARK: Connections that end

    @Test func aCutConnectionIsALossNotAnEnd() throws {
        let (relay, airline, weather) = try relayed()
        try airline.send([1])
        #expect(try weather.receive(.ample) == [1])
        relay.cut()
        #expect(throws: LinkError.lost(weather.peer, .disconnected)) { try weather.receive(.ample) }
        #expect(throws: LinkError.lost(airline.peer, .disconnected)) { try airline.receive(.ample) }
        #expect(throws: LinkError.lost(airline.peer, .disconnected)) { try airline.send([2]) }
    }

    @Test func aMessageCutInTheMiddleIsNeverDelivered() throws {
        let (relay, airline, weather) = try relayed()
        relay.cut(after: 700_000)
        try airline.send([UInt8](repeating: 3, count: 1_000_000))
        #expect(throws: LinkError.lost(weather.peer, .disconnected)) { try weather.receive(.ample) }
    }

    @Test func aSilentPeerIsLost() throws {
        var timings = TLSTimings.quick
        timings.heartbeat = 0.2
        timings.silence = 1
        let (relay, airline, weather) = try relayed(timings)
        // Longer than the silence that counts as loss: the heartbeats alone keep the link.
        let wait = Wait("nothing", seconds: 1.5)
        #expect(throws: LinkError.timedOut(airline.peer, wait)) { try airline.receive(wait) }
        relay.freeze()
        #expect(throws: LinkError.lost(airline.peer, .silent(seconds: 1))) { try airline.receive(.ample) }
        #expect(throws: LinkError.lost(weather.peer, .silent(seconds: 1))) { try weather.receive(.ample) }
    }

    @Test func aSlowPeerIsNotLost() throws {
        var timings = TLSTimings.quick
        timings.heartbeat = 0.2
        timings.silence = 1
        let (_, airline, weather) = try relayed(timings)
        // More than there is room for: the sender's data stands still while the receiver computes.
        let message = [UInt8](repeating: 4, count: LinkLimits.window)
        for _ in 0..<2 { try airline.send(message) }
        _ = Monitor(()).wait(until: .now + .milliseconds(1_500)) { _ in nil as Void? }
        for _ in 0..<2 { #expect(try weather.receive(.ample) == message) }
        try weather.send([5])
        #expect(try airline.receive(.ample) == [5])
    }

    // MARK: Strangers

    @Test func whoDoesNotSpeakTLSIsTurnedAway() throws {
        let (endpoint, journal, port) = try door()
        let stranger = try Socket(connectingTo: port)
        try stranger.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(journal.first() == .notTLS)
        #expect(try stranger.receive() == [])
        endpoint.stop()
    }

    @Test func whoSpeaksAnOlderVersionIsTurnedAway() throws {
        let (endpoint, journal, port) = try door()
        let stranger = try Socket(connectingTo: port)
        try stranger.send(clientHello12)
        #expect(journal.first() == .olderTLS)
        #expect(try stranger.receive() == [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 70])
        endpoint.stop()
    }

    @Test(arguments: [Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), serverHello12]) func aDoorOfAnotherKindIsCalledThat(
        answer: [UInt8]
    ) throws {
        let listener = try Socket(listeningAt: 0)
        let address = Address(host: "127.0.0.1", port: try listener.port)
        let caller = try airline.endpoint(pinning: [weather])
        let results = Threads.run([0, 1]) { [weather] side in
            if side == 0 {
                _ = try caller.connect(to: weather.party, at: address, purpose: "job", .ample)
            } else {
                let socket = try listener.accept()
                try socket.send(answer)
                while try !socket.receive().isEmpty {}
            }
        }
        let failure: TLSFailure = answer == serverHello12 ? .olderTLS : .notTLS
        #expect(throws: TLSLinkError.insecure(weather.party, address, failure)) { try results[0]?.get() }
    }

    @Test func whoSaysNothingIsTurnedAwayAndDisturbsNobody() throws {
        var timings = TLSTimings.quick
        timings.handshake = 1
        let (endpoint, journal, port) = try door(timings)
        let silent = try Socket(connectingTo: port)
        let slow = try Socket(connectingTo: port)
        try slow.send(Array(clientHello12[..<3]))
        let caller = try airline.endpoint(pinning: [weather])
        let links = try Threads.run([0, 1]) { [airline, weather] side in
            side == 0
                ? try caller.connect(
                    to: weather.party, at: Address(host: "127.0.0.1", port: port), purpose: "job", .ample)
                : try endpoint.accept(from: airline.party, purpose: "job", .ample)
        }.mapValues { try $0.get() }
        try #require(links[0]).send([1])
        #expect(try #require(links[1]).receive(.ample) == [1])
        #expect(journal.first() == .timedOut(seconds: 1))
        #expect(try silent.receive() == [])
        endpoint.stop()
    }

    @Test func tooManyStrangersAreNotEvenTriedAndGoAgain() throws {
        let (endpoint, journal, port) = try door()
        let strangers = try (0..<70).map { _ in try Socket(connectingTo: port) }
        #expect(journal.first() == .tooManyConnections)
        for stranger in strangers { stranger.end() }
        // A partner gets in as soon as they are gone.
        let caller = try airline.endpoint(pinning: [weather])
        try endpoint.serve(purpose: "control") { $0.close() }
        let address = Address(host: "127.0.0.1", port: port)
        let link = try caller.connect(to: weather.party, at: address, purpose: "control", .ample)
        #expect(throws: LinkError.closed(weather.party)) { try link.receive(.ample) }
        endpoint.stop()
    }

    @Test func onePartnerCannotFillTheWaitingRoom() throws {
        var timings = TLSTimings.quick
        timings.hold = 3
        let (endpoint, _, port) = try door(timings)
        let answers = try Threads.run(0..<17) { [airline, weather] index in
            let caller = try RawCaller(airline, calling: weather, port: port)
            try caller.send(Envelope.open(version: Envelope.version, purpose: "job/\(index)").encoded)
            var parser = EnvelopeParser()
            return try caller.receive(&parser)
        }.values.map { try $0.get() }
        #expect(answers.count(where: { $0 == .refused(.busy) }) == 1)
        #expect(answers.count(where: { $0 == .refused(.notReady) }) == 16)
        endpoint.stop()
    }

    // MARK: Partners

    @Test func aPartnerThatOpensWithSomethingElseIsTurnedAway() throws {
        let (endpoint, journal, port) = try door()
        let caller = try RawCaller(airline, calling: weather, port: port)
        try caller.send(Envelope.data([1]).encoded)
        #expect(journal.first() == .malformedOpening)
        endpoint.stop()
    }

    @Test func aPartnerOfAnotherVersionIsToldOurs() throws {
        let (endpoint, _, port) = try door()
        let caller = try RawCaller(airline, calling: weather, port: port)
        try caller.send(Envelope.open(version: 2, purpose: "job").encoded)
        var parser = EnvelopeParser()
        #expect(try caller.receive(&parser) == .refused(.otherVersion(Envelope.version)))
        endpoint.stop()
    }

    @Test(arguments: [
        (Envelope.header(.data, count: LinkLimits.message + 1), AbortReason.frameTooLong),
        ([0, 0, 0, 0, 99], .malformedFrame),
        (Envelope.opened.encoded, .malformedFrame),
        ([0, 0, 0, 1, 7, 0], .frameTooLong),
        (Envelope.heartbeat(received: 1).encoded, .malformedFrame),
    ]) func aPartnerThatBreaksTheFormatEndsTheLinkForBoth(bytes: [UInt8], reason: AbortReason) throws {
        let (caller, link) = try raw()
        try caller.send(bytes)
        let cause = AbortCause(party: airline.party, step: "link", reason: reason)
        #expect(throws: LinkError.aborted(cause)) { try link.receive(.ample) }
        var parser = EnvelopeParser()
        #expect(try caller.receive(&parser) == .abort(cause))
    }

    @Test func aPartnerThatEndsTLSWithoutAFarewellIsLost() throws {
        let (caller, link) = try raw()
        try caller.send(Envelope.data([1, 2]).encoded)
        try caller.endTLS()
        #expect(throws: LinkError.lost(airline.party, .disconnected)) {
            while true { _ = try link.receive(.ample) }
        }
    }
}
