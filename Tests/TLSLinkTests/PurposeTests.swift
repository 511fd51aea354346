import Link
import Specification
import Testing
import TLSLink

/// How the two sides of a connection find each other.
@Suite struct PurposeTests {
    private let airline, weather: Organisation
    private let caller, called: TLSEndpoint
    private let address: Address

    init() throws {
        airline = try Organisation("airline")
        weather = try Organisation("weather")
        var timings = TLSTimings.quick
        timings.hold = 0.2
        caller = try airline.endpoint(pinning: [weather])
        called = try weather.endpoint(pinning: [airline], timings: timings)
        address = Address(host: "127.0.0.1", port: try called.listen(host: "127.0.0.1", port: 0))
    }

    private func connect(_ purpose: String, _ wait: Wait = .ample) throws(TLSLinkError) -> any Link {
        try caller.connect(to: weather.party, at: address, purpose: purpose, wait)
    }

    @Test func aPurposeNobodyWaitsForIsRefusedInTheEnd() throws {
        #expect(throws: TLSLinkError.refused(weather.party, address, purpose: "nothing", .notReady)) {
            try connect("nothing", Wait("somebody", seconds: 1))
        }
    }

    @Test func aCallerWaitsUntilThePurposeIsWanted() throws {
        let results = Threads.run([0, 1]) { [self] side in
            if side == 0 { return try connect("job/2").peer }
            // Longer than callers are held: it must have called again.
            _ = Monitor(()).wait(until: .now + .milliseconds(500)) { _ in nil as Void? }
            return try called.accept(from: airline.party, purpose: "job/2", .ample).peer
        }
        #expect(try results[0]?.get() == weather.party)
        #expect(try results[1]?.get() == airline.party)
    }

    @Test func aPurposeIsNotMistakenForAnother() throws {
        let results = Threads.run(["job/1", "job/2", "accept job/1", "accept job/2"]) { [self] what in
            let purpose = String(what.suffix(5))
            guard what.hasPrefix("accept") else {
                try connect(purpose).send(Array(purpose.utf8))
                return [UInt8]()
            }
            return try called.accept(from: airline.party, purpose: purpose, .ample).receive(.ample)
        }
        #expect(try results["accept job/1"]?.get() == Array("job/1".utf8))
        #expect(try results["accept job/2"]?.get() == Array("job/2".utf8))
    }

    @Test func aServiceTakesWhoeverComes() throws {
        try called.serve(purpose: "control") { link in
            // Echo until the caller is done.
            while let message = try? link.receive(.ample) { try? link.send(message.reversed()) }
        }
        let links = try (0..<3).map { _ in try connect("control") }
        for (index, link) in links.enumerated() { try link.send([UInt8(index), 9]) }
        for (index, link) in links.enumerated() { #expect(try link.receive(.ample) == [9, UInt8(index)]) }
        for link in links { link.close() }
    }

    @Test func nobodyCalled() throws {
        let wait = Wait("weather's partner", seconds: 0.1)
        #expect(throws: TLSLinkError.notCalled(airline.party, purpose: "job", wait)) {
            try called.accept(from: airline.party, purpose: "job", wait)
        }
    }

    @Test(arguments: ["", "two words", "Säule", String(repeating: "x", count: 129)])
    func purposesHaveRules(purpose: String) {
        let error = TLSLinkError.invalidPurpose(length: purpose.utf8.count)
        #expect(throws: error) { try connect(purpose) }
        #expect(throws: error) { try called.accept(from: airline.party, purpose: purpose, .ample) }
        #expect(throws: error) { try called.serve(purpose: purpose) { _ in } }
    }

    @Test func stoppingRefusesThoseWhoWait() throws {
        let results = Threads.run([0, 1]) { [self] side in
            if side == 0 {
                _ = try connect("job", Wait("weather", seconds: 0.6))
            } else {
                _ = Monitor(()).wait(until: .now + .milliseconds(100)) { _ in nil as Void? }
                called.stop()
            }
        }
        // First refused because the other side stops, then not even reached.
        #expect(throws: TLSLinkError.self) { try results[0]?.get() }
        #expect(throws: TLSLinkError.unreachable(weather.party, address, code: 111)) {
            try connect("job", Wait("weather", seconds: 0.3))
        }
    }
}
