import CQuantisation
import ProductQuantisation
import Testing

/// Searches against sorts and plain sums, and instruction sets against each other.
@Suite struct SearchTests {
    @Test(arguments: SearchMetric.allCases) func searchIsASortOfScores(metric: SearchMetric) {
        let shape = QuantisedShape(dimension: 32, subspaces: 4, bits: 4)
        // Every key twice: ties.
        let half = Keys(400, seed: 41)
        let keys = Keys((0..<800).map { half[$0 % 400] })
        let book = Codebook(
            learning: keys.rows, count: 800, stride: 32, shape, start: .sampled(seed: 1), iterations: 4, for: metric)
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: 800, shape))
        book.encode(keys.rows, count: 800, stride: 32, into: &codes, at: 0)
        let query = Keys(1, seed: 42)[0]
        var (table, scores) = ([Float](repeating: 0, count: shape.tableCount), [Float](repeating: 0, count: 800))
        switch metric {
        case .innerProduct: book.innerProducts(query, into: &table)
        case .euclidean: book.squaredDistances(query, into: &table)
        }
        scanCodes(table, shape, codes: codes, keys: 0..<800, into: &scores)
        let order = scores.indices.sorted {
            scores[$0] == scores[$1] ? $0 < $1 : (scores[$0] > scores[$1]) == (metric == .innerProduct)
        }
        func found(_ k: Int) -> [Neighbour] {
            Search.quantised(k, nearest: query, metric, codes: codes, count: 800, book)
        }
        #expect(found(77) == order.prefix(77).map { Neighbour(index: $0, score: scores[$0]) })
        #expect(found(900).count == 800)
        #expect(found(0).isEmpty)
    }

    @Test(arguments: [(32, 1), (32, 8), (60, 3), (7, 1), (512, 2)])
    func exactScoresAreProductsAndDistances(dimension: Int, subspaces: Int) {
        var random = Random(seed: 43)
        let shape = QuantisedShape(dimension: dimension, subspaces: subspaces, bits: 2)
        let (count, stride) = (37, dimension + 3)
        let rows = (0..<count * stride).map { _ in random.float() }
        let query = (0..<dimension).map { _ in random.float() }
        for metric in SearchMetric.allCases {
            var found = [Float](repeating: 0, count: count)
            Search.exactScores(query, metric, rows: rows, count: count, stride: stride, shape, into: &found)
            for i in 0..<count {
                let row = rows[i * stride..<i * stride + dimension]
                let expected = metric == .innerProduct ? product(query, row) : squaredDistance(query, row)
                #expect(abs(found[i] - expected) < 1e-5 * max(1, expected))
            }
        }
    }

    /// Tables and distances within rounding; sums of clusters the same bits.
    @Test(arguments: CodebookTests.shapes) func instructionSetsAgree(shape: QuantisedShape) throws {
        var random = Random(seed: 44)
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in random.float() } }
        let (count, width, centroids) = (205, shape.width, shape.centroids)
        let (rows, query, middles) = (floats(count * width), floats(width), floats(centroids * width))
        let weights = floats(count).map { abs($0) }
        var lanes = [Float](repeating: 0, count: cq_lane_count(centroids, width))
        cq_lanes(middles, centroids, width, &lanes)
        func near(_ kernels: cq_kernels) -> [Float] {
            var (codes, distances) = ([UInt8](repeating: 0, count: count), [Float](repeating: 0, count: count))
            kernels.assign(rows, width, count, lanes, centroids, width, &codes, &distances)
            var (products, squares) = ([Float](repeating: 0, count: centroids), [Float](repeating: 0, count: centroids))
            kernels.products(query, lanes, centroids, width, &products)
            kernels.distances(query, lanes, centroids, width, &squares)
            return distances + products + squares
        }
        func sums(_ kernels: cq_kernels) -> [Double] {
            // Of fixed codes: an assignment may differ where two centroids are as near.
            let codes = (0..<count).map { UInt8($0 % centroids) }
            var (sums, counts) = (
                [Float](repeating: 0, count: centroids * width), [UInt32](repeating: 0, count: centroids)
            )
            var masses = [Double](repeating: 0, count: centroids)
            kernels.accumulate(rows, width, count, codes, weights, middles, width, &sums, &masses, &counts)
            return sums.map(Double.init) + masses + counts.map(Double.init)
        }
        let portable = try #require(cq_portable_kernels()).pointee
        for other in [cq_avx2_kernels(), cq_avx512_kernels()].compactMap({ $0?.pointee }) {
            for (a, b) in zip(near(other), near(portable)) { #expect(abs(a - b) < 1e-5 * max(1, abs(b))) }
            #expect(sums(other) == sums(portable))
        }
        // What is summed, in double precision.
        let found = sums(portable)
        for c in 0..<centroids {
            let members = stride(from: c, to: count, by: centroids)
            let mass = members.reduce(0) { $0 + Double(weights[$1]) }
            let first = members.reduce(0) { $0 + Double(weights[$1]) * Double(rows[$1 * width] - middles[c * width]) }
            #expect(abs(found[c * width] - first) < 1e-4)
            #expect(abs(found[centroids * width + c] - mass) < 1e-9)
            #expect(Int(found[centroids * (width + 1) + c]) == Array(members).count)
        }
    }
}
