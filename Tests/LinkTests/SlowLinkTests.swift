import Link
import Specification
import Testing
import WideArea

/// Links inside a process with a slow network between their ends. Times are bounded from below only.
@Suite struct SlowLinkTests {
    private let airline, weather: Party

    init() throws {
        airline = try Party("airline")
        weather = try Party("weather")
    }

    private func pair(_ network: String) throws -> (any Link, any Link) {
        let network = MemoryNetwork(parties: [airline, weather], over: try WideArea(network))
        return (network.link(of: airline, to: weather), network.link(of: weather, to: airline))
    }

    private let patient = Wait("a message", seconds: 60)

    @Test func messagesArriveInOrderAndNotBeforeTheyAreDue() throws {
        // 1,000 bytes take 1 ms.
        let (airline, weather) = try pair("8mbit,60ms")
        let start = ContinuousClock.now
        for index in 0..<20 { try airline.send([UInt8](repeating: UInt8(index), count: 1_000)) }
        for index in 0..<20 {
            #expect(try weather.receive(patient) == [UInt8](repeating: UInt8(index), count: 1_000))
            #expect(ContinuousClock.now - start >= .milliseconds(31 + index))
        }
    }

    @Test func eachDirectionHasALineOfItsOwn() throws {
        let (airline, weather) = try pair("8kbit,0ms")
        // The way there is busy for 100 s, the way back free.
        try airline.send([UInt8](repeating: 1, count: 100_000))
        try weather.send([2])
        #expect(try airline.receive(patient) == [2])
        let brief = Wait("a message", seconds: 0.05)
        #expect(throws: LinkError.timedOut(self.airline, brief)) { try weather.receive(brief) }
    }

    @Test func aRoundTripTakesOne() throws {
        let (airline, weather) = try pair("1gbit,50ms")
        let start = ContinuousClock.now
        let answers = Threads.run([0, 1]) { [patient] side in
            for _ in 0..<4 {
                if side == 0 { try airline.send([1]) }
                _ = try (side == 0 ? airline : weather).receive(patient)
                if side == 1 { try weather.send([2]) }
            }
        }
        for side in [0, 1] { try answers[side]?.get() }
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }

    @Test func awaitedAndFoundMessagesAreTheSame() throws {
        let (airline, weather) = try pair("8mbit,40ms")
        try airline.send([1])
        // By then it has arrived.
        _ = Monitor(()).wait(until: .now + .milliseconds(60)) { _ in nil as Void? }
        #expect(try weather.receive(Wait("what is there", seconds: 0)) == [1])
    }

    @Test func aPeerThatClosesLetsThroughWhatIsUnderWay() throws {
        let (airline, weather) = try pair("8mbit,100ms")
        let start = ContinuousClock.now
        try airline.send([1])
        airline.close()
        #expect(try weather.receive(patient) == [1])
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        #expect(throws: LinkError.closed(self.airline)) { try weather.receive(patient) }
    }

    /// A message that takes 100 s is under way; nobody waits for it.
    @Test func givingUpDoesNotWaitForWhatIsUnderWay() throws {
        let (airline, weather) = try pair("8kbit,0ms")
        try airline.send([UInt8](repeating: 1, count: 100_000))
        let cause = AbortCause(party: self.airline, step: "align", reason: .badData)
        let results = Threads.run([0, 1]) { [patient] side in
            if side == 0 {
                _ = Monitor(()).wait(until: .now + .milliseconds(50)) { _ in nil as Void? }
                airline.abort(cause)
            } else {
                _ = try weather.receive(patient)
            }
        }
        #expect(throws: LinkError.aborted(cause)) { try results[1]?.get() }
        #expect(throws: LinkError.aborted(cause)) { try airline.send([2]) }
    }

    /// What is under way counts as not taken, so that a fast sender waits.
    @Test func aSenderWaitsForRoom() throws {
        let (airline, _) = try pair("8mbit,0ms")
        let wait = Wait("room", seconds: 0.05)
        try airline.send([UInt8](repeating: 1, count: LinkLimits.window), wait)
        #expect(throws: LinkError.timedOut(weather, wait)) { try airline.send([2], wait) }
    }
}
