import ProductQuantisation
import Testing

/// What learning a code book does to its error, and for how long it goes on.
@Suite struct LearningTests {
    private let shape = QuantisedShape(dimension: 32, subspaces: 2, bits: 6)
    private let keys = Keys(3000, seed: 21)

    private func learn(
        _ start: LearningStart, _ iterations: Int, _ other: Keys? = nil, for metric: SearchMetric = .innerProduct
    ) -> LearningOutcome {
        let keys = other ?? keys
        return Codebook.learn(
            keys.rows, count: keys.count, stride: 32, shape, start: start, iterations: iterations, for: metric)
    }

    /// The error that learning for a metric makes small.
    private func error(_ book: Codebook, on other: Keys? = nil, for metric: SearchMetric) -> Double {
        let keys = other ?? keys
        let weights = weights(of: keys, for: metric)
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: 3000, shape))
        book.encode(keys.rows, count: 3000, stride: 32, into: &codes, at: 0)
        var (decoded, sum) = ([Float](repeating: 0, count: 32), 0.0)
        for key in 0..<3000 {
            book.decode(codes, at: key, into: &decoded)
            sum += weights[key] * Double(squaredDistance(keys[key], decoded))
        }
        return sum
    }

    @Test(arguments: SearchMetric.allCases) func moreIterationsDoNotWorsenTheError(metric: SearchMetric) {
        let errors = [1, 2, 3, 5, 10, 25].map {
            error(learn(.sampled(seed: 1), $0, for: metric).codebook, for: metric)
        }
        for (few, many) in zip(errors, errors.dropFirst()) { #expect(many <= few * (1 + 1e-6)) }
        #expect(errors.last! < 0.9 * errors.first!)
    }

    @Test(arguments: SearchMetric.allCases) func aWarmStartGoesOnFromWhereItWas(metric: SearchMetric) {
        let cold = learn(.sampled(seed: 1), 300, for: metric)
        let warm = learn(.warm(cold.codebook), 300, for: metric)
        #expect(warm.iterations < cold.iterations)
        #expect(error(warm.codebook, for: metric) <= error(cold.codebook, for: metric) * (1 + 1e-6))
    }

    /// Each of two searches has its own error, and its learning makes that one smaller than the other's learning does.
    @Test(arguments: SearchMetric.allCases) func learningIsForASearch(metric: SearchMetric) {
        // In no clusters, most near the mean and some far from it.
        var random = Random(seed: 22)
        let keys = Keys(
            (0..<3000).map { _ in
                let length = 1 / (abs(random.float()) + 0.1)
                return (0..<32).map { _ in length * random.float() }
            })
        let errors = SearchMetric.allCases.map { learned in
            (learned, error(learn(.sampled(seed: 1), 50, keys, for: learned).codebook, on: keys, for: metric))
        }
        for (learned, error) in errors where learned != metric {
            #expect(errors.first { $0.0 == metric }!.1 < 0.99 * error)
        }
    }

    /// Lloyd's iterations as they stand in a book, in double precision, from the same centroids.
    @Test(arguments: SearchMetric.allCases) func iterationsAreLloyds(metric: SearchMetric) {
        // So few that none is left without rows.
        let shape = QuantisedShape(dimension: 32, subspaces: 2, bits: 3)
        let start = Codebook(
            centroids: (0..<2).flatMap { j in (0..<8).flatMap { keys[$0][16 * j..<16 * (j + 1)] } }, shape)
        let weights = weights(of: keys, for: metric)
        for iterations in 1...4 {
            let ours = Codebook(
                learning: keys.rows, count: 3000, stride: 32, shape, start: .warm(start), iterations: iterations,
                for: metric)
            let expected = (0..<2).flatMap { j in
                lloyd((0..<3000).map { keys[$0][16 * j..<16 * (j + 1)].map(Double.init) }, weights, iterations)
            }
            for (a, b) in zip(ours.centroids, expected) { #expect(abs(Double(a) - b) < 1e-5) }
        }
    }

    /// From the first eight rows.
    private func lloyd(_ rows: [[Double]], _ weights: [Double], _ iterations: Int) -> [Double] {
        var means = Array(rows.prefix(8))
        for _ in 0..<iterations {
            var (sums, masses) = (means.map { $0.map { _ in 0.0 } }, means.map { _ in 0.0 })
            for (row, weight) in zip(rows, weights) {
                let distances = means.map { zip($0, row).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
                let nearest = distances.firstIndex(of: distances.min()!)!
                masses[nearest] += weight
                for d in row.indices { sums[nearest][d] += weight * row[d] }
            }
            means = zip(sums, masses).map { sum, mass in sum.map { $0 / mass } }
        }
        return means.flatMap { $0 }
    }

    /// Centroids far from all vectors but for one: those without vectors take some, and the error is that of other beginnings.
    @Test func centroidsWithoutVectorsTakeOnesThatAreFar() {
        let lost = (0..<63 * 16).map { _ in Float(0) } + [Float](repeating: 100, count: 16)
        let book = learn(.warm(Codebook(centroids: lost + lost, shape)), 50).codebook
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: 3000, shape))
        book.encode(keys.rows, count: 3000, stride: 32, into: &codes, at: 0)
        let used = Set((0..<3000).map { codes[CodeBlocks.offset(key: $0, subspace: 0, shape)] })
        #expect(used.count == 64)
        let sampled = learn(.sampled(seed: 1), 50).codebook
        #expect(error(book, for: .innerProduct) < 1.15 * error(sampled, for: .innerProduct))
    }

    @Test func aSeedGivesOneCodeBook() {
        #expect(learn(.sampled(seed: 5), 3).codebook == learn(.sampled(seed: 5), 3).codebook)
        #expect(learn(.sampled(seed: 5), 3).codebook != learn(.sampled(seed: 6), 3).codebook)
    }

    /// Of all rows alike but one, no centroid is not a number, and both are found.
    @Test func clustersWithoutRowsAreFilled() {
        var rows = (0..<500).map { _ in keys[0] }
        rows[250] = keys[1]
        let few = Keys(rows)
        let book = Codebook(
            learning: few.rows, count: 500, stride: 32, shape, start: .sampled(seed: 1), iterations: 10)
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: 500, shape))
        book.encode(few.rows, count: 500, stride: 32, into: &codes, at: 0)
        var decoded = [Float](repeating: 0, count: 32)
        for key in [0, 250, 499] {
            book.decode(codes, at: key, into: &decoded)
            #expect(decoded == few[key])
        }
    }

    /// PQCache's rule: three iterations at least, 300 at most, and what fits into the wait between.
    @Test func iterationsFitIntoAWait() throws {
        let three = [1000, 2000, 4000].map { LearningRun(count: $0, seconds: 0.001 + 3e-6 * Double($0)) }
        let nine = [1000, 2000, 4000].map { LearningRun(count: $0, seconds: 0.001 + 9e-6 * Double($0)) }
        let cost = try #require(LearningCost(three: three, nine: nine))
        #expect(abs(cost.ofThree(count: 10_000) - 0.031) < 1e-9)
        #expect(abs(cost.ofEachFurther(count: 10_000) - 0.01) < 1e-9)
        func iterations(_ seconds: Double) -> Int {
            IterationBudget.within(seconds: seconds, cost).iterations(count: 10_000)
        }
        #expect(iterations(0) == 3 && iterations(0.031) == 3)
        #expect(iterations(0.0855) == 8)
        #expect(iterations(100) == 300)
        #expect(IterationBudget.within(seconds: 0.171, cost).iterations(count: 10_000, codebooks: 2) == 8)
        #expect(IterationBudget.fixed(12).iterations(count: 1) == 12)
        #expect(LearningCost(three: [three[0], three[0]], nine: nine) == nil, "one length says nothing of others")
    }
}
