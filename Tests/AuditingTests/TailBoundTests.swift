import Auditing
import Foundation
import Testing

/// Bounds are held to exact probabilities, counted over all outcomes.
@Suite struct TailBoundTests {
    /// Every way to spread `total` over so many cells, with the logarithm of its chance.
    private func outcomes(_ total: Int, cells: Int) -> [(counts: [Int], logChance: Double)] {
        func spread(_ total: Int, _ cells: Int) -> [[Int]] {
            if cells == 1 { return [[total]] }
            return (0...total).flatMap { first in spread(total - first, cells - 1).map { [first] + $0 } }
        }
        return spread(total, cells).map { counts in
            let ways = lgamma(Double(total + 1)) - counts.reduce(0) { $0 + lgamma(Double($1 + 1)) }
            return (counts, ways - Double(total) * log(Double(cells)))
        }
    }

    /// The chance of a bound as low as that of each outcome is no higher than the bound.
    private func check(_ outcomes: [(bound: Double, logChance: Double)]) -> Double {
        let ascending = outcomes.sorted { $0.bound < $1.bound }
        var (sum, start, tightest) = (0.0, 0, -Double.infinity)
        while start < ascending.count {
            let bound = ascending[start].bound
            var end = start
            while end < ascending.count, ascending[end].bound <= bound + 1e-12 {
                sum += exp(ascending[end].logChance)
                end += 1
            }
            #expect(log(sum) <= bound + 1e-9)
            if bound < 0 { tightest = max(tightest, log(sum) - bound) }
            start = end
        }
        #expect(abs(sum - 1) < 1e-9)
        return tightest
    }

    @Test(arguments: [(8, 2), (30, 2), (12, 3), (24, 3), (9, 4), (20, 4), (3, 5), (12, 6)])
    func equalCellsIsAnUpperBound(total: Int, cells: Int) {
        let outcomes = outcomes(total, cells: cells).map { (TailBound.equalCells($0.counts), $0.logChance) }
        _ = check(outcomes)
        // The least likely outcome is told from certainty.
        #expect((outcomes.map(\.0).min() ?? 0) < -1 || total < 4)
    }

    @Test(arguments: [2, 7, 40, 101])
    func fairBitsIsAnUpperBoundAndWithinASmallFactor(total: Int) {
        let outcomes = (0...total).map { ones in
            let ways = lgamma(Double(total + 1)) - lgamma(Double(ones + 1)) - lgamma(Double(total - ones + 1))
            return (TailBound.fairBits(ones: ones, of: total), ways - Double(total) * log(2))
        }
        // All ones or all zeros: exactly 2^(1 - n).
        #expect(abs(TailBound.fairBits(ones: total, of: total) - Double(1 - total) * log(2)) < 1e-9)
        #expect(check(outcomes) > -log(40))
    }

    /// 1000 bytes that are all the same, by hand: n D = 1000 ln 256, k - 1 = 255.
    @Test func knownValues() {
        var counts = [Int](repeating: 0, count: 256)
        counts[63] = 1000
        let entropy = 1000 * log(256.0)
        #expect(abs(TailBound.equalCells(counts) - (255 * (1 + log(entropy / 255)) - entropy)) < 1e-6)
        #expect(TailBound.equalCells([Int](repeating: 4, count: 256)) == 0)
        #expect(TailBound.equalCells([Int](repeating: 0, count: 256)) == 0)
        #expect(TailBound.equalCells([]) == 0)
        #expect(TailBound.fairBits(ones: 0, of: 0) == 0)
        #expect(TailBound.fairBits(ones: 50, of: 100) == 0)
    }

    /// 2^12 words: one repetition is 2^-40, two are 2^-81; and where repetitions are to be expected none is odd.
    @Test func repeatedWords() {
        #expect(TailBound.repeatedWords(0, of: 4096) == 0)
        #expect(abs(TailBound.repeatedWords(1, of: 4096) / log(2) + 40) < 1e-9)
        #expect(abs(TailBound.repeatedWords(2, of: 4096) / log(2) + 81) < 1e-9)
        #expect(TailBound.repeatedWords(1, of: 1 << 32) == 0)
        #expect(TailBound.repeatedWords(1, of: 1 << 33) == 0)
    }

    /// What is uniform passes at every size, far from the limit.
    @Test(arguments: [1, 10, 100, 1000, 10_000, 300_000])
    func uniformBytesAreNotOdd(total: Int) {
        var (noise, counts) = (Noise(state: UInt64(total)), [Int](repeating: 0, count: 256))
        for byte in noise.bytes(total) { counts[Int(byte)] += 1 }
        #expect(TailBound.equalCells(counts) > -8)
    }
}
