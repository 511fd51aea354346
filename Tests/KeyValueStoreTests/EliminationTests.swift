import CKeyValueStore
import KeyValueStore
import Testing

/// The kernels on rows that no hash gives: with a few ones, far apart.
@Suite struct EliminationTests {
    private static let slots = Slots(keys: 0).count

    /// Rows of `ones` ones each, or fewer where two fall on one place.
    private func rows(_ count: Int, ones: Int, _ generator: inout StreamGenerator) -> [kv_row] {
        (0..<count).map { index in
            var band: [UInt64] = [0, 0, 0, 0]
            for _ in 0..<ones {
                let bit = Int.random(in: 0..<256, using: &generator)
                band[bit / 64] |= 1 << (bit % 64)
            }
            let start = UInt32.random(in: 0...UInt32(Self.slots - 256), using: &generator)
            return kv_row(band: (band[0], band[1], band[2], band[3]), start: start, origin: UInt32(index))
        }
    }

    private func vector(_ row: kv_row) -> BitVector {
        var vector = BitVector(count: Self.slots)
        for (word, bits) in [row.band.0, row.band.1, row.band.2, row.band.3].enumerated() {
            for bit in 0..<64 where bits >> bit & 1 == 1 { vector.flip(Int(row.start) + 64 * word + bit) }
        }
        return vector
    }

    @Test(arguments: [1, 2, 3, 8], [1, 2]) func sparseRows(ones: Int, words: Int) throws {
        var generator = StreamGenerator(stream: try Fixture(UInt8(2 * ones + words)).stream("all"))
        var solved = 0
        for count in [1, 2, 5, 10, 20, 40, 80, 160, 320] {
            let rows = rows(count, ones: ones, &generator)
            let values = (0..<words * count).map { _ in UInt64.random(in: 0...(.max), using: &generator) }
            let vectors = rows.map(vector)
            let independent = (1...count).first { pivots(Array(vectors[..<$0])).count < $0 }.map { $0 - 1 } ?? count
            var store = [UInt64](repeating: 0, count: words * (Self.slots + 255))
            var equations = [UInt64](repeating: 0, count: 4 * Self.slots)
            let placed = kv_eliminate(&store, &equations, rows, count, values, words)
            #expect(placed == independent)
            guard placed == count else { continue }
            solved += 1
            let free = (0..<words * (Self.slots - count)).map { _ in UInt64.random(in: 0...(.max), using: &generator) }
            for kernels in [kv_portable_kernels(), kv_avx512_kernels()].compactMap({ $0?.pointee }) {
                var solution = store
                kernels.substitute(&solution, equations, Self.slots, free, words)
                var read = [UInt64](repeating: 0, count: words * count)
                kernels.decode(&read, solution, rows, count, words)
                #expect(read == values)
                for (row, vector) in vectors.enumerated() {
                    for word in 0..<words {
                        let elements = (0..<Self.slots).map { solution[words * $0 + word] }
                        #expect(vector.sum(of: elements) == values[words * row + word])
                    }
                }
            }
        }
        #expect(solved > 1)
    }
}
