import Dispatch
import Glibc
import Link
import NIOPosix
import TLSLink
import Testing
import Workers

/// Who says nothing for a reason of its own is not taken for lost.
@Suite struct LivenessTests {
    private let airline, weather: Organisation
    private let timings: TLSTimings

    init() throws {
        airline = try Organisation("airline")
        weather = try Organisation("weather")
        var timings = TLSTimings.quick
        timings.heartbeat = 0.1
        timings.silence = 0.5
        self.timings = timings
    }

    /// A link between two endpoints that share an event loop; the caller's end first.
    private func links(on group: MultiThreadedEventLoopGroup) throws -> (any Link, any Link) {
        let called = try weather.endpoint(pinning: [airline], timings: timings, on: group)
        let caller = try airline.endpoint(pinning: [weather], timings: timings, on: group)
        let address = Address(host: "127.0.0.1", port: try called.listen(host: "127.0.0.1", port: 0))
        let links = try Threads.run([0, 1]) { [airline, weather] side in
            side == 0
                ? try caller.connect(to: weather.party, at: address, purpose: "job", .ample)
                : try called.accept(from: airline.party, purpose: "job", .ample)
        }.mapValues { try $0.get() }
        return (try #require(links[0]), try #require(links[1]))
    }

    /// As a party that learns or encodes for minutes, while its partner waits: four times the silence that counts as loss.
    @Test func whoComputesOnAllThreadsIsNotLost() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let (airline, weather) = try links(on: group)
        let end = ContinuousClock.now + .seconds(2)
        @Sendable func compute() { while ContinuousClock.now < end {} }
        let results = Threads.run([0, 1]) { side in
            guard side == 0 else { return try weather.receive(.ample) }
            // Both kinds of threads that a party's work could take from its links.
            for _ in 0..<2 * WorkerPool.shared.threads { DispatchQueue.global().async { compute() } }
            _ = WorkerPool.shared.run(count: WorkerPool.shared.threads) { _ in compute() }
            try airline.send([1])
            return []
        }
        #expect(try results[0]?.get() == [])
        #expect(try results[1]?.get() == [1])
        try weather.send([2])
        #expect(try airline.receive(.ample) == [2])
        (airline.close(), weather.close())
    }

    /// As processes that are stopped and go on, or a machine that was paused: nobody said anything, and nobody listened.
    @Test func whoStandsStillItselfLosesNobody() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let (airline, weather) = try links(on: group)
        try group.next().submit { usleep(1_500_000) }.wait()
        // Long enough for whoever would give up now.
        let wait = Wait("nothing", seconds: 0.3)
        #expect(throws: LinkError.timedOut(airline.peer, wait)) { try airline.receive(wait) }
        try airline.send([1])
        #expect(try weather.receive(.ample) == [1])
        try weather.send([2])
        #expect(try airline.receive(.ample) == [2])
        (airline.close(), weather.close())
    }
}
