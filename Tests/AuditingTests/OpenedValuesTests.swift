import Auditing
import Cryptography
import Foundation
import Testing

/// What private views are judged by.
@Suite struct OpenedValuesTests {
    /// The logarithm (base 2) of P(X >= count) for X binomial with chance 1/2, added up.
    private func upperTail(_ count: Int, of total: Int) -> Double {
        func log2Choose(_ count: Int) -> Double {
            (lgamma(Double(total + 1)) - lgamma(Double(count + 1)) - lgamma(Double(total - count + 1))) / log(2)
        }
        return log2((count...total).map { exp2(log2Choose($0) - Double(total)) }.reduce(0, +))
    }

    @Test(arguments: [(10, 9), (100, 60), (100, 99), (1000, 560), (60, 60)]) func tailsAreBounded(
        total: Int, count: Int
    ) {
        let (bound, exact) = (LeadingBits.tail(count, of: total, chance: 0.5), upperTail(count, of: total))
        #expect(bound >= exact - 1e-9)
        // And not by much: by a factor that grows with the square root of the number.
        #expect(bound - exact < log2(Double(total)) + 2)
        #expect(abs(LeadingBits.tail(total - count, of: total, chance: 0.5) - bound) < 1e-6, "both tails alike")
    }

    @Test func whatIsExpectedIsNoOutlier() {
        #expect(LeadingBits.tail(50, of: 100, chance: 0.5) == 0)
        #expect(LeadingBits.tail(100, of: 100, chance: 0.25) == -200)
        var bits = LeadingBits()
        #expect(bits.outlier == nil)
        for _ in 0..<4 { for value in UInt8.min...UInt8.max { bits.add(value) } }
        #expect(bits.total == 1024)
        #expect((bits.outlier?.log2 ?? 0) > -1e-6)
    }

    /// The shortest text that says it all.
    @Test func anOutlierIsNamed() throws {
        var bits = LeadingBits()
        for value in UInt8.min...UInt8.max { bits.add(value & 0x3F) }
        let outlier = try #require(bits.outlier)
        #expect(outlier.bits == 2 && outlier.value == 0 && outlier.count == 256)
        #expect(outlier.log2 == -512)
    }

    /// Uniform values are no finding: the most unlikely of all texts is far from 2^-40 a test.
    @Test func uniformValuesPass() throws {
        var bits = LeadingBits()
        for byte in try RecordedRandomSource(seed: [1]).stream("values").bytes(20_000) { bits.add(byte) }
        #expect(try #require(bits.outlier).log2 > -25)
    }

    @Test(arguments: [64, 1000]) func neighboursAreFoundOnce(capacity: Int) throws {
        let near: [(UInt128, Int)] = [
            (5, 3), (1000, 1), (1007, 9), (1 << 100, 2), (1 << 100 + 8, 2), (.max, 4), (0, 5),
        ]
        // Values of two frames under three masks are one pair of frames.
        let repeated = [UInt128(7_000), 7_001, 90_000].flatMap { [($0 << 20, 20), ($0 << 20, 21)] }
        func pairs(_ values: [(UInt128, Int)], within distance: UInt128) throws -> [[Int]] {
            let all = NearValues(capacity: capacity)
            for (value, frame) in values { try all.add(value, frame: frame) }
            // Far from everything, and more than memory has room for.
            for index in 1...100 { try all.add(UInt128(index) << 120, frame: 100 + index) }
            return try all.pairs(within: distance).map { [$0.0, $0.1] }
        }
        #expect(try pairs(near, within: 8) == [[2, 2], [3, 5], [1, 9]])
        #expect(try pairs(near, within: 6) == [[3, 5]])
        #expect(try pairs(near + repeated, within: 6) == [[3, 5], [20, 21]])
    }
}
