import Cryptography
import Link
import Loopback
import Specification
import Testing
import TLSLink

/// Who is let in, who is not, and what each side says about it.
@Suite struct TLSEndpointTests {
    private let airline, weather: Organisation
    private let brief = Wait("weather's door", seconds: 0.5)

    init() throws {
        airline = try Organisation("airline")
        weather = try Organisation("weather")
    }

    /// What a caller hears, and what the called side reports, when `caller` calls `called`.
    private func attempt(
        _ caller: TLSEndpoint, at called: TLSEndpoint, as party: Party
    ) throws -> (heard: TLSLinkError?, address: Address) {
        let address = Address(host: "127.0.0.1", port: try called.listen(host: "127.0.0.1", port: 0))
        defer { called.stop() }
        do {
            _ = try caller.connect(to: party, at: address, purpose: "job", Wait("weather", seconds: 20))
            return (nil, address)
        } catch {
            return (error, address)
        }
    }

    private func fingerprint(_ organisation: Organisation) -> String {
        organisation.identity.certificate.fingerprint.hexadecimal
    }

    @Test func aCallerThatIsNotPinnedIsRefused() throws {
        let journal = Journal()
        let stranger = try Organisation("airline")
        let called = try weather.endpoint(pinning: [airline], onRejected: journal.record)
        let (heard, address) = try attempt(stranger.endpoint(pinning: [weather]), at: called, as: weather.party)
        let refusal = TLSFailure.refusedByPeer(alert: 48, ownFingerprint: fingerprint(stranger))
        #expect(heard == .insecure(weather.party, address, refusal))
        #expect(heard?.description.contains(fingerprint(stranger)) == true)
        #expect(heard?.description.contains("not pinned there") == true)
        #expect(journal.first() == .unknownCertificate(fingerprint: fingerprint(stranger), expected: nil))
    }

    @Test func aCalledPartyThatIsNotPinnedIsRefused() throws {
        let journal = Journal()
        let impostor = try Organisation("weather")
        let called = try impostor.endpoint(pinning: [airline], onRejected: journal.record)
        let (heard, address) = try attempt(airline.endpoint(pinning: [weather]), at: called, as: weather.party)
        let failure = TLSFailure.unknownCertificate(fingerprint: fingerprint(impostor), expected: weather.party)
        #expect(heard == .insecure(weather.party, address, failure))
        #expect(journal.first() == .refusedByPeer(alert: 48, ownFingerprint: fingerprint(impostor)))
    }

    @Test func aCertificateOfAnotherAuthorityIsRefused() throws {
        let authority = try Organisation("authority")
        let other = try Organisation("authority")
        let member = try Organisation("weather", issuer: authority.identity)
        let impostor = try Organisation("weather", issuer: other.identity)
        let called = try impostor.endpoint(pinning: [airline])
        let (heard, address) = try attempt(airline.endpoint(pinning: [member]), at: called, as: weather.party)
        let failure = TLSFailure.unknownCertificate(fingerprint: fingerprint(impostor), expected: weather.party)
        #expect(heard == .insecure(weather.party, address, failure))
    }

    @Test func anExpiredCertificateIsNamedOnBothSides() throws {
        let journal = Journal()
        let late = try Organisation("weather", validFrom: 1_000_000_000, validFor: 86_400)
        let called = try late.endpoint(pinning: [airline], onRejected: journal.record)
        let (heard, address) = try attempt(airline.endpoint(pinning: [late]), at: called, as: weather.party)
        let failure = TLSFailure.expiredCertificate(of: weather.party, since: "2001-09-10 01:46:40 UTC")
        #expect(heard == .insecure(weather.party, address, failure))
        #expect(journal.first() == .refusedByPeer(alert: 45, ownFingerprint: fingerprint(late)))
    }

    @Test func anExpiredCallerIsNamedOnBothSides() throws {
        let journal = Journal()
        let late = try Organisation("airline", validFrom: 1_000_000_000, validFor: 86_400)
        let called = try weather.endpoint(pinning: [late], onRejected: journal.record)
        let (heard, address) = try attempt(late.endpoint(pinning: [weather]), at: called, as: weather.party)
        #expect(
            heard == .insecure(weather.party, address, .refusedByPeer(alert: 45, ownFingerprint: fingerprint(late))))
        #expect(journal.first() == .expiredCertificate(of: airline.party, since: "2001-09-10 01:46:40 UTC"))
    }

    @Test func aCertificateThatIsNotValidYetIsRefused() throws {
        let early = try Organisation("weather", validFrom: 4_000_000_000, validFor: 86_400)
        let called = try early.endpoint(pinning: [airline])
        let (heard, address) = try attempt(airline.endpoint(pinning: [early]), at: called, as: weather.party)
        let failure = TLSFailure.prematureCertificate(of: weather.party, from: "2096-10-02 07:06:40 UTC")
        #expect(heard == .insecure(weather.party, address, failure))
    }

    @Test func aCertificateForAnotherNameIsRefused() throws {
        // Pinned for weather, made out to airport.
        let airport = try Organisation("airport")
        let called = try airport.endpoint(pinning: [airline])
        let caller = try TLSEndpoint(
            identity: airline.identity, party: airline.party, pins: [weather.party: [airport.identity.certificate]])
        let (heard, address) = try attempt(caller, at: called, as: weather.party)
        let failure = TLSFailure.wrongName(expected: weather.party, presented: "airport")
        #expect(heard == .insecure(weather.party, address, failure))
        #expect(throws: TLSLinkError.foreignIdentity(weather.party)) {
            try airport.endpoint(pinning: [], as: weather.party)
        }
    }

    @Test func aPartnerWithoutAPinIsNotCalled() throws {
        let caller = try airline.endpoint(pinning: [])
        #expect(throws: TLSLinkError.notPinned(weather.party)) {
            try caller.connect(to: weather.party, at: Address(host: "127.0.0.1", port: 9), purpose: "job", brief)
        }
        #expect(throws: TLSLinkError.notPinned(weather.party)) {
            try caller.accept(from: weather.party, purpose: "job", brief)
        }
    }

    @Test func pinsCanBeReplaced() throws {
        let called = try weather.endpoint(pinning: [])
        let caller = try airline.endpoint(pinning: [weather])
        let address = Address(host: "127.0.0.1", port: try called.listen(host: "127.0.0.1", port: 0))
        defer { called.stop() }
        #expect(throws: TLSLinkError.self) { try caller.connect(to: weather.party, at: address, purpose: "job", brief) }
        called.pins = [airline.party: [airline.identity.certificate]]
        let links = try Threads.run([0, 1]) { [airline, weather] side in
            side == 0
                ? try caller.connect(to: weather.party, at: address, purpose: "job", .ample)
                : try called.accept(from: airline.party, purpose: "job", .ample)
        }.mapValues { try $0.get() }
        try #require(links[0]).send([5])
        #expect(try #require(links[1]).receive(.ample) == [5])
    }

    /// While a party renews its certificate, partners pin both: it is let in with either, and called by either.
    @Test func bothCertificatesOfARenewalAreTheParty() throws {
        let (earlier, later) = (weather, try Organisation("weather"))
        for current in [earlier, later] {
            let called = try airline.endpoint(pinning: [])
            called.pins = [weather.party: [earlier.identity.certificate, later.identity.certificate]]
            let caller = try current.endpoint(pinning: [airline])
            let address = Address(host: "127.0.0.1", port: try called.listen(host: "127.0.0.1", port: 0))
            defer { called.stop() }
            let links = try Threads.run([0, 1]) { [airline, weather] side in
                side == 0
                    ? try caller.connect(to: airline.party, at: address, purpose: "job", .ample)
                    : try called.accept(from: weather.party, purpose: "job", .ample)
            }.mapValues { try $0.get() }
            try #require(links[0]).send([5])
            #expect(try #require(links[1]).receive(.ample) == [5])
        }
    }

    @Test func aPortInUseIsNamed() throws {
        let other = try Socket(listeningAt: 0)
        let address = Address(host: "127.0.0.1", port: try other.port)
        let endpoint = try weather.endpoint(pinning: [airline])
        #expect(throws: TLSLinkError.portInUse(address)) { try endpoint.listen(host: address.host, port: address.port) }
    }

    @Test func aDoorThatOpensLaterIsFound() throws {
        let port = try Socket(listeningAt: 0).port
        let address = Address(host: "127.0.0.1", port: port)
        let caller = try airline.endpoint(pinning: [weather])
        let called = try weather.endpoint(pinning: [airline])
        defer { called.stop() }
        let results = Threads.run([0, 1]) { [airline, weather] side in
            if side == 0 { return try caller.connect(to: weather.party, at: address, purpose: "job", .ample).peer }
            _ = Monitor(()).wait(until: .now + .milliseconds(300)) { _ in nil as Void? }
            try called.listen(host: address.host, port: address.port)
            return try called.accept(from: airline.party, purpose: "job", .ample).peer
        }
        #expect(try results[0]?.get() == weather.party)
        #expect(try results[1]?.get() == airline.party)
    }

    @Test func aDoorThatStaysShutIsCalledThat() throws {
        let address = Address(host: "127.0.0.1", port: try Socket(listeningAt: 0).port)
        let caller = try airline.endpoint(pinning: [weather])
        do {
            _ = try caller.connect(to: weather.party, at: address, purpose: "job", brief)
            Issue.record("connected to nobody")
        } catch {
            #expect(error == .unreachable(weather.party, address, code: 111))
            #expect(error.description.contains("Connection refused"))
        }
    }

    @Test func aHostThatDoesNotExistIsCalledThat() throws {
        let address = Address(host: "colonnade.invalid", port: 7000)
        let caller = try airline.endpoint(pinning: [weather])
        #expect(throws: TLSLinkError.unreachable(weather.party, address, code: nil)) {
            try caller.connect(to: weather.party, at: address, purpose: "job", brief)
        }
    }

    @Test func stoppingAbortsWhatIsOpen() throws {
        let called = try weather.endpoint(pinning: [airline])
        let caller = try airline.endpoint(pinning: [weather])
        let address = Address(host: "127.0.0.1", port: try called.listen(host: "127.0.0.1", port: 0))
        let results = Threads.run([0, 1]) { [airline, weather] side in
            if side == 0 {
                _ = try caller.connect(to: weather.party, at: address, purpose: "job", .ample).receive(.ample)
            } else {
                let link = try called.accept(from: airline.party, purpose: "job", .ample)
                called.stop()
                _ = try link.receive(.ample)
            }
        }
        let cause = AbortCause(party: weather.party, step: "stop", reason: .stopping)
        for side in [0, 1] { #expect(throws: LinkError.aborted(cause)) { try results[side]?.get() } }
    }

    @Test func anEndpointThatWasStoppedDoesNothingMore() throws {
        let endpoint = try weather.endpoint(pinning: [airline])
        endpoint.stop()
        #expect(throws: TLSLinkError.stopped) { try endpoint.listen(host: "127.0.0.1", port: 0) }
        #expect(throws: TLSLinkError.stopped) { try endpoint.accept(from: airline.party, purpose: "job", .ample) }
        #expect(throws: TLSLinkError.stopped) {
            try endpoint.connect(to: airline.party, at: Address(host: "127.0.0.1", port: 9), purpose: "job", .ample)
        }
    }
}
