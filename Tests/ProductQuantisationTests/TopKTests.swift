import CQuantisation
import ProductQuantisation
import Testing

/// The largest scores, against a sort.
@Suite struct TopKTests {
    private func check(_ scores: [Float], _ k: Int) {
        let expected = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }.prefix(k).sorted()
        var places = [UInt32](repeating: 0, count: max(1, min(k, scores.count)))
        var scratch = [Float](repeating: 0, count: max(1, TopK.scratchCount(scores.count)))
        let count = TopK.select(k, of: scores, count: scores.count, base: 5, into: &places, scratch: &scratch)
        #expect(count == expected.count)
        #expect(places.prefix(count).map { Int($0) - 5 } == expected)
    }

    @Test(arguments: [1, 2, 15, 16, 17, 63, 64, 65, 1000, 4099]) func theLargestAreFound(count: Int) {
        var random = Random(seed: UInt64(count))
        let smooth = (0..<count).map { _ in random.float() }
        let wide = smooth.map { $0 * $0 * $0 * 1e30 }
        // Few values: many are equal, and the first of those are taken.
        let tied = smooth.map { ($0 * 4).rounded() }
        let equal = smooth.map { _ in Float(0.5) }
        let signs = smooth.enumerated().map { $0.offset % 3 == 0 ? -Float.zero : $0.offset % 3 == 1 ? 0 : $0.element }
        for scores in [smooth, wide, tied, equal, signs, smooth.sorted(), smooth.sorted(by: >)] {
            for k in Set([0, 1, 2, count / 10, count / 2, count - 1, count, count + 3]) where k >= 0 {
                check(scores, k)
            }
        }
    }

    @Test func infinitiesAreScores() {
        check([1, -.infinity, 3, .infinity, -.infinity, .infinity, 2], 3)
        check([1, -.infinity, 3, .infinity, -.infinity, .infinity, 2], 6)
    }

    /// Scores of one table are the same bits whatever the processor offers, from any key to any other.
    @Test(arguments: [(1, 8), (2, 6), (2, 4), (4, 6), (8, 3)]) func allInstructionSetsScanAlike(m: Int, b: Int) throws {
        var random = Random(seed: 31)
        let table = (0..<m << b).map { _ in random.float() }
        let codes = (0..<64 * m * 10).map { _ in UInt8(truncatingIfNeeded: random.next()) & UInt8((1 << b) - 1) }
        func scan(_ kernels: UnsafePointer<cq_kernels>, _ keys: Range<Int>) -> [Float] {
            var scores = [Float](repeating: 0, count: keys.count)
            kernels.pointee.scan(table, UInt32(b), m, codes, keys.lowerBound, keys.count, &scores)
            return scores
        }
        let portable = try #require(cq_portable_kernels())
        for kernels in [cq_avx2_kernels(), cq_avx512_kernels()].compactMap({ $0 }) {
            for keys in [0..<640, 0..<1, 3..<70, 63..<65, 100..<640, 64..<128] {
                #expect(scan(kernels, keys) == scan(portable, keys))
            }
        }
    }
}
