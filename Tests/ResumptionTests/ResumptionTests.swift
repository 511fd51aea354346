import ProtocolTesting
import Resumption
import Specification
import Testing

@Suite struct ResumptionTests {
    private let parties: [Party]

    init() throws { parties = try ["airline", "weather", "airport"].map { try Party($0) } }

    private func run(
        _ offers: [[Moment]], onTheWay: @escaping (Frame, Party, Party) -> Frame = { frame, _, _ in frame }
    ) throws -> Rehearsal<Moment?> {
        let rehearsal = try Rehearsal<Moment?>(
            ResumptionProtocol.specification, ResumptionProtocol.plan(Array(parties.prefix(offers.count))))
        rehearsal.onTheWay = onTheWay
        let parties = Array(parties.prefix(offers.count))
        let seats = zip(parties, offers).map { party, own in
            rehearsal.seat(party, ResumptionParty(me: party, parties: parties, own: own))
        }
        for seat in seats { try rehearsal.perform(seat) { $0.start() } }
        try rehearsal.settle()
        return rehearsal
    }

    /// What parties offer, each moment as attempt and round, and what comes of it.
    struct Case: Sendable {
        var offers: [[Moment]]
        var expected: Moment?

        init(_ offers: [[(Int, Int)]], _ expected: (Int, Int)?) {
            self.offers = offers.map { $0.map { Moment(attempt: $0.0, round: $0.1) } }
            self.expected = expected.map { Moment(attempt: $0.0, round: $0.1) }
        }
    }

    private static let last = ((1 << 31) - 1, (1 << 40) - 1)

    static let cases: [Case] = [
        // All have the same two.
        Case([[(0, 20), (0, 40)], [(0, 40), (0, 20)], [(0, 20), (0, 40)]], (0, 40)),
        // One was stopped before it had the later one.
        Case([[(0, 20), (0, 40)], [(0, 20)], [(0, 20), (0, 40)]], (0, 20)),
        // The same round of another attempt is another moment.
        Case([[(0, 40), (0, 60)], [(0, 40), (1, 60)]], (0, 40)),
        Case([[(0, 40), (1, 60)], [(0, 40), (1, 60)]], (1, 60)),
        // Only the latest two count.
        Case([[(0, 20), (0, 40), (0, 60)], [(0, 20)]], nil),
        Case([[(0, 20)], []], nil),
        Case([[], []], nil),
        Case([[(0, 0)], [(0, 0)]], (0, 0)),
        Case([[last], [last]], last),
    ]

    @Test(arguments: cases) func allGoOnFromTheLatestMomentThatAllHave(_ test: Case) throws {
        let rehearsal = try run(test.offers)
        #expect(rehearsal.isFinished)
        for party in parties.prefix(test.offers.count) { #expect(rehearsal.outputs[party] == [test.expected]) }
    }

    @Test(
        arguments: [
            [UInt64.max, .max, 0, 20], [0, 20, 0, 20], [0, 20, 0, 40], [1 << 31, 20, .max, .max],
            [0, 1 << 40, .max, .max],
            [0, .max, .max, .max], [.max, 20, .max, .max],
        ] as [[UInt64]])
    func whatNoPartyWritesIsRefused(numbers: [UInt64]) throws {
        let weather = parties[1]
        let forged = numbers.flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        let error = try #require(throws: ProtocolViolation.self) {
            try run([[Moment(attempt: 0, round: 20)], [Moment(attempt: 0, round: 20)]]) { frame, sender, _ in
                var frame = frame
                if sender == weather { frame.payload = forged }
                return frame
            }
        }
        #expect(error.party == weather)
    }
}
