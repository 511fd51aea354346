import Kernels
import Testing

@Suite struct LinearTests {
    private static func scratch(_ linear: Linear) -> [Float] {
        .unset(Linear.scratchCount(inputs: linear.inputs, outputs: linear.outputs))
    }

    /// `X W + b` in Float64.
    private static func mirror(_ x: [Double], _ w: [Double], _ b: [Double], rows: Int) -> [Double] {
        let (inputs, outputs) = (w.count / b.count, b.count)
        return (0..<rows * outputs).map { place in
            let (row, column) = (place / outputs, place % outputs)
            return (0..<inputs).reduce(b[column]) { $0 + x[row * inputs + $1] * w[$1 * outputs + column] }
        }
    }

    @Test(arguments: [(3, 5, 7), (2, 1, 1), (5, 16, 3)])
    func agreesWithFiniteDifferences(rows: Int, inputs: Int, outputs: Int) {
        var numbers = Numbers(seed: 1)
        let linear = Linear(inputs: inputs, outputs: outputs)
        let (x, w) = (numbers.floats(rows * inputs), numbers.floats(inputs * outputs))
        let (b, g) = (numbers.floats(outputs), numbers.floats(rows * outputs))
        var scratch = Self.scratch(linear)
        var y = [Float].unset(rows * outputs)
        linear.forward(x, weights: w, bias: b, into: &y, rows: 0..<rows, scratch: &scratch)
        expect(y, near: Self.mirror(x.doubles, w.doubles, b.doubles, rows: rows), within: 2e-6, "output")

        var dx = [Float].unset(x.count)
        var (dw, db) = ([Float].zeros(w.count), [Float].zeros(b.count))
        linear.inputGradient(g, weights: w, into: &dx, rows: 0..<rows, scratch: &scratch)
        linear.addParameterGradients(
            x, g, weightGradient: &dw, biasGradient: &db, rows: 0..<rows, scratch: &scratch)
        expect(
            dx, near: differences(x, weights: g) { Self.mirror($0, w.doubles, b.doubles, rows: rows) }, within: 2e-6,
            "input")
        expect(
            dw, near: differences(w, weights: g) { Self.mirror(x.doubles, $0, b.doubles, rows: rows) }, within: 2e-6,
            "weights")
        expect(
            db, near: differences(b, weights: g) { Self.mirror(x.doubles, w.doubles, $0, rows: rows) }, within: 2e-6,
            "bias")
    }

    /// 100 x 37, 700 x 300 and 1,024 x 64 are sizes at which sgemm alone gives other bits for other row blocks.
    @Test(arguments: [(100, 37), (700, 300), (1024, 64), (64, 192)], partitions)
    func rowsHaveTheSameBitsInAnyRange(size: (Int, Int), partition: [Range<Int>]) {
        var numbers = Numbers(seed: 2)
        let (linear, rows) = (Linear(inputs: size.0, outputs: size.1), 300)
        let (x, w) = (numbers.floats(rows * size.0), numbers.floats(size.0 * size.1))
        let (b, g) = (numbers.floats(size.1), numbers.floats(rows * size.1))
        var scratch = Self.scratch(linear)
        var (whole, parts) = ([Float].unset(g.count), [Float].unset(g.count))
        linear.forward(x, weights: w, bias: b, into: &whole, rows: 0..<rows, scratch: &scratch)
        var (wholeGradient, partGradient) = ([Float].unset(x.count), [Float].unset(x.count))
        linear.inputGradient(g, weights: w, into: &wholeGradient, rows: 0..<rows, scratch: &scratch)
        for range in partition {
            linear.forward(x, weights: w, bias: b, into: &parts, rows: range, scratch: &scratch)
            linear.inputGradient(g, weights: w, into: &partGradient, rows: range, scratch: &scratch)
        }
        #expect(whole.bits == parts.bits)
        #expect(wholeGradient.bits == partGradient.bits)
    }

    @Test(arguments: [(3, 5, 7), (2, 1, 1), (5, 100, 37), (4, 64, 192)])
    func singleRowsAreProductsToo(rows: Int, inputs: Int, outputs: Int) {
        var numbers = Numbers(seed: 3)
        let linear = Linear(inputs: inputs, outputs: outputs)
        let (x, w) = (numbers.floats(rows * inputs), numbers.floats(inputs * outputs))
        let b = numbers.floats(outputs)
        var (whole, parts) = ([Float].unset(rows * outputs), [Float].unset(rows * outputs))
        linear.forwardRowByRow(x, weights: w, bias: b, into: &whole, rows: 0..<rows)
        expect(whole, near: Self.mirror(x.doubles, w.doubles, b.doubles, rows: rows), within: 1e-5, "output")
        for row in (0..<rows).reversed() {
            linear.forwardRowByRow(x, weights: w, bias: b, into: &parts, rows: row..<row + 1)
        }
        #expect(whole.bits == parts.bits)
        linear.forwardRowByRow(x, weights: w, bias: nil, into: &parts, rows: 0..<rows)
        let zeros = [Double](repeating: 0, count: outputs)
        expect(parts, near: Self.mirror(x.doubles, w.doubles, zeros, rows: rows), within: 1e-5, "no bias")
    }

    @Test func parameterGradientsAddUpToTheSameBits() {
        var numbers = Numbers(seed: 3)
        let (linear, rows) = (Linear(inputs: 100, outputs: 37), 300)
        let (x, g) = (numbers.floats(rows * 100), numbers.floats(rows * 37))
        var scratch = Self.scratch(linear)
        func gradients(_ ranges: [Range<Int>]) -> [Float] {
            var (dw, db) = ([Float].zeros(3700), [Float].zeros(37))
            for rows in ranges {
                linear.addParameterGradients(
                    x, g, weightGradient: &dw, biasGradient: &db, rows: rows, scratch: &scratch)
            }
            return dw + db
        }
        #expect(gradients([0..<300]).bits == gradients([0..<128, 128..<256, 256..<300]).bits)
        let expected = (0..<3737).map { place -> Double in
            (0..<rows).reduce(0.0) { sum, row in
                let input: Double = place < 3700 ? Double(x[row * 100 + place / 37]) : 1
                return sum + input * Double(g[row * 37 + place % 37])
            }
        }
        expect(gradients([0..<5, 5..<300]), near: expected, within: 1e-5, "sums of 300 rows")
    }
}
