import Link
import Specification
import Testing
import TLSLink

/// What a job may rely on, whatever the link is made of.
@Suite struct LinkConformanceTests {
    private func pair(_ fabric: Fabric) throws -> (Federation, any Link, any Link) {
        let federation = try Federation(fabric, "airline", "weather")
        let (airline, weather) = (federation.parties[0], federation.parties[1])
        return (federation, try federation.link(airline, weather), try federation.link(weather, airline))
    }

    @Test(arguments: Fabric.allCases) func messagesArriveInOrderAndWhole(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        #expect(airline.peer == federation.parties[1] && weather.peer == federation.parties[0])
        let sizes = [0, 1, 5, 16_383, 16_384, 16_385, 262_144, 262_145, 1_000_000, 0, 3]
        for (index, size) in sizes.enumerated() {
            try airline.send([UInt8](repeating: UInt8(index), count: size))
            try weather.send([UInt8(index)])
        }
        for (index, size) in sizes.enumerated() {
            #expect(try weather.receive(.ample) == [UInt8](repeating: UInt8(index), count: size))
            #expect(try airline.receive(.ample) == [UInt8(index)])
        }
    }

    @Test(arguments: Fabric.allCases) func theLongestMessageCrossesBothWaysAtOnce(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        let results = Threads.run([0, 1]) { side in
            let link = side == 0 ? airline : weather
            try link.send([UInt8](repeating: UInt8(side), count: LinkLimits.message))
            return try link.receive(.ample)
        }
        for side in [0, 1] {
            let message = try #require(results[side]).get()
            #expect(message.count == LinkLimits.message)
            #expect(message.first == UInt8(1 - side) && message.last == UInt8(1 - side))
        }
    }

    @Test(arguments: Fabric.allCases) func longerMessagesAreRefusedAndTheLinkLives(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        let length = LinkLimits.message + 1
        #expect(throws: LinkError.tooLong(length: length, limit: LinkLimits.message)) {
            try airline.send([UInt8](repeating: 0, count: length))
        }
        try airline.send([7])
        #expect(try weather.receive(.ample) == [7])
    }

    @Test(arguments: Fabric.allCases) func aSenderWaitsForRoom(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        let message = [UInt8](repeating: 1, count: LinkLimits.window / 4)
        let wait = Wait("room", seconds: 0.3)
        var sent = 0
        #expect(throws: LinkError.timedOut(airline.peer, wait)) {
            while true {
                try airline.send(message, wait)
                sent += 1
            }
        }
        // The receiver's window and the sender's, and no more than one message over each.
        #expect((4...10).contains(sent))
        for _ in 0..<sent { #expect(try weather.receive(.ample).count == message.count) }
        try airline.send([2])
        #expect(try weather.receive(.ample) == [2])
    }

    @Test(arguments: Fabric.allCases) func waitsHaveAnEndAndAName(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        let wait = Wait("blinded ids", seconds: 0.1)
        #expect(throws: LinkError.timedOut(airline.peer, wait)) { try airline.receive(wait) }
        // One wait that ran out does not end the link.
        try weather.send([1])
        #expect(try airline.receive(.ample) == [1])
    }

    @Test(arguments: Fabric.allCases) func aClosedLinkGivesOutItsLastMessages(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        let message = [UInt8](repeating: 9, count: 3_000_000)
        try airline.send([1])
        try airline.send(message)
        airline.close()
        #expect(try weather.receive(.ample) == [1])
        #expect(try weather.receive(.ample) == message)
        #expect(throws: LinkError.closed(weather.peer)) { try weather.receive(.ample) }
        #expect(throws: LinkError.closed(weather.peer)) { try weather.send([2]) }
        #expect(throws: LinkError.closed(airline.peer)) { try airline.send([3]) }
        weather.close()
    }

    @Test(arguments: Fabric.allCases) func bothEndsMayCloseAtOnce(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        let start = ContinuousClock.now
        _ = Threads.run([0, 1]) { ($0 == 0 ? airline : weather).close() }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(throws: LinkError.closed(airline.peer)) { try airline.receive(.ample) }
        #expect(throws: LinkError.closed(weather.peer)) { try weather.receive(.ample) }
    }

    @Test(arguments: Fabric.allCases) func anAbortWakesBothEnds(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        let cause = AbortCause(party: weather.peer, step: "train: round 4", reason: .badData)
        let told = Monitor<[LinkError]>([])
        weather.whenEnded { error in told.withLock { $0.append(error) } }
        let results = Threads.run([0, 1, 2]) { thread in
            switch thread {
            case 0: _ = try airline.receive(.ample)
            case 1: _ = try weather.receive(.ample)
            default: airline.abort(cause)
            }
        }
        for thread in [0, 1] {
            #expect(throws: LinkError.aborted(cause)) { try #require(results[thread]).get() }
        }
        #expect(throws: LinkError.aborted(cause)) { try weather.send([1]) }
        #expect(throws: LinkError.aborted(cause)) { try airline.send([1]) }
        #expect(told.wait(until: .now + .seconds(30)) { $0.isEmpty ? nil : $0 } == [.aborted(cause)])
        // Who asks late is told at once.
        let late = Monitor<LinkError?>(nil)
        airline.whenEnded { error in late.withLock { $0 = error } }
        #expect(late.withLock { $0 } == .aborted(cause))
    }

    @Test(arguments: Fabric.allCases) func anAbortOvertakesWhatIsUnderWay(fabric: Fabric) throws {
        let (federation, airline, weather) = try pair(fabric)
        defer { withExtendedLifetime(federation) {} }
        for _ in 0..<4 { try airline.send([UInt8](repeating: 0, count: LinkLimits.window / 4)) }
        let cause = AbortCause(party: weather.peer, step: "align", reason: .cancelled)
        airline.abort(cause)
        let ended = Monitor<LinkError?>(nil)
        weather.whenEnded { error in ended.withLock { $0 = error } }
        // Weather receives nothing, and still hears of it.
        #expect(ended.wait(until: .now + .seconds(30)) { $0 } == .aborted(cause))
    }

    @Test(arguments: Fabric.allCases) func exportedKeysBelongToOneConnection(fabric: Fabric) throws {
        let federation = try Federation(fabric, "airline", "airport", "weather")
        let (airline, airport, weather) = (federation.parties[0], federation.parties[1], federation.parties[2])
        let here = try federation.link(airline, weather)
        let there = try federation.link(weather, airline)
        let label = "EXPORTER-colonnade-test"
        let key = try here.exportKey(label: label, count: 48)
        #expect(key.count == 48)
        #expect(try there.exportKey(label: label, count: 48) == key)
        #expect(try here.exportKey(label: label, count: 48) == key)
        #expect(try here.exportKey(label: label + "2", count: 48) != key)
        #expect(try here.channelBinding() == there.channelBinding())
        #expect(try federation.link(airline, airport).exportKey(label: label, count: 48) != key)
        #expect(try federation.link(airport, weather).channelBinding() != here.channelBinding())
    }

    @Test(arguments: Fabric.allCases) func anAbortReachesAllPartiesWithinASecond(fabric: Fabric) throws {
        let federation = try Federation(fabric, "airline", "airport", "weather")
        let airline = federation.parties[0]
        let cause = AbortCause(party: airline, step: "prepare", reason: .oneClassLabels)
        let start = ContinuousClock.now
        let results = federation.run { group in
            if group.party == airline {
                group.abort(cause)
                try group.check()
            } else {
                // Each of the others waits for a party that has nothing to do with it.
                _ = try group[group.peers.last ?? airline].receive(.ample)
            }
        }
        #expect(ContinuousClock.now - start < .seconds(1))
        #expect(causes(results) == Dictionary(uniqueKeysWithValues: federation.parties.map { ($0, cause) }))
    }

    @Test(arguments: Fabric.allCases) func aLostPartyIsNamedByAllOthers(fabric: Fabric) throws {
        let federation = try Federation(fabric, "airline", "airport", "weather")
        let (airline, airport, weather) = (federation.parties[0], federation.parties[1], federation.parties[2])
        let results = federation.run { group in
            group.enter(step: "train: round 3")
            if group.party == weather {
                for peer in group.peers { _ = try group[peer].receive(.ample) }
                return federation.drop(weather)
            }
            try group[weather].send([])
            _ = try group[group.party == airline ? airport : airline].receive(.ample)
        }
        let cause = AbortCause(party: weather, step: "train: round 3", reason: .peerLost)
        #expect(causes(results).filter { $0.key != weather } == [airline: cause, airport: cause])
    }

    @Test(arguments: Fabric.allCases) func aWaitThatRunsOutEndsTheJobForAll(fabric: Fabric) throws {
        let federation = try Federation(fabric, "airline", "airport", "weather")
        let (airline, weather) = (federation.parties[0], federation.parties[2])
        let results = federation.run { group in
            let patience = group.party == airline ? 0.2 : 60
            let peer = group.party == weather ? airline : weather
            _ = try group[peer].receive(Wait("gradients", seconds: patience))
        }
        let cause = AbortCause(party: weather, step: "gradients", reason: .timedOut)
        #expect(causes(results) == Dictionary(uniqueKeysWithValues: federation.parties.map { ($0, cause) }))
    }

    @Test(arguments: Fabric.allCases) func causesThatCrossBecomeOne(fabric: Fabric) throws {
        let federation = try Federation(fabric, "airline", "airport", "weather")
        let reasons: [AbortReason] = [.timedOut, .badData, .duplicateIDs]
        let reported = federation.run { group in
            let index = federation.parties.firstIndex(of: group.party) ?? 0
            return group.abort(AbortCause(party: group.party, step: "align", reason: reasons[index]))
        }
        let all = Set(try reported.values.map { try $0.get() })
        #expect(all.count == 1)
    }

    @Test(arguments: Fabric.allCases) func aGroupClosesInGoodOrder(fabric: Fabric) throws {
        let federation = try Federation(fabric, "airline", "airport", "weather")
        let results = federation.run { group in
            for peer in group.peers { try group[peer].send([1, 2, 3]) }
            // The first to be done leaves while the others still receive.
            let messages = try group.peers.map { try group[$0].receive(.ample) }
            group.close()
            return messages
        }
        for party in federation.parties { #expect(try results[party]?.get() == [[1, 2, 3], [1, 2, 3]]) }
    }
}
