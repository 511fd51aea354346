import Columns
import ProtocolTesting
import Specification
import Testing

@Suite struct ColumnsTests {
    private let parties: [Party]

    init() throws { parties = try ["airline", "weather", "airport"].map { try Party($0) } }

    private func run(
        _ contributions: [Contribution], onTheWay: @escaping (Frame, Party, Party) -> Frame = { frame, _, _ in frame }
    ) throws -> Rehearsal<ColumnsParty.Output> {
        let rehearsal = try Rehearsal<ColumnsParty.Output>(
            ColumnsProtocol.specification, ColumnsProtocol.plan(parties))
        rehearsal.onTheWay = onTheWay
        let seats = zip(parties, contributions).map { party, own in
            rehearsal.seat(party, ColumnsParty(me: party, parties: parties, own: own))
        }
        for seat in seats { try rehearsal.perform(seat) { try $0.start() } }
        try rehearsal.settle()
        return rehearsal
    }

    private let four = Contribution(columns: 4, fields: 1, tableRows: 3)

    @Test func everybodyLearnsAllNumbers() throws {
        let contributions = [
            Contribution(columns: 1),
            Contribution(columns: 1 << 20, fields: 4096, tableRows: 1 << 24, listedColumns: 17),
            Contribution(columns: 5, fields: 2, tableRows: 2, weightVersion: 1 << 40),
        ]
        let rehearsal = try run(contributions)
        #expect(rehearsal.isFinished)
        let all = Dictionary(uniqueKeysWithValues: zip(parties, contributions))
        for party in parties { #expect(rehearsal.outputs[party] == [all]) }
    }

    @Test(arguments: [
        Contribution(columns: 0), Contribution(columns: 1 << 20 + 1), Contribution(columns: -1),
        Contribution(columns: 1, fields: 4097, tableRows: 1 << 20),
        Contribution(columns: 1, fields: 1, tableRows: 1 << 25),
        Contribution(columns: 1, fields: 1), Contribution(columns: 1, fields: 3, tableRows: 2),
        Contribution(columns: 1, tableRows: 1), Contribution(columns: 4, listedColumns: 5),
        Contribution(columns: 4, listedColumns: 0), Contribution(columns: 4, weightVersion: -1),
        Contribution(columns: 4, weightVersion: 1 << 40 + 1),
    ])
    func aPartyThatBringsTooLittleOrTooMuchSaysSo(own: Contribution) throws {
        let error = try #require(throws: ColumnsError.self) { try run([four, own, four]) }
        guard case .outOfRange(own, _) = error else { return #expect(Bool(false), "\(error)") }
        #expect(error.abortReason == .badData)
    }

    @Test(arguments: [
        ("C1", 0), ("C1", 1 << 20 + 1), ("C1", 1 << 62), ("C2", 1 << 13), ("C2", 0), ("C3", 1 << 25), ("C3", 0),
        ("C4", 5),
        ("C4", 0), ("C5", 1 << 40 + 1),
    ])
    func numbersFromOutsideAreHeldToTheLimits(step: String, number: Int) throws {
        let weather = parties[1]
        let violation = try #require(throws: ProtocolViolation.self) {
            try run([four, four, four]) { frame, sender, _ in
                guard sender == weather, frame.header.step == step else { return frame }
                var payload = CanonicalWriter()
                payload.count(number)
                var changed = Frame(header: frame.header, payload: payload.bytes)
                changed.header.shape = [number]
                return changed
            }
        }
        #expect(violation.party == weather)
    }

    @Test func theGuardTakesTheNumberOfTheHeader() throws {
        let (airline, weather) = (parties[0], parties[1])
        let violation = try #require(throws: ProtocolViolation.self) {
            try run([four, four, four]) { frame, sender, _ in
                var changed = frame
                if sender == weather { changed.header.shape = [3] }
                return changed
            }
        }
        #expect(violation.party == weather)
        var role = ColumnsParty(me: airline, parties: parties, own: four)
        _ = try role.start()
        // Partners are heard in the order of their names.
        #expect(role.awaiting == parties[2])
    }

    @Test func framesOutOfTurnAreRefused() throws {
        var role = ColumnsParty(me: parties[0], parties: parties, own: four)
        func frame(_ step: String, _ number: UInt8) -> Frame {
            Frame(
                header: FrameHeader(
                    protocolName: "columns", phase: "announce", round: 0, step: step, kind: .shape, shape: [Int(number)]
                ),
                payload: [0, 0, 0, 0, 0, 0, 0, number])
        }
        #expect(throws: ProtocolViolation.self) { try role.receive(frame("C1", 4), from: parties[2]) }
        _ = try role.start()
        #expect(throws: ProtocolViolation.self) { try role.receive(frame("C1", 4), from: parties[1]) }
        #expect(throws: ProtocolViolation.self) { try role.receive(frame("C2", 4), from: parties[2]) }
        for (step, number) in [("C1", 4), ("C2", 1), ("C3", 3), ("C4", 4), ("C5", 0)] as [(String, UInt8)] {
            #expect(throws: Never.self) { try role.receive(frame(step, number), from: parties[2]) }
        }
        #expect(throws: ProtocolViolation.self) { try role.receive(frame("C1", 4), from: parties[2]) }
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "Columns").contains(Readme.table(of: ColumnsProtocol.specification)))
    }
}
