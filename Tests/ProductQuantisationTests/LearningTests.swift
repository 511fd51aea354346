import ProductQuantisation
import Testing

/// What learning a code book does to its error, and for how long it goes on.
@Suite struct LearningTests {
    private let shape = QuantisedShape(dimension: 32, subspaces: 2, bits: 6)
    private let keys = Keys(3000, seed: 21)

    private func learn(_ start: LearningStart, _ iterations: Int) -> LearningOutcome {
        Codebook.learn(keys.rows, count: 3000, stride: 32, shape, start: start, iterations: iterations)
    }

    private func error(_ book: Codebook) -> Double {
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: 3000, shape))
        book.encode(keys.rows, count: 3000, stride: 32, into: &codes, at: 0)
        var (decoded, sum) = ([Float](repeating: 0, count: 32), 0.0)
        for key in 0..<3000 {
            book.decode(codes, at: key, into: &decoded)
            sum += Double(squaredDistance(keys[key], decoded))
        }
        return sum
    }

    @Test func moreIterationsDoNotWorsenTheError() {
        let errors = [1, 2, 3, 5, 10, 25].map { error(learn(.sampled(seed: 1), $0).codebook) }
        for (few, many) in zip(errors, errors.dropFirst()) { #expect(many <= few * (1 + 1e-6)) }
        #expect(errors.last! < 0.9 * errors.first!)
    }

    @Test func aWarmStartGoesOnFromWhereItWas() {
        let cold = learn(.sampled(seed: 1), 300)
        let warm = learn(.warm(cold.codebook), 300)
        #expect(warm.iterations < cold.iterations)
        #expect(error(warm.codebook) <= error(cold.codebook) * (1 + 1e-6))
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
