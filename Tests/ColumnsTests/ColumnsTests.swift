import Columns
import ProtocolTesting
import Specification
import Testing

@Suite struct ColumnsTests {
    private let parties: [Party]

    init() throws { parties = try ["airline", "weather", "airport"].map { try Party($0) } }

    private func run(
        _ columns: [Int], onTheWay: @escaping (Frame, Party, Party) -> Frame = { frame, _, _ in frame }
    ) throws -> Rehearsal<ColumnsParty.Output> {
        let rehearsal = try Rehearsal<ColumnsParty.Output>(
            ColumnsProtocol.specification, ColumnsProtocol.plan(parties))
        rehearsal.onTheWay = onTheWay
        let seats = zip(parties, columns).map { party, columns in
            rehearsal.seat(party, ColumnsParty(me: party, parties: parties, columns: columns))
        }
        for seat in seats { try rehearsal.perform(seat) { try $0.start() } }
        try rehearsal.settle()
        return rehearsal
    }

    @Test func everybodyLearnsAllNumbers() throws {
        let rehearsal = try run([1, 65_536, 5])
        #expect(rehearsal.isFinished)
        let all = Dictionary(uniqueKeysWithValues: zip(parties, [1, 65_536, 5]))
        for party in parties { #expect(rehearsal.outputs[party] == [all]) }
    }

    @Test(arguments: [0, 65_537, -1]) func aPartyWithTooFewOrTooManyColumnsSaysSo(columns: Int) throws {
        let error = try #require(throws: ColumnsError.self) { try run([1, columns, 1]) }
        #expect(error == .outOfRange(columns: columns))
        #expect(error.abortReason == .badData)
    }

    @Test(arguments: [0, 65_537, 1 << 40, 1 << 62]) func numbersFromOutsideAreHeldToTheLimits(columns: UInt64) throws {
        let weather = parties[1]
        let violation = try #require(throws: ProtocolViolation.self) {
            try run([4, 4, 4]) { frame, sender, _ in
                guard sender == weather else { return frame }
                var payload = CanonicalWriter()
                payload.integer(columns)
                var changed = Frame(header: frame.header, payload: payload.bytes)
                changed.header.shape = [Int(columns)]
                return changed
            }
        }
        #expect(violation.party == weather)
    }

    @Test func theGuardTakesTheNumberForLaterFrames() throws {
        let (airline, weather) = (parties[0], parties[1])
        let violation = try #require(throws: ProtocolViolation.self) {
            try run([4, 4, 4]) { frame, sender, _ in
                var changed = frame
                if sender == weather { changed.header.shape = [3] }
                return changed
            }
        }
        #expect(violation.party == weather)
        var role = ColumnsParty(me: airline, parties: parties, columns: 1)
        _ = try role.start()
        // Partners are heard in the order of their names.
        #expect(role.awaiting == parties[2])
    }

    @Test func framesOutOfTurnAreRefused() throws {
        var role = ColumnsParty(me: parties[0], parties: parties, columns: 1)
        let frame = Frame(
            header: FrameHeader(
                protocolName: "columns", phase: "announce", round: 0, step: "C1", kind: .shape, shape: [4]),
            payload: [0, 0, 0, 0, 0, 0, 0, 4])
        #expect(throws: ProtocolViolation.self) { try role.receive(frame, from: parties[2]) }
        _ = try role.start()
        #expect(throws: ProtocolViolation.self) { try role.receive(frame, from: parties[1]) }
        #expect(throws: Never.self) { try role.receive(frame, from: parties[2]) }
        #expect(throws: ProtocolViolation.self) { try role.receive(frame, from: parties[2]) }
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "Columns").contains(Readme.table(of: ColumnsProtocol.specification)))
    }
}
