import Kernels
import Testing

@Suite struct LayerNormTests {
    private static func mirror(_ x: [Double], _ gain: [Double], _ bias: [Double]) -> [Double] {
        let columns = gain.count
        return stride(from: 0, to: x.count, by: columns).flatMap { start in
            let row = x[start..<start + columns]
            let mean = row.reduce(0, +) / Double(columns)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
            return (0..<columns).map {
                (x[start + $0] - mean) / (variance + Double(Float(1e-5))).squareRoot() * gain[$0] + bias[$0]
            }
        }
    }

    @Test(arguments: [2, 15, 16, 37])
    func agreesWithFiniteDifferences(columns: Int) {
        var numbers = Numbers(seed: 4)
        let (norm, rows) = (LayerNorm(columns: columns), 3)
        let (x, g) = (numbers.floats(rows * columns, in: -1...3), numbers.floats(rows * columns))
        let (gain, bias) = (numbers.floats(columns), numbers.floats(columns))
        var (y, statistics) = ([Float].unset(x.count), [Float].unset(rows * LayerNorm.statisticsPerRow))
        norm.forward(x, gain: gain, bias: bias, into: &y, statistics: &statistics, rows: 0..<rows)
        expect(y, near: Self.mirror(x.doubles, gain.doubles, bias.doubles), within: 3e-6, "output")

        var dx = [Float].unset(x.count)
        var (dGain, dBias) = ([Float].zeros(columns), [Float].zeros(columns))
        norm.backward(
            g, x: x, gain: gain, statistics: statistics, into: &dx, gainGradient: &dGain, biasGradient: &dBias,
            rows: 0..<rows)
        // With two columns a deviation can be small, and slopes large: relative to those.
        expect(
            dx, near: differences(x, weights: g) { Self.mirror($0, gain.doubles, bias.doubles) }, within: 1e-5, "input")
        expect(
            dGain, near: differences(gain, weights: g) { Self.mirror(x.doubles, $0, bias.doubles) }, within: 5e-6,
            "gain")
        expect(
            dBias, near: differences(bias, weights: g) { Self.mirror(x.doubles, gain.doubles, $0) }, within: 5e-6,
            "bias")
    }

    @Test(arguments: partitions)
    func rowsHaveTheSameBitsInAnyRange(partition: [Range<Int>]) {
        var numbers = Numbers(seed: 5)
        let (norm, rows, columns) = (LayerNorm(columns: 37), 300, 37)
        let (x, g) = (numbers.floats(rows * columns), numbers.floats(rows * columns))
        let (gain, bias) = (numbers.floats(columns), numbers.floats(columns))
        func results(_ ranges: [Range<Int>]) -> (rows: [Float], sums: [Float]) {
            var (y, statistics) = ([Float].unset(x.count), [Float].unset(2 * rows))
            var (dx, dGain, dBias) = ([Float].unset(x.count), [Float].zeros(columns), [Float].zeros(columns))
            for range in ranges {
                norm.forward(x, gain: gain, bias: bias, into: &y, statistics: &statistics, rows: range)
                norm.backward(
                    g, x: x, gain: gain, statistics: statistics, into: &dx, gainGradient: &dGain, biasGradient: &dBias,
                    rows: range)
            }
            return (y + statistics + dx, dGain + dBias)
        }
        #expect(results([0..<rows]).rows.bits == results(partition).rows.bits)
        let ascending = partition.sorted { $0.lowerBound < $1.lowerBound }
        #expect(results([0..<rows]).sums.bits == results(ascending).sums.bits)
    }
}
