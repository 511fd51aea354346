import Correlation
import ProtocolTesting
import Specification
import StatisticsWire
import Testing

/// The sessions before and after the correlations.
@Suite struct AnswerTests {
    private let parties = [Study.label, Study.party("first"), Study.party("second")]

    private func announce(
        _ counts: [Int], change: @escaping (Frame) -> Frame = { $0 }
    ) throws -> Rehearsal<CorrelationAnnouncement.Output> {
        let stage = try Rehearsal<CorrelationAnnouncement.Output>(
            CorrelationProtocol.specification,
            CorrelationProtocol.announcement(label: parties[0], features: Array(parties[1...]), keyBits: 2048))
        stage.onTheWay = { frame, sender, _ in sender == parties[0] ? change(frame) : frame }
        for (party, count) in zip(parties, counts) {
            let seat = stage.seat(party, try CorrelationAnnouncement(party, parties: parties, columns: count))
            try stage.perform(seat) { try $0.start() }
        }
        try stage.settle()
        return stage
    }

    @Test func everybodyLearnsHowManyColumnsThereAre() throws {
        let stage = try announce([0, 3, 5])
        #expect(stage.isFinished)
        for party in parties {
            #expect(stage.outputs[party] == [[parties[0]: 0, parties[1]: 3, parties[2]: 5]])
        }
        #expect(throws: StatisticsError.self) {
            try announce([CorrelationProtocol.columnLimit + 1, 1, 1])
        }
        #expect(throws: ProtocolViolation.self) {
            try announce([2, 1, 1]) { frame in
                var frame = frame
                var payload = CanonicalWriter()
                payload.count(CorrelationProtocol.columnLimit + 1)
                (frame.header.shape, frame.payload) = ([CorrelationProtocol.columnLimit + 1], payload.bytes)
                return frame
            }
        }
    }

    /// A role of either side, so that both fit one rehearsal.
    private struct Either: Role {
        var teller: CorrelationTeller?
        var listener: CorrelationListener?

        var awaiting: Party? { listener?.awaiting }

        mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<[ColumnAnswer]>] {
            if let actions = try listener?.receive(frame, from: peer) { return actions }
            throw outOfTurn(frame, from: peer)
        }

        mutating func tell(_ answers: [Party: [ColumnAnswer]]) throws -> [Action<[ColumnAnswer]>] {
            try (teller?.tell(answers) ?? []).map { action in
                if case .send(let frame, let peer) = action { .send(frame, to: peer) } else { .output([]) }
            }
        }
    }

    private var answers: [Party: [ColumnAnswer]] {
        [
            parties[1]: [
                .init(fate: .stays, tolerance: 0.25, lastTolerance: 1),
                .init(fate: .alike(0), tolerance: 0, lastTolerance: 0),
                .init(fate: .alike(nil), tolerance: 0.125, lastTolerance: 0.25),
            ], parties[2]: [.init(fate: .inflated, tolerance: 0.5, lastTolerance: 0.75)],
        ]
    }

    private func answer(
        _ answers: [Party: [ColumnAnswer]], change: @escaping (Frame) -> Frame = { $0 }
    ) throws -> Rehearsal<[ColumnAnswer]> {
        let columns = [(party: parties[1], count: 3), (party: parties[2], count: 1)]
        let stage = try Rehearsal<[ColumnAnswer]>(
            CorrelationProtocol.specification,
            CorrelationProtocol.answer(label: parties[0], columns: columns, keyBits: 2048))
        stage.onTheWay = { frame, _, receiver in receiver == parties[1] ? change(frame) : frame }
        let teller = stage.seat(parties[0], Either(teller: CorrelationTeller(columns)))
        for (party, count) in columns {
            _ = stage.seat(party, Either(listener: CorrelationListener(label: parties[0], columns: count)))
        }
        try stage.perform(teller) { try $0.tell(answers) }
        try stage.settle()
        return stage
    }

    @Test func eachPartyIsToldOfItsOwnColumnsAlone() throws {
        let stage = try answer(answers)
        #expect(stage.isFinished)
        for party in parties[1...] { #expect(stage.outputs[party] == [try #require(answers[party])]) }
    }

    @Test func whatIsNoAnswerIsRefused() throws {
        for (step, place, value) in [
            ("A1", 0, 1.5), ("A1", 1, -0.5), ("A1", 2, .infinity), ("A2", 0, 3), ("A2", 1, 1), ("A2", 3, 4),
            ("A2", 3, 0.5),
            ("A2", 3, -1),
        ] {
            #expect(throws: ProtocolViolation.self, "\(step) \(place) \(value)") {
                try answer(answers) { frame in
                    guard frame.header.step == step else { return frame }
                    var frame = frame
                    let bits = value.bitPattern
                    for byte in 0..<8 {
                        frame.payload[8 * place + byte] = UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64(byte)))
                    }
                    return frame
                }
            }
        }
        var short = answers
        short[parties[1]]?.removeLast()
        #expect(throws: StatisticsError.self) { try answer(short) }
        var wide = answers
        wide[parties[1]]?[0].tolerance = 1.1
        #expect(throws: StatisticsError.self) { try answer(wide) }
        wide[parties[1]]?[0] = .init(fate: .alike(3), tolerance: 0.5, lastTolerance: 0.5)
        #expect(throws: StatisticsError.self) { try answer(wide) }
    }
}
