extension LearningCost {
    /// Times learning on this machine: three and nine iterations on made-up vectors, the least time of some repetitions.
    ///
    /// - Parameters:
    ///   - shape: one without problems.
    ///   - counts: of rows, two different ones or more, each larger than the centroids are many.
    ///   - repetitions: of every run.
    public static func measured(
        _ shape: QuantisedShape, counts: [Int] = [500, 1000, 2000, 4000], repetitions: Int = 3
    ) -> LearningCost {
        precondition(Set(counts).count > 1, "two different counts or more")
        precondition(counts.allSatisfy { $0 > shape.centroids }, "more rows than centroids")
        var generator = SplitMix(state: 1)
        let rows = (0..<counts.max()! * shape.dimension).map { _ in Float.random(in: -1...1, using: &generator) }
        func runs(_ iterations: Int) -> [LearningRun] {
            counts.map { count in
                let times = (0..<max(repetitions, 1)).map { _ in
                    ContinuousClock().measure {
                        _ = Codebook.learn(
                            rows, count: count, stride: shape.dimension, shape, start: .sampled(seed: 1),
                            iterations: iterations)
                    }
                }
                return LearningRun(count: count, seconds: times.min()! / .seconds(1))
            }
        }
        return LearningCost(three: runs(3), nine: runs(9))!
    }
}
