import Link
import Specification
import Testing
import TLSLink

@Suite struct SessionTests {
    private let peer: Party
    private let cause: AbortCause

    init() throws {
        peer = try Party("weather")
        cause = AbortCause(party: peer, step: "align", reason: .badData)
    }

    private func openServer(window: Int = LinkLimits.window) throws -> Session {
        var session = Session(role: .server, peer: peer, window: window)
        #expect(session.start() == [])
        #expect(try session.receive(.open(version: Envelope.version, purpose: "job")) == [.offer(purpose: "job")])
        #expect(!session.mayBegin)
        #expect(session.accept() == [.write(.opened), .open])
        return session
    }

    @Test func aCallerAsksAndIsLetIn() throws {
        var session = Session(role: .client(purpose: "job"), peer: peer)
        #expect(session.start() == [.write(.open(version: Envelope.version, purpose: "job"))])
        #expect(try session.receive(.heartbeat(received: 0)) == [])
        #expect(!session.mayBegin)
        #expect(try session.receive(.opened) == [.open])
        #expect(session.mayBegin)
    }

    @Test func aCallerAsksAndIsRefused() throws {
        var session = Session(role: .client(purpose: "job"), peer: peer)
        #expect(try session.receive(.refused(.busy)) == [.refused(.busy), .finish])
        #expect(!session.mayBegin)
    }

    @Test func anotherVersionIsToldOurs() throws {
        var session = Session(role: .server, peer: peer)
        let version = Envelope.version
        #expect(
            try session.receive(.open(version: version + 1, purpose: "")) == [
                .write(.refused(.otherVersion(version))), .finish,
            ])
    }

    @Test(arguments: ["", "two words", "Säule", String(repeating: "x", count: 129)])
    func purposesFromOutsideAreHeldToTheirRules(purpose: String) {
        var session = Session(role: .server, peer: peer)
        #expect(throws: EnvelopeError.unexpected(.open)) {
            try session.receive(.open(version: Envelope.version, purpose: purpose))
        }
    }

    @Test func nothingButTheOpeningComesFirst() throws {
        let all: [Envelope] = [
            .open(version: Envelope.version, purpose: "job"), .opened, .refused(.busy), .data([]),
            .heartbeat(received: 0),
            .heartbeat(received: 1), .abort(cause), .close,
        ]
        let allowed: [(Session, [Envelope])] = [
            (Session(role: .server, peer: peer), [all[0], all[4]]),
            (Session(role: .client(purpose: "job"), peer: peer), [all[1], all[2], all[4]]),
        ]
        for (fresh, fine) in allowed {
            for envelope in all {
                var session = fresh
                if fine.contains(envelope) {
                    #expect(throws: Never.self) { try session.receive(envelope) }
                } else {
                    #expect(throws: EnvelopeError.unexpected(envelope.kind)) { try session.receive(envelope) }
                }
            }
        }
    }

    @Test func anOfferIsAnsweredOnce() throws {
        var session = try openServer()
        #expect(session.accept() == [])
        #expect(session.refuse(.notReady) == [])
        #expect(throws: EnvelopeError.unexpected(.open)) {
            try session.receive(.open(version: Envelope.version, purpose: "job"))
        }
    }

    @Test func aSenderStopsAtTheWindow() throws {
        var session = try openServer(window: 1_000)
        session.begin(cost: 999)
        #expect(session.mayBegin)
        session.begin(cost: 500)
        #expect(!session.mayBegin)
        #expect(try session.receive(.heartbeat(received: 400)) == [.resume])
        #expect(!session.mayBegin)
        #expect(try session.receive(.heartbeat(received: 500)) == [.resume])
        #expect(session.mayBegin)
        // A peer cannot have received more than was sent, or less than before.
        #expect(throws: EnvelopeError.malformed(.heartbeat)) { try session.receive(.heartbeat(received: 1_500)) }
        #expect(throws: EnvelopeError.malformed(.heartbeat)) { try session.receive(.heartbeat(received: 499)) }
    }

    @Test func aSenderThatIgnoresTheWindowIsCaught() throws {
        var session = try openServer(window: 1_000)
        let message = Envelope.data([UInt8](repeating: 0, count: 600))
        _ = try session.receive(message)
        _ = try session.receive(message)
        #expect(throws: EnvelopeError.unexpected(.data)) { try session.receive(message) }
        #expect(session.heartbeat(received: 664) == [.write(.heartbeat(received: 664))])
        #expect(throws: Never.self) { try session.receive(message) }
    }

    @Test func emptyMessagesAreNotFree() throws {
        var session = try openServer(window: 1_000)
        #expect(throws: EnvelopeError.unexpected(.data)) { for _ in 0..<100 { _ = try session.receive(.data([])) } }
    }

    @Test func farewellsEndEverythingButAborts() throws {
        var closed = try openServer()
        #expect(closed.close() == [.write(.close)])
        #expect(try closed.receive(.data([1])) == [])
        #expect(!closed.mayBegin)
        #expect(try closed.receive(.close) == [.finish])

        var peerClosed = try openServer()
        #expect(try peerClosed.receive(.close) == [.end(.closed(peer)), .finish])

        var aborted = try openServer()
        #expect(aborted.abort(cause) == [.write(.abort(cause)), .linger])
        #expect(try aborted.receive(.data([1])) == [])
        #expect(try aborted.receive(.abort(cause)) == [.end(.aborted(cause))])

        var peerAborted = try openServer()
        #expect(try peerAborted.receive(.abort(cause)) == [.end(.aborted(cause)), .linger])
        #expect(peerAborted.close() == [])
    }
}
