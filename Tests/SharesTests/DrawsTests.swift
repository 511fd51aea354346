import Arithmetic
import Cryptography
import Shares
import Testing

private struct Numbers: Decodable {
    struct Stream: Decodable {
        var seed, name: String
        var bits: [String: [String]]
        var initial_bound_1000: [[String]]
    }
    var stream: Stream
}

@Suite struct DrawsTests {
    @Test func theSpecificationsStream() throws {
        let expected = try vectors("numbers", as: Numbers.self).stream
        let seed = Array("numbers".utf8) + [UInt8](repeating: UInt8(ascii: "."), count: 25)
        func stream() throws -> RandomStream { try RecordedRandomSource(seed: seed).stream(expected.name) }
        for (bits, values) in expected.bits {
            let drawn = try stream().integers(rows: 1, columns: values.count, bits: #require(Int(bits)))
            #expect(drawn.elements.map(\.decimal) == values)
        }
        #expect(
            try stream().initialShares(rows: 1, columns: 8, bound: 1000).map { "\($0)" }.elements
                == expected.initial_bound_1000[0])
        let words = try #require(expected.bits["64"])
        #expect(
            try stream().ringElements(rows: 1, columns: 5).elements
                == words.map { try Integer(decimal: $0).truncatingInt64 })
        // Two words each, the lower one first.
        let wide = try stream().ringElements(rows: 1, columns: 2, of: Int128.self)
        let parts = try words.map { try Integer(decimal: $0) }
        #expect(wide.map { Integer($0).lowBits(128) }.elements == [0, 2].map { parts[$0] + parts[$0 + 1] << 64 })
    }

    @Test func wideZeroSumMasksAddUpToZero() throws {
        func stream() throws -> RandomStream { try RecordedRandomSource(seed: [1]).stream("E5") }
        let first = try Matrix<Int128>.zeroSumMask(
            rows: 2, columns: 3, sharedWithLater: [stream()], sharedWithEarlier: [])
        let second = try Matrix<Int128>.zeroSumMask(
            rows: 2, columns: 3, sharedWithLater: [], sharedWithEarlier: [stream()])
        #expect(first &+ second == Matrix(rows: 2, columns: 3, repeating: 0))
        #expect(first.elements.contains { $0.magnitude >> 100 != 0 })
    }

    @Test func zeroSumMasksAddUpToZero() throws {
        // Pairs 0-1, 0-2, 1-2; each end draws from a source of its own with the pair's seed.
        func stream(_ pair: UInt8) throws -> RandomStream { try RecordedRandomSource(seed: [pair]).stream("F3") }
        func mask(later: [UInt8], earlier: [UInt8]) throws -> Matrix<Int64> {
            try .zeroSumMask(
                rows: 3, columns: 2, sharedWithLater: later.map(stream), sharedWithEarlier: earlier.map(stream))
        }
        let masks = [
            try mask(later: [1, 2], earlier: []), try mask(later: [3], earlier: [1]),
            try mask(later: [], earlier: [2, 3]),
        ]
        let zero = Matrix<Int64>(rows: 3, columns: 2, repeating: 0)
        #expect(masks[0] &+ masks[1] &+ masks[2] == zero)
        #expect(masks.allSatisfy { $0 != zero })
        #expect(try mask(later: [], earlier: []) == zero)
    }
}
