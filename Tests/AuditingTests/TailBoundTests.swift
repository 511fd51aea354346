import AuditedFederation
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

/// What is counted of words.
@Suite struct WordStatisticsTests {
    /// The tests that a sequence of payloads fails.
    private func failures(_ payloads: [[UInt8]], limit: Double = -40 * log(2)) -> [String] {
        var statistics = WordStatistics()
        for payload in payloads { #expect(statistics.add(payload).count == payload.count / 8) }
        #expect(statistics.payloads == payloads.count && statistics.bytes == payloads.joined().count)
        return statistics.tests.filter { $0.logChance < limit }.map(\.subject)
    }

    /// A million words, in payloads of every length: no test is anywhere near its limit.
    @Test func uniformWordsPass() {
        var noise = Noise(state: 3)
        let payloads = (0..<400).map { _ in noise.bytes(Int.random(in: 1...40_000, using: &noise)) }
        #expect(failures(payloads, limit: -15).isEmpty)
        #expect(failures([[]]).isEmpty)
    }

    /// Bytes and bits that are not uniform are named with all that follows from them, and nothing else.
    @Test func whatIsNotUniformIsNamed() {
        var noise = Noise(state: 4)
        func payloads(_ change: (inout [UInt8]) -> Void) -> [[UInt8]] {
            (0..<200).map { _ in
                var payload = noise.bytes(160)
                change(&payload)
                return payload
            }
        }
        #expect(
            failures(payloads { for place in stride(from: 11, to: 160, by: 16) { $0[place] &= 0xF0 } })
                == ["bytes at place 11 of 16"] + (0..<4).map { "bit \($0) of bytes at place 11 of 16" }
                + ["byte 3 of the differences of every other word"]
                + ["byte 3 of the differences of words at the same place of successive frames"])
        // The first byte is the same in all words of a payload: of differences it is 0 or 255; it was drawn 200 times.
        let carried = payloads { for place in stride(from: 8, to: 160, by: 8) { $0[place] = $0[place - 8] } }
        #expect(
            failures(carried) == [
                "bytes at place 0 of 16", "bytes at place 8 of 16",
                "byte 0 of the differences of words next to each other",
                "byte 0 of the differences of every other word",
                "byte 0 of the differences of words at the same place of successive frames",
            ])
    }
}
