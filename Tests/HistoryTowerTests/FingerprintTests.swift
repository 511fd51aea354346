import Cryptography
import HistoryTower
import Testing

@Suite struct FingerprintTests {
    @Test func aChainIsMadeOfEventsAsWritten() {
        let schema = EventSchema(
            fields: [
                EventField(name: "kind", codes: 70_000, isNumber: false),
                EventField(name: "amount", codes: 3, isNumber: true),
            ], timeUnit: 1)
        let histories = EventHistories(
            schema: schema, starts: [0, 1, 3], gaps: [0, 7, 1], codes: [[3, 258, 65_536], [0, 1, 2]],
            numbers: [[0, 1, -2]])
        let zeros = [UInt8](repeating: 0, count: 32)
        let first = SHA256.hash(zeros + [2, 1, 0, 0] + [1, 0, 0, 0] + [0, 0, 0x80, 0x3F] + [0, 0, 0, 0])
        let second = SHA256.hash(first + [0, 0, 1, 0] + [2, 0, 0, 0] + [0, 0, 0, 0xC0] + [0, 0, 0x80, 0x3F])
        #expect(histories.fingerprint(of: 1, after: 0) == zeros)
        #expect(histories.fingerprint(of: 1, after: 1) == first)
        #expect(histories.fingerprint(of: 1, after: 2) == second)
        var chain = EventChain(after: first)
        chain.add(1..<2, of: 1, in: histories)
        #expect(chain.value == second)
    }

    @Test func everyPartOfAnEventIsSeen() {
        let histories = Ledgers.histories([4, 6], shops: 50, seed: 1)
        var others: [EventHistories] = []
        for event in 4..<10 {
            for field in 0..<4 {
                others.append(histories)
                others[others.count - 1].codes[field][event] ^= 1
            }
            for column in 0..<2 {
                others.append(histories)
                others[others.count - 1].numbers[column][event].negate()
            }
            // No time is before the first event.
            if event > 4 {
                others.append(histories)
                others[others.count - 1].gaps[event] += 1
            }
        }
        others.append(histories)
        others[others.count - 1].gaps[4] = 5
        let values = others.map { $0.fingerprint(of: 1, after: 6) }
        #expect(Set(values).count == others.count)
        #expect(values.last == histories.fingerprint(of: 1, after: 6))
        #expect(others[0].fingerprint(of: 0, after: 4) == histories.fingerprint(of: 0, after: 4))
        #expect(Set((0...6).map { histories.fingerprint(of: 1, after: $0) }).count == 7)
    }
}
