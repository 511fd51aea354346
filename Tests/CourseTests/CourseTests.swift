import Course
import ProtocolTesting
import Specification
import Testing

@Suite struct CourseTests {
    private let parties: [Party]

    init() throws { parties = try ["shop", "phone", "bank"].map { try Party($0) } }

    private func run(
        _ announcement: Announcement, rows: Int?,
        onTheWay: @escaping (Frame, Party, Party) -> Frame = { frame, _, _ in frame }
    ) throws -> Rehearsal<Announcement> {
        let features = Array(parties.dropFirst())
        let rehearsal = try Rehearsal<Announcement>(
            CourseProtocol.specification, CourseProtocol.plan(label: parties[0], features: features, rows: rows))
        rehearsal.onTheWay = onTheWay
        let label = rehearsal.seat(parties[0], CourseLabelParty(features: features, announcement: announcement))
        for party in features { _ = rehearsal.seat(party, CourseFeatureParty(label: parties[0], rows: rows)) }
        try rehearsal.perform(label) { $0.start() }
        try rehearsal.settle()
        return rehearsal
    }

    @Test(arguments: 1...9) func everybodyHearsWhatRowsAreFor(rows: Int) throws {
        let parts = (0..<rows).map { RowPart.allCases[$0 * 5 % 3] }
        let rehearsal = try run(.split(parts), rows: rows)
        #expect(rehearsal.isFinished)
        for party in parties { #expect(rehearsal.outputs[party] == [.split(parts)]) }
    }

    @Test(arguments: [true, false], [true, false]) func everybodyHearsADecision(isBest: Bool, goesOn: Bool) throws {
        let decision = Announcement.decision(EpochDecision(isBest: isBest, goesOn: goesOn))
        let rehearsal = try run(decision, rows: nil)
        for party in parties { #expect(rehearsal.outputs[party] == [decision]) }
    }

    @Test(arguments: [(5, [UInt8(0xC0), 0]), (5, [0, 0x20]), (4, [0x03]), (nil, [4])] as [(Int?, [UInt8])])
    func whatIsNoAnnouncementIsRefused(rows: Int?, payload: [UInt8]) throws {
        let announcement =
            rows.map { Announcement.split(Array(repeating: .training, count: $0)) }
            ?? .decision(EpochDecision(isBest: true, goesOn: true))
        let violation = try #require(throws: ProtocolViolation.self) {
            try run(announcement, rows: rows) { frame, _, _ in Frame(header: frame.header, payload: payload) }
        }
        #expect(violation.party == parties[0])
    }
}
