import CKernels
import Glibc
import Kernels
import Testing

/// The instruction sets of this processor against the C library in Float64, and against each other.
@Suite struct VectorKernelTests {
    private static var all: [ck_kernels] {
        [ck_portable_kernels(), ck_avx2_kernels(), ck_avx512_kernels()].compactMap { $0?.pointee }
    }

    @Test func bestIsOneOfThem() {
        #expect(Self.all.map { String(cString: $0.name) }.contains(instructionSet))
    }

    @Test func exponentialAgreesWithTheLibrary() {
        let x = stride(from: Float(-87.25), through: 88.25, by: 0.001).map(\.self)
        for kernels in Self.all {
            var y = [Float].unset(x.count)
            kernels.exponential(x, x.count, &y)
            let worst = zip(x, y).map { abs(Double($1) / exp(Double($0)) - 1) }.max()!
            #expect(worst < 2e-7, "\(String(cString: kernels.name))")
            let ends: [Float] = [-.infinity, -1000, -87.5, 0, 1000, .nan]
            kernels.exponential(ends, ends.count, &y)
            #expect(Array(y[..<4]) == [0, 0, 0, 1] && y[4] > 1e38 && y[4].isFinite && y[5].isNaN)
        }
    }

    /// Every kernel on lengths with and without a rest, each set of instructions within 1e-6 of the portable code.
    @Test(arguments: [1, 15, 16, 17, 64, 133])
    func instructionSetsAgree(count: Int) {
        let results = Self.all.map { everything($0, count) }
        for (kernels, result) in zip(Self.all, results).dropFirst() {
            expect(result, near: results[0].doubles, within: 1e-6, "\(String(cString: kernels.name))")
        }
    }

    private func everything(_ kernels: ck_kernels, _ count: Int) -> [Float] {
        var numbers = Numbers(seed: UInt64(count))
        let (x, y, z) = (numbers.floats(count, in: -3...3), numbers.floats(count), numbers.floats(count))
        var results: [Float] = []
        var (a, b, c) = ([Float].unset(count), [Float].unset(count), [Float].unset(count))
        kernels.gelu(x, count, &a)
        kernels.gelu_gradient(x, y, count, &b)
        results += a + b
        var statistics = [Float].unset(2)
        (b, c) = (z, y)
        kernels.normalize(x, y, z, count, 1e-2, &a, &statistics)
        results += a + statistics
        kernels.normalize_gradient(x, y, z, statistics, count, &a, &b, &c)
        results += a + b + c
        var mask = ck_dropout(seed: 5, step: 6, layer: 7, threshold: 1 << 31, factor: 2)
        kernels.drop_out(x, count, 13, &mask, &a)
        results += a
        (a, b) = (x, y)
        var (largest, sum): (Float, Float) = (0.1, 2)
        let valid = (count + 1) / 2
        results += [kernels.take_scores(&a, valid, count, 0.5, &largest, &sum), largest, sum] + a
        a = x
        kernels.return_scores(&a, &b, valid, count, 0.5, 1, 0.25)
        results += a + b
        results += [kernels.dot(x, y, count), kernels.sum_exponentials(x, count, &sum), sum / Float(count)]
        kernels.softmax(x, count, 3, 0.5, &a)
        results += a
        (a, b, c) = (x, y.map(abs), z)
        kernels.momentum(&a, z, &b, count, 0.1, 0.9, 0.99)
        results += a + b
        b = b.map(abs)
        kernels.adagrad(&a, z, &b, count, 0.1, 0.1)
        results += a + b
        var numbersOfAdam = ck_adam(
            kept1: 0.9, fresh1: 0.1, kept2: 0.99, fresh2: 0.01, size: 0.1, root: 1.5, epsilon: 0.1, shrink: 0.99)
        b = b.map(abs)
        kernels.adam(&a, z, &c, &b, count, &numbersOfAdam)
        results += a + b + c
        kernels.add(x, y, count, &a)
        kernels.add_scaled(y, count, 0.3, &a)
        kernels.scale(a, count, 0.7, &b)
        return results + a + b
    }
}
