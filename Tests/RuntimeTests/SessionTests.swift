import Columns
import Glibc
import Link
import Runtime
import Specification
import Testing
import Transcript

/// Sends frames that a test chooses; waits for nobody.
private struct Rogue: Role {
    typealias Output = Never
    var awaiting: Party?

    func receive(_ frame: Frame, from peer: Party) throws -> [Action<Never>] { [] }
}

/// Keeps nothing: its disk is full.
private final class FullDisk: FrameRecorder {
    let error = TranscriptError.unwritable(path: "full.transcript", problem: "No space left on device")

    func record(_ plan: SessionPlan) throws {}
    func record(_ frame: Frame, isOutgoing: Bool, peer: Party) throws { throw error }
}

@Suite struct SessionTests {
    private let airline, airport, weather: Party
    private let parties: [Party]
    private let network: MemoryNetwork

    init() throws {
        airline = try Party("airline")
        airport = try Party("airport")
        weather = try Party("weather")
        parties = [airline, airport, weather]
        network = MemoryNetwork(parties: parties)
    }

    private func session(
        _ group: LinkGroup, recorder: (any FrameRecorder)? = nil, patience: Double = 20
    ) throws -> Session {
        try Session(
            ColumnsProtocol.specification, plan: ColumnsProtocol.plan(parties), group: group, recorder: recorder,
            ciphertexts: CiphertextRegistry(), patience: patience)
    }

    /// Plays the part of an honest party.
    private func announce(_ session: Session, _ me: Party) throws -> [[Party: Int]] {
        var role = ColumnsParty(me: me, parties: parties, own: Contribution(columns: me.name.utf8.count))
        let outputs = try session.run(&role) { try $0.start() }
        try session.finish()
        return outputs.map { $0.mapValues(\.columns) }
    }

    private func frame(_ kind: Kind, columns: Int = 3) -> Frame {
        var payload = CanonicalWriter()
        payload.count(columns)
        return Frame(
            header: FrameHeader(
                protocolName: "columns", phase: "announce", round: 0, step: "C1", kind: kind, shape: [columns]),
            payload: payload.bytes)
    }

    /// What every party reports, where `weather` does what the test says and the others play by the rules.
    private func failures(
        _ misbehave: @escaping @Sendable (LinkGroup) throws -> Void
    ) throws -> [Party: JobFailure] {
        let (airline, weather) = (airline, weather)
        let results = network.run { group in
            let isHonest = group.party != weather
            do {
                if isHonest { _ = try announce(session(group), group.party) } else { try misbehave(group) }
                // Who is done already must hear of it as well.
                let partner = isHonest ? weather : airline
                while true { _ = try group[partner].receive(Wait("the end", seconds: 20)) }
            } catch { throw group.giveUp(error, step: "the test's") }
        }
        return try results.mapValues { result in
            try #require(throws: JobFailure.self) { try result.get() }
        }
    }

    @Test func outputsAndCountsAreRight() throws {
        let results = network.run { group in
            let session = try session(group)
            return (try announce(session, group.party), session.traffic)
        }
        let all = [airline: 7, airport: 7, weather: 7]
        // Five numbers, each in a frame of its own; all steps have names as long as the first.
        let count = Traffic.Count(frames: 5, bytes: 5 * frame(.shape).encoded.count)
        for party in parties {
            let (outputs, traffic) = try #require(results[party]).get()
            #expect(outputs == [all])
            let others = Dictionary(uniqueKeysWithValues: parties.filter { $0 != party }.map { ($0, count) })
            #expect(traffic.sent == others && traffic.received == others && traffic.rounds == ["announce": 1])
        }
    }

    /// Whoever is late lets the others wait, and waits for nobody.
    @Test func waitingForPartnersThatHaveNotBegunIsCounted() throws {
        let results = network.run { group in
            if group.party == weather { usleep(500_000) }
            let session = try session(group)
            _ = try announce(session, group.party)
            return session.waitedForBeginnings / .seconds(1)
        }
        let late = try #require(results[weather]).get()
        for party in [airline, airport] {
            let waited = try #require(results[party]).get()
            #expect(waited > 0.4 && waited > late)
        }
    }

    @Test func anUndeclaredFrameIsStoppedByItsOwnSide() throws {
        let failures = try failures { group in
            var rogue = Rogue()
            _ = try session(group).run(&rogue) { _ in [.send(frame(.plain), to: airline)] }
        }
        let cause = AbortCause(
            party: weather, step: "columns announce round 0, C1 to airline", reason: .protocolViolation)
        #expect(failures.mapValues(\.cause) == [airline: cause, airport: cause, weather: cause])
        #expect(failures[weather]?.detail.contains("expected kind shape, found plain") == true)
        // It had not left: airline only heard that weather gave up.
        #expect(failures[airline]?.detail == cause.description)
    }

    @Test func aFrameToStrangersIsStoppedByItsOwnSide() throws {
        let bank = try Party("bank")
        let failures = try failures { group in
            var rogue = Rogue()
            _ = try session(group).run(&rogue) { _ in [.send(frame(.shape), to: bank)] }
        }
        #expect(Set(failures.values.map(\.cause.reason)) == [.protocolViolation])
        #expect(Set(failures.values.map(\.cause.party)) == [weather])
    }

    @Test func aPeerWithoutAGuardIsStoppedByTheReceiver() throws {
        let failures = try failures { group in
            try group[airline].send(frame(.plain).encoded)
            _ = try announce(session(group), group.party)
        }
        let cause = AbortCause(
            party: weather, step: "columns announce round 0, C1 from weather", reason: .protocolViolation)
        #expect(failures.mapValues(\.cause) == [airline: cause, airport: cause, weather: cause])
        #expect(failures[airline]?.detail.contains("found plain") == true)
    }

    @Test func aFrameThatIsNoneIsMalformed() throws {
        let failures = try failures { group in
            try group[airline].send(frame(.shape).encoded + [0])
            try group[airport].send(frame(.shape).encoded)
        }
        #expect(Set(failures.values.map(\.cause.reason)) == [.malformedFrame])
        #expect(Set(failures.values.map(\.cause.party)) == [weather])
    }

    @Test func nothingIsSentThatIsNotInTheTranscript() throws {
        let failures = try failures { group in
            let session = try session(group, recorder: FullDisk())
            defer { #expect(session.traffic.sent.isEmpty) }
            _ = try announce(session, group.party)
        }
        let cause = AbortCause(
            party: weather, step: "columns announce round 0, C1 to airline", reason: .transcriptUnwritable)
        #expect(failures.mapValues(\.cause) == [airline: cause, airport: cause, weather: cause])
    }

    @Test func aFailuresDetailFitsOneLineOfALog() throws {
        struct Talkative: Error, CustomStringConvertible {
            let description = "two\nlines, \u{1B}[2J and " + String(repeating: "x", count: 10_000)
        }
        let failures = try failures { group in
            var rogue = Rogue()
            _ = try session(group).run(&rogue) { _ in throw Talkative() }
        }
        let failure = try #require(failures[weather])
        #expect(failure.cause.reason == .internalError)
        #expect(failure.detail.hasPrefix("two?lines, ?[2J and xx"))
        #expect(failure.detail.count == JobFailure.detailLimit)
    }

    @Test func anErrorOfAnEventEndsTheJobForItsOwnReason() throws {
        let failures = try failures { group in
            var role = ColumnsParty(me: group.party, parties: parties, own: Contribution(columns: 0))
            _ = try session(group).run(&role) { try $0.start() }
        }
        let cause = AbortCause(party: weather, step: "columns start", reason: .badData)
        #expect(failures.mapValues(\.cause) == [airline: cause, airport: cause, weather: cause])
    }

    @Test func aRoleThatWouldWaitForEverIsStopped() throws {
        let failures = try failures { group in
            // Its own frame is due as well; but having taken airline's it waits for another one.
            var rogue = Rogue(awaiting: airline)
            _ = try session(group).run(&rogue) { _ in [] }
        }
        #expect(Set(failures.values.map(\.cause.reason)) == [.internalError])
        #expect(
            failures[weather]?.detail
                == "waiting for airline, where the protocol has C1 to airline in announce round 0")
    }

    @Test func aSessionThatEndsEarlyIsAFailure() throws {
        let failures = try failures { group in try session(group).finish() }
        #expect(Set(failures.values.map(\.cause.reason)) == [.internalError])
        #expect(
            failures[weather]?.detail
                == "ended early with airline: C1 to airline or C1 from airline in announce round 0 was still to come")
    }

    @Test func aPartnerThatSaysNothingIsNamedWithTheStep() throws {
        let (airline, weather) = (airline, weather)
        let results = network.run { group in
            if group.party == weather {
                while true { _ = try group[airline].receive(Wait("the end", seconds: 20)) }
            }
            return try announce(session(group, patience: 0.2), group.party)
        }
        for party in [airline, airport] {
            let failure = #expect(throws: JobFailure.self) { try results[party]?.get() }
            #expect(
                failure?.cause
                    == AbortCause(party: weather, step: "columns announce round 0, C1 from weather", reason: .timedOut))
        }
    }

    @Test func aPartnerThatGoesIsNamedWithTheRound() throws {
        let results = network.run { group in
            if group.party == weather {
                // When both have spoken they are in the round.
                for peer in [airline, airport] { _ = try group[peer].receive(Wait("its C1", seconds: 20)) }
                network.drop(weather)
            }
            return try announce(session(group), group.party)
        }
        for party in [airline, airport] {
            let failure = #expect(throws: JobFailure.self) { try results[party]?.get() }
            #expect(
                failure?.cause == AbortCause(party: weather, step: "columns announce round 0", reason: .peerLost))
        }
    }
}
