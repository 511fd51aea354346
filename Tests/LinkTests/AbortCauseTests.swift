import Link
import Specification
import Testing

@Suite struct AbortCauseTests {
    private let weather: Party
    init() throws { weather = try Party("weather") }

    private func encoded(_ code: UInt8, _ step: String) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.integer(code)
        writer.party(weather)
        writer.text(step)
        return writer.bytes
    }

    @Test(arguments: AbortReason.allCases) func comesBackFromItsEncoding(reason: AbortReason) throws {
        let cause = AbortCause(party: weather, step: "train: round 12", reason: reason)
        var writer = CanonicalWriter()
        cause.write(to: &writer)
        #expect(writer.bytes == encoded(reason.rawValue, "train: round 12"))
        var reader = CanonicalReader(writer.bytes)
        #expect(try AbortCause(from: &reader) == cause)
        try reader.end()
        #expect(cause.description.contains(reason.name) && cause.description.contains(reason.sentence))
    }

    @Test func namesAndSentencesTellReasonsApart() {
        #expect(Set(AbortReason.allCases.map(\.name)).count == AbortReason.allCases.count)
        #expect(Set(AbortReason.allCases.map(\.sentence)).count == AbortReason.allCases.count)
    }

    @Test(arguments: ["", "two\nlines", "Säule", String(repeating: "x", count: AbortCause.stepLimit + 1)])
    func stepsFromOutsideAreHeldToTheirRules(step: String) {
        var reader = CanonicalReader(encoded(AbortReason.badData.rawValue, step))
        #expect(throws: SpecificationError.self) { try AbortCause(from: &reader) }
        let own = AbortCause(party: weather, step: step, reason: .badData)
        #expect((1...AbortCause.stepLimit).contains(own.step.utf8.count))
        #expect(own.step.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }

    @Test func unknownReasonsAreRefused() {
        let known = Set(AbortReason.allCases.map(\.rawValue))
        for code in UInt8.min...UInt8.max where !known.contains(code) {
            var reader = CanonicalReader(encoded(code, "align"))
            #expect(throws: SpecificationError.malformed("abort reason \(code)")) { try AbortCause(from: &reader) }
        }
    }

    @Test func whatAPartyKnowsOfItselfComesFirst() {
        let own = AbortCause(party: weather, step: "z", reason: .badData)
        let seen = AbortCause(party: weather, step: "a", reason: .peerLost)
        #expect(own < seen)
    }
}
