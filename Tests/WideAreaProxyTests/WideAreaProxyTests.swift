import Glibc
import Link
import Loopback
import Specification
import Testing
import WideArea
import WideAreaProxy

/// Plain TCP through a slow network. Times are bounded from below only.
@Suite struct WideAreaProxyTests {
    private let airline, weather: Party

    init() throws {
        airline = try Party("airline")
        weather = try Party("weather")
    }

    /// A proxy before a socket that listens, and the port at which the airline finds it.
    private func door(_ network: String) throws -> (proxy: WideAreaProxy, listener: Socket, port: Int) {
        let proxy = WideAreaProxy(try WideArea(network))
        let listener = try Socket(listeningAt: 0)
        let target = Address(host: "127.0.0.1", port: try listener.port)
        return (proxy, listener, try proxy.open(from: airline, to: weather, at: target).port)
    }

    /// A proxy with one connection through it: the caller's end, and the other.
    private func connection(_ network: String) throws -> (proxy: WideAreaProxy, caller: Socket, called: Socket) {
        let (proxy, listener, port) = try door(network)
        let caller = try Socket(connectingTo: port)
        return (proxy, caller, try listener.accept())
    }

    private func bytes(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 0x9E37_79B9 &+ seed &* 0x85EB_CA6B) >> 13) }
    }

    // MARK: Bytes

    @Test func everythingArrivesInOrderOnManyConnectionsBothWays() throws {
        let (proxy, listener, port) = try door("2gbit,5ms")
        defer { proxy.stop() }
        let count = 24
        let callers = try (0..<count).map { _ in try Socket(connectingTo: port) }
        // Whom a connection belongs to is its first byte.
        for (index, caller) in callers.enumerated() { try caller.send([UInt8(index)]) }
        var called: [Int: Socket] = [:]
        for _ in 0..<count {
            let socket = try listener.accept()
            called[Int(try #require(socket.receive(atLeast: 1).first))] = socket
        }
        let ends = (0..<count).compactMap { index in called[index].map { [callers[index], $0] } }
        try #require(ends.count == count)
        @Sendable func size(_ index: Int, _ side: Int) -> Int { 300_000 + 1_000 * index + side }
        let senders = Threads.run(0..<2 * count) { [bytes] index in
            let socket = ends[index / 2][index % 2]
            try socket.send(bytes(size(index / 2, index % 2), index))
            socket.endSending()
        }
        for index in 0..<2 * count { try senders[index]?.get() }
        for index in 0..<2 * count {
            let received = try ends[index / 2][1 - index % 2].receiveAll()
            #expect(received == bytes(size(index / 2, index % 2), index), "connection \(index / 2)")
        }
    }

    // MARK: Time

    @Test func bytesTakeTheirTime() throws {
        // 1,000 bytes take 1 ms.
        let start = ContinuousClock.now
        let (proxy, caller, called) = try connection("8mbit,60ms")
        defer { proxy.stop() }
        // Opening a connection took a round trip already.
        #expect(ContinuousClock.now - start >= .milliseconds(60))
        let sent = ContinuousClock.now
        try caller.send(bytes(50_000, 1))
        #expect(try called.receive(atLeast: 50_000) == bytes(50_000, 1))
        #expect(ContinuousClock.now - sent >= .milliseconds(80))
        let answered = ContinuousClock.now
        try called.send([1])
        #expect(try caller.receive(atLeast: 1) == [1])
        #expect(ContinuousClock.now - answered >= .milliseconds(30))
    }

    @Test func connectionsOfTheSameTwoShareTheirLine() throws {
        let (proxy, listener, port) = try door("8mbit,0ms")
        defer { proxy.stop() }
        let callers = try (0..<4).map { _ in try Socket(connectingTo: port) }
        let called = try (0..<4).map { _ in try listener.accept() }
        let start = ContinuousClock.now
        for caller in callers { try caller.send(bytes(20_000, 1)) }
        for socket in called { #expect(try socket.receive(atLeast: 20_000).count == 20_000) }
        #expect(ContinuousClock.now - start >= .milliseconds(80))
    }

    /// While the line is busy a sender has to wait: no proxy keeps all that it would send.
    @Test func aSenderThatIsTooFastWaits() throws {
        let (proxy, caller, called) = try connection("1mbit,20ms")
        defer { proxy.stop() }
        let all = 64 << 20
        let sent = caller.sendWhatFits(all, patience: 500)
        #expect(sent < all / 2)
        // The beginning of it is under way all the same.
        #expect(try called.receive(atLeast: 1).first == 1)
    }

    // MARK: Ends

    @Test func oneDirectionMayEndBeforeTheOther() throws {
        let (proxy, caller, called) = try connection("8mbit,40ms")
        defer { proxy.stop() }
        let start = ContinuousClock.now
        try caller.send([1, 2, 3])
        caller.endSending()
        #expect(try called.receiveAll() == [1, 2, 3])
        #expect(ContinuousClock.now - start >= .milliseconds(20))
        try called.send([4, 5])
        #expect(try caller.receive(atLeast: 2) == [4, 5])
        called.endSending()
        #expect(try caller.receiveAll().isEmpty)
    }

    @Test(arguments: [false, true]) func lastWordsArriveBeforeTheEnd(fromCalled: Bool) throws {
        let (proxy, caller, called) = try connection("80mbit,40ms")
        defer { proxy.stop() }
        let (leaving, staying) = fromCalled ? (called, caller) : (caller, called)
        let start = ContinuousClock.now
        try leaving.send(bytes(400_000, 7))
        leaving.end()
        #expect(try staying.receiveAll() == bytes(400_000, 7))
        #expect(ContinuousClock.now - start >= .milliseconds(60))
    }

    /// As when a process is killed that has not read everything: TCP resets the connection.
    @Test func aConnectionThatIsLostEndsAtTheOtherSide() throws {
        var (proxy, caller, called): (WideAreaProxy, Socket?, Socket) = try connection("8mbit,10ms")
        defer { proxy.stop() }
        try called.send([1])
        #expect(try caller?.receive(atLeast: 1) == [1])
        try called.send([2, 3])
        _ = Monitor(()).wait(until: .now + .milliseconds(50)) { _ in nil as Void? }
        caller = nil
        #expect((try? called.receiveAll()) ?? [] == [])
    }

    @Test func whereNobodyListensAConnectionEnds() throws {
        let free = try Socket(listeningAt: 0).port
        let proxy = WideAreaProxy(try WideArea("8mbit,10ms"))
        defer { proxy.stop() }
        let port = try proxy.open(from: airline, to: weather, at: Address(host: "127.0.0.1", port: free)).port
        #expect((try? Socket(connectingTo: port).receiveAll()) ?? [] == [])
    }

    @Test func aStoppedProxyCutsEverything() throws {
        let (proxy, listener, port) = try door("8mbit,10ms")
        let caller = try Socket(connectingTo: port)
        let called = try listener.accept()
        proxy.stop()
        #expect((try? caller.receiveAll()) ?? [] == [])
        #expect((try? called.receiveAll()) ?? [] == [])
        // The port is closed a moment later.
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline, (try? Socket(connectingTo: port)) != nil {}
        #expect(throws: Socket.Failure.self) { try Socket(connectingTo: port) }
    }
}

extension Socket {
    /// The next bytes, at least so many; fewer where the other side ends before.
    fileprivate func receive(atLeast count: Int) throws -> [UInt8] {
        var received = [UInt8]()
        while received.count < count {
            let bytes = try receive()
            if bytes.isEmpty { break }
            received += bytes
        }
        return received
    }

    /// Everything up to the other side's end.
    fileprivate func receiveAll() throws -> [UInt8] { try receive(atLeast: .max) }

    /// Sends up to `count` bytes, until for `patience` milliseconds there was no room; returns how many went.
    fileprivate func sendWhatFits(_ count: Int, patience: Int32) -> Int {
        let bytes = [UInt8](repeating: 1, count: count)
        var sent = 0
        while sent < count {
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&room, 1, patience) == 1 else { return sent }
            let went = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            sent += max(0, went)
            guard went > 0 || errno == EAGAIN else { return sent }
        }
        return sent
    }
}
