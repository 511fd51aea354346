import Cryptography
import Handshake
import ProtocolTesting
import Specification
import Testing

@Suite struct HandshakeTests {
    @Test(arguments: [["airline", "weather"], ["weather", "airline", "airport"]])
    func everybodyLearnsEverybodysTranscriptKey(names: [String]) throws {
        let fixture = try Fixture(names)
        let rehearsal = try fixture.run()
        #expect(rehearsal.isFinished)
        for candidate in fixture.candidates {
            let others = fixture.candidates.filter { $0.party != candidate.party }
            let keys = Dictionary(uniqueKeysWithValues: others.map { ($0.party, $0.transcript.verificationKey) })
            #expect(rehearsal.outputs[candidate.party] == [keys])
        }
    }

    @Test func anotherJobIsRefused() throws {
        var fixture = try Fixture()
        fixture.candidates[1].jobHash[0] ^= 1
        #expect(throws: HandshakeError.jobMismatch(fixture.parties[1])) { try fixture.run() }
    }

    @Test func anotherAttemptIsRefused() throws {
        var fixture = try Fixture()
        fixture.candidates[1].attempt = 3
        #expect(throws: HandshakeError.attemptMismatch(fixture.parties[1], theirs: 3, ours: 0)) { try fixture.run() }
    }

    @Test func anotherVersionOfAProtocolIsRefusedAndBothAreNamed() throws {
        var fixture = try Fixture()
        fixture.candidates[1].specifications[0] = try specification("protocol-1", version: 2)
        // Another version makes another job hash; the version is what a person can do something about.
        fixture.candidates[1].jobHash[0] ^= 1
        let error = try #require(throws: HandshakeError.self) { try fixture.run() }
        let weather = fixture.parties[1]
        #expect(error == .versionMismatch(weather, protocolName: "protocol-1", theirs: 2, ours: 1))
        #expect("\(error)" == "weather speaks protocol-1 2, this party 1; update the older one")
        #expect(error.abortReason == .versionMismatch && error.blamedParty == weather)
    }

    @Test func anotherSpecificationOfTheSameVersionIsRefused() throws {
        var fixture = try Fixture()
        fixture.candidates[1].specifications[2] = try specification("protocol-3", version: 3, bytes: 2)
        #expect(
            throws: HandshakeError.specificationMismatch(fixture.parties[1], protocolName: "protocol-3", version: 3)
        ) { try fixture.run() }
    }

    @Test(arguments: [0, 1]) func aProtocolThatOneSideLacksIsRefused(lacking: Int) throws {
        var fixture = try Fixture()
        fixture.candidates[lacking].specifications.removeLast()
        // The first party to receive is the first by name, the one at index 0.
        let expected = HandshakeError.versionMismatch(
            fixture.parties[1], protocolName: "protocol-3", theirs: lacking == 1 ? nil : 3, ours: lacking == 0 ? nil : 3
        )
        #expect(throws: expected) { try fixture.run() }
    }

    @Test func aTranscriptKeyMustBeEndorsedByTheCertificatesKey() throws {
        var fixture = try Fixture()
        fixture.candidates[1].endorser = SigningKey.generate()
        #expect(throws: HandshakeError.badEndorsement(fixture.parties[1])) { try fixture.run() }
    }

    @Test func anEndorsementForAnotherPartyIsRefused() throws {
        let fixture = try Fixture()
        let hello = fixture.candidates[0].hello
        let key = fixture.candidates[0].identity.verificationKey
        #expect(hello.isEndorsed(by: key, of: fixture.parties[0]))
        #expect(!hello.isEndorsed(by: key, of: fixture.parties[1]))
    }

    @Test func aConfirmationOfAnotherConnectionIsRefused() throws {
        var fixture = try Fixture()
        let export = fixture.export
        let airline = fixture.parties[0]
        // Somebody between the two: what the links export at its two sides differs.
        fixture.export = { me, peer in export(me, peer) + (me == airline ? [0] : [1]) }
        #expect(throws: HandshakeError.badConfirmation(fixture.parties[1])) { try fixture.run() }
    }

    @Test func aConfirmationCoversTheCertificatesKeys() throws {
        var fixture = try Fixture()
        fixture.candidates[1].presented = SigningKey.generate().verificationKey
        #expect(throws: HandshakeError.badConfirmation(fixture.parties[1])) { try fixture.run() }
    }

    @Test func aConfirmationSentBackIsRefused() throws {
        let fixture = try Fixture()
        var sent: [Party: [UInt8]] = [:]
        #expect(throws: HandshakeError.self) {
            try fixture.run { frame, sender, receiver in
                guard frame.header.step == "H2" else { return frame }
                sent[sender] = frame.payload
                return Frame(header: frame.header, payload: sent[receiver] ?? frame.payload)
            }
        }
    }

    @Test func aHelloOfAnotherHandshakeVersionSaysSo() throws {
        let fixture = try Fixture()
        let expected = HandshakeError.versionMismatch(fixture.parties[1], protocolName: "handshake", theirs: 2, ours: 1)
        #expect(throws: expected) {
            try fixture.run { frame, sender, _ in
                guard sender == fixture.parties[1] else { return frame }
                return Frame(header: frame.header, payload: [0, 2] + frame.payload.dropFirst(2))
            }
        }
    }

    @Test func everyChangedByteOfWhatIsSentIsRefused() throws {
        let fixture = try Fixture()
        let lengths = try fixture.run().sent.map(\.payload.count)
        for (index, length) in lengths.enumerated() {
            for byte in 0..<length {
                var frames = 0
                #expect(throws: (any Error).self, "frame \(index), byte \(byte)") {
                    try fixture.run { frame, _, _ in
                        defer { frames += 1 }
                        var changed = frame
                        if frames == index { changed.payload[byte] ^= 1 }
                        return changed
                    }
                }
            }
        }
    }

    @Test func framesOutOfTurnAreRefused() throws {
        let fixture = try Fixture(["airline", "airport", "weather"])
        var role = fixture.role(fixture.candidates[0])
        let hello = Frame(
            header: FrameHeader(
                protocolName: "handshake", phase: "greet", round: 0, step: "H1", kind: .control, shape: [1]),
            payload: fixture.candidates[2].hello.encoded)
        #expect(throws: ProtocolViolation.self) { try role.receive(hello, from: fixture.parties[1]) }
        _ = role.start()
        #expect(role.awaiting == fixture.parties[1])
        #expect(throws: ProtocolViolation.self) { try role.receive(hello, from: fixture.parties[2]) }
        var confirmation = hello
        confirmation.header.step = "H2"
        #expect(throws: ProtocolViolation.self) { try role.receive(confirmation, from: fixture.parties[1]) }
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "Handshake").contains(Readme.table(of: HandshakeProtocol.specification)))
    }
}
