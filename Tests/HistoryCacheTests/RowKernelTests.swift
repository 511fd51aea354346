import CHistoryCache
import Testing

@Suite struct RowKernelTests {
    private static var all: [chc_kernels] {
        [chc_portable_kernels(), chc_avx2_kernels(), chc_avx512_kernels()].compactMap { $0?.pointee }
    }

    /// Every dimension of a head in three vectors and more, and lists around a group's length.
    @Test func kernelsAreSumsOfProducts() {
        var numbers = Numbers(seed: 1)
        for dimension in Array(1...50) + [64, 80, 128, 200] {
            for count in [1, 2, 5, 15, 16, 17, 40] {
                let memory = (0..<count * (dimension + 7)).map { _ in numbers.float() }
                let query = (0..<dimension).map { _ in numbers.float() }
                let order = (0..<count).map { _ in numbers.below(count) }
                memory.withUnsafeBufferPointer { memory in
                    let rows = order.map { memory.baseAddress! + $0 * (dimension + 7) }
                    let products = order.map { row in
                        (0..<dimension).reduce(0.0) {
                            $0 + Double(query[$1]) * Double(memory[row * (dimension + 7) + 5 + $1])
                        }
                    }
                    let weights = products.map { Float($0) }
                    let sums = (0..<dimension).map { k in
                        zip(order, weights).reduce(0.0) {
                            $0 + Double($1.1) * Double(memory[$1.0 * (dimension + 7) + 5 + k]) / 2
                        }
                    }
                    for kernels in Self.all {
                        var scores = [Float](repeating: .nan, count: count)
                        var out = [Float](repeating: .nan, count: dimension)
                        kernels.products(query, dimension, rows, 5, count, &scores)
                        kernels.weighted_sum(weights, rows, 5, count, 0.5, dimension, &out)
                        #expect(distance(scores, products) < 1e-5 * Double(dimension))
                        #expect(distance(out, sums) < 1e-5 * Double(dimension))
                    }
                }
            }
        }
    }

    /// A product has the same bits wherever its row stands.
    @Test func bitsDoNotDependOnThePlace() {
        var numbers = Numbers(seed: 2)
        for dimension in [3, 16, 20, 32, 80] {
            let memory = (0..<40 * dimension).map { _ in numbers.float() }
            let query = (0..<dimension).map { _ in numbers.float() }
            memory.withUnsafeBufferPointer { memory in
                let rows = (0..<40).map { memory.baseAddress! + $0 * dimension }
                for kernels in Self.all {
                    var (one, all) = ([Float](repeating: 0, count: 1), [Float](repeating: 0, count: 40))
                    kernels.products(query, dimension, rows, 0, 40, &all)
                    for row in 0..<40 {
                        kernels.products(query, dimension, [rows[row]], 0, 1, &one)
                        #expect(one[0].bitPattern == all[row].bitPattern)
                    }
                }
            }
        }
    }
}
