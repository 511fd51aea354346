import Glibc
import Kernels
import Testing

@Suite struct ElementwiseTests {
    private static func gelu(_ x: Double) -> Double {
        x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }

    @Test func geluAgreesWithFiniteDifferences() {
        var numbers = Numbers(seed: 6)
        let x = numbers.floats(299, in: -6...6) + [0, -20, 20, 1e-6]
        let g = numbers.floats(x.count)
        var (y, dx) = ([Float].unset(x.count), [Float].unset(x.count))
        Gelu.forward(x, into: &y, rows: 0..<x.count, columns: 1)
        Gelu.backward(g, x: x, into: &dx, rows: 0..<x.count, columns: 1)
        expect(y, near: x.doubles.map(Self.gelu), within: 1e-6, "output")
        let expected = zip(x.doubles, g.doubles).map {
            $1 * (Self.gelu($0 + 1e-5) - Self.gelu($0 - 1e-5)) / 2e-5
        }
        expect(dx, near: expected, within: 2e-6, "input")
        var inPlace = x
        inPlace.withUnsafeMutableBufferPointer {
            Gelu.forward($0.baseAddress!, into: $0.baseAddress!, rows: 0..<x.count, columns: 1)
        }
        #expect(inPlace.bits == y.bits)
    }

    @Test func residualAddsAndPassesItsGradientOn() {
        var numbers = Numbers(seed: 7)
        let (x, y) = (numbers.floats(21), numbers.floats(21))
        var (sum, gradient) = ([Float].unset(21), x)
        Residual.forward(x, y, into: &sum, rows: 0..<7, columns: 3)
        Residual.backward(y, addingTo: &gradient, rows: 0..<7, columns: 3)
        #expect(sum == zip(x, y).map(+))
        #expect(gradient == sum)
    }

    @Test(arguments: partitions)
    func rowsHaveTheSameBitsInAnyRange(partition: [Range<Int>]) {
        var numbers = Numbers(seed: 8)
        let (rows, columns) = (300, 21)
        let (x, g) = (numbers.floats(rows * columns), numbers.floats(rows * columns))
        let dropout = Dropout(seed: 3, layer: 1, rate: 0.3)
        func results(_ ranges: [Range<Int>]) -> [Float] {
            var outputs = (0..<5).map { _ in [Float].unset(x.count) }
            for range in ranges {
                Gelu.forward(x, into: &outputs[0], rows: range, columns: columns)
                Gelu.backward(g, x: x, into: &outputs[1], rows: range, columns: columns)
                Residual.forward(x, g, into: &outputs[2], rows: range, columns: columns)
                dropout.forward(x, into: &outputs[3], rows: range, columns: columns, step: 9)
                dropout.backward(g, into: &outputs[4], rows: range, columns: columns, step: 9)
            }
            return outputs.flatMap(\.self)
        }
        #expect(results([0..<rows]).bits == results(partition).bits)
    }
}

@Suite struct DropoutTests {
    /// Philox 4x32-10 by its description (Salmon et al., SC 2011).
    private static func philox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
        var (c, k) = (counter, key)
        for _ in 0..<10 {
            let (a, b) = (UInt64(c[0]) * 0xD251_1F53, UInt64(c[2]) * 0xCD9E_8D57)
            c = [
                UInt32(b >> 32) ^ c[1] ^ k[0], UInt32(b & 0xFFFF_FFFF), UInt32(a >> 32) ^ c[3] ^ k[1],
                UInt32(a & 0xFFFF_FFFF),
            ]
            k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
        }
        return c
    }

    /// The known answers of Random123, the authors' implementation.
    @Test func philoxAgreesWithItsAuthors() {
        #expect(
            Self.philox([0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        #expect(
            Self.philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0])
                == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    @Test func keepsWhatPhiloxSays() {
        let (rows, columns) = (37, 11)
        let dropout = Dropout(seed: 0x1234_5678_9abc_def0, layer: 5, rate: 0.25)
        let x = [Float](repeating: 1, count: rows * columns)
        var y = [Float].unset(x.count)
        dropout.forward(x, into: &y, rows: 0..<rows, columns: columns, step: 77)
        let expected: [Float] = x.indices.map {
            let words = Self.philox([UInt32($0 / 4), 0, 77, 5], [0x9abc_def0, 0x1234_5678])
            return words[$0 % 4] >= 0x4000_0000 ? 1 / (1 - Float(0.25)) : 0
        }
        #expect(y == expected)
    }

    @Test func repeatsForOneStepAndDiffersForAnother() {
        let dropout = Dropout(seed: 1, layer: 2, rate: 0.5)
        let x = [Float](repeating: 1, count: 100_000)
        func mask(_ dropout: Dropout, step: UInt32) -> [Float] {
            var y = [Float].unset(x.count)
            dropout.forward(x, into: &y, rows: 0..<1000, columns: 100, step: step)
            return y
        }
        let first = mask(dropout, step: 1)
        #expect(first == mask(dropout, step: 1))
        let others = [
            mask(dropout, step: 2), mask(Dropout(seed: 1, layer: 3, rate: 0.5), step: 1),
            mask(Dropout(seed: 2, layer: 2, rate: 0.5), step: 1),
        ]
        for other in [[Float](repeating: 0, count: x.count)] + others {
            // Half of them agree: five deviations of 158.
            let equal = zip(first, other).count { $0 == $1 }
            #expect(abs(equal - 50_000) < 800)
        }
    }

    /// A chunk of rows that lies in memory of its own, and places beyond 2^34, where the counter's second word begins
    /// to count.
    @Test func countsFromTheFirstRow() {
        let dropout = Dropout(seed: 1, layer: 2, rate: 0.5)
        let x = [Float](repeating: 1, count: 300 * 7)
        var (whole, chunk) = ([Float].unset(x.count), [Float].unset(20 * 7))
        dropout.forward(x, into: &whole, rows: 0..<300, columns: 7, step: 1)
        dropout.forward(x, into: &chunk, rows: 100..<120, firstRow: 100, columns: 7, step: 1)
        #expect(Array(whole[700..<840]) == chunk)

        let first = 1 << 34
        dropout.forward(x, into: &chunk, rows: first..<first + 140, firstRow: first, columns: 1, step: 1)
        let expected: [Float] = (0..<140).map {
            Self.philox([UInt32($0 / 4), 1, 1, 2], [1, 0])[$0 % 4] >= 0x8000_0000 ? 2 : 0
        }
        #expect(chunk == expected)
    }
}
