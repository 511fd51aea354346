import Glibc
import Kernels
import Testing

@Suite struct LossTests {
    @Test func logisticAgreesWithFiniteDifferences() {
        var numbers = Numbers(seed: 30)
        let logits = numbers.floats(298, in: -8...8) + [-80, 80]
        let targets = numbers.indices(300, below: 2).map { Float($0) }
        let ones = [Float](repeating: 1, count: 300)
        func mirror(_ z: [Double]) -> [Double] {
            zip(z, targets).map { max($0, 0) + log1p(exp(-abs($0))) - Double($1) * $0 }
        }
        func results(_ ranges: [Range<Int>]) -> [[Float]] {
            var (losses, gradient) = ([Float].unset(300), [Float].unset(300))
            for rows in ranges {
                LogisticLoss.forward(logits, targets: targets, into: &losses, rows: rows)
                LogisticLoss.backward(logits, targets: targets, factor: 0.5, into: &gradient, rows: rows)
            }
            return [losses, gradient]
        }
        let whole = results([0..<300])
        expect(whole[0], near: mirror(logits.doubles), within: 1e-6, "losses")
        let expected = differences(logits, weights: ones, of: mirror).map { 0.5 * $0 }
        expect(whole[1], near: expected, within: 1e-6, "gradient")
        for ranges in partitions { #expect(results(ranges).map(\.bits) == whole.map(\.bits)) }
    }

    @Test(arguments: [1, 2, 16, 50])
    func crossEntropyAgreesWithFiniteDifferences(classes: Int) {
        var numbers = Numbers(seed: 31)
        let (rows, loss) = (5, SoftmaxCrossEntropy(classes: classes))
        let logits = numbers.floats(rows * classes, in: -5...5)
        var labels = numbers.indices(rows, below: Int32(classes))
        labels[2] = -1
        func mirror(_ z: [Double]) -> [Double] {
            (0..<rows).map { row in
                let row = (z[row * classes..<(row + 1) * classes], labels[row])
                guard row.1 >= 0 else { return 0 }
                return log(row.0.reduce(0) { $0 + exp($1) }) - row.0[row.0.startIndex + Int(row.1)]
            }
        }
        var (losses, logSums) = ([Float].unset(rows), [Float].unset(rows))
        var gradient = [Float].unset(logits.count)
        loss.forward(logits, labels: labels, into: &losses, logSums: &logSums, rows: 0..<rows)
        loss.backward(logits, labels: labels, logSums: logSums, factor: 0.2, into: &gradient, rows: 0..<rows)
        expect(losses, near: mirror(logits.doubles), within: 2e-6, "losses")
        let weights = [Float](repeating: 0.2, count: rows)
        expect(gradient, near: differences(logits, weights: weights, of: mirror), within: 1e-6, "gradient")
    }

    @Test(arguments: partitions)
    func rowsHaveTheSameBitsInAnyRange(partition: [Range<Int>]) {
        var numbers = Numbers(seed: 32)
        let (rows, loss) = (300, SoftmaxCrossEntropy(classes: 45))
        // Logits of hundreds: nothing overflows.
        let (logits, labels) = (numbers.floats(rows * 45, in: -500...500), numbers.indices(rows, below: 45))
        func results(_ ranges: [Range<Int>]) -> [Float] {
            var (losses, logSums) = ([Float].unset(rows), [Float].unset(rows))
            var gradient = logits
            for rows in ranges {
                loss.forward(logits, labels: labels, into: &losses, logSums: &logSums, rows: rows)
                gradient.withUnsafeMutableBufferPointer {
                    loss.backward(
                        $0.baseAddress!, labels: labels, logSums: logSums, factor: 1, into: $0.baseAddress!,
                        rows: rows)
                }
            }
            return losses + logSums + gradient
        }
        let whole = results([0..<rows])
        #expect(whole.allSatisfy { $0.isFinite })
        #expect(results(partition).bits == whole.bits)
    }
}
