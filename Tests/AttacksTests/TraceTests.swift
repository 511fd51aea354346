import Attacks
import Testing

@Suite struct TraceTests {
    private func keys(_ count: Int) -> [UInt128] {
        var random = SplitMix64("keys")
        return (0..<count).map { _ in UInt128(random.next()) << 64 | UInt128(random.next()) }
    }

    @Test func repeatsAreCounted() {
        let keys = keys(1000)
        #expect(Repeats.count(keys, reach: 1).value == 0)
        #expect(Repeats.count(keys + [keys[7]], reach: 0).value == 1)
        #expect(Repeats.count(keys + [keys[7] + 1], reach: 0).value == 0)
        #expect(Repeats.count(keys + [keys[7] + 1], reach: 1).value == 1)
    }

    @Test(arguments: [1, 2, 50, 1000] as [Int]) func plantedRepeatsAreFound(count: Int) {
        for reach: UInt128 in [0, 1] {
            let found = Repeats.count(Repeats.planted(keys(count), reach: reach), reach: reach).value
            #expect(count < 2 ? found == 0 : found >= 1)
        }
    }

    /// A mask that comes again with its row leaves the difference of two products; fresh ones leave anything.
    @Test func masksOfTheSameRow() throws {
        var random = SplitMix64("masks")
        let masks = (0..<2000).map { _ in random.next() }
        let rows = Array(0..<2000) + Array(0..<2000)
        let products = rows.map { _ in random.next() >> 24 }
        let same = zip(rows, products).map { masks[$0] &+ $1 }
        let fresh = rows.map { _ in random.next() }
        #expect(try #require(Repeats.betweenVisits(same, rows: rows, bits: 44)).value > 1900)
        #expect(try #require(Repeats.betweenVisits(fresh, rows: rows, bits: 44)).value == 0)
        #expect(Repeats.betweenVisits(Array(fresh.prefix(2000)), rows: Array(0..<2000), bits: 44) == nil)
    }

    @Test func timesAndBatches() throws {
        var random = SplitMix64("secrets")
        let secrets = (0..<400).map { _ in random.uniform() }
        let noise = (0..<400).map { _ in random.uniform() }
        let nothing = try #require(BatchCorrelation.measure(noise, with: secrets))
        #expect(nothing.deviation <= 3.5 * nothing.standardError)
        let weak = try #require(BatchCorrelation.measure(zip(secrets, noise).map { $0 + 2 * $1 }, with: secrets))
        #expect(weak.deviation > 3.5 * weak.standardError)
        #expect(try #require(BatchCorrelation.measure(secrets.map { $0 * $0 }, with: secrets)).value > 0.999)
        #expect(try #require(BatchCorrelation.measure([5, 5, 5], with: [1, 2, 3])).value == 0)
        #expect(BatchCorrelation.measure([5, 6], with: [1, 2]) == nil)
    }
}
