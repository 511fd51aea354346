/// Where Lloyd's iterations begin.
public enum LearningStart: Sendable {
    /// At distinct vectors of the data, drawn by a seed: the same rows in every sub-space, but for those that repeat in one.
    case sampled(seed: UInt64)
    /// At the centroids of an earlier code book of the same shape.
    case warm(Codebook)
}

/// What learning a code book did.
public struct LearningOutcome: Sendable {
    /// The code book.
    public let codebook: Codebook
    /// Iterations of the sub-space that took the most: 0 where all centroids are vectors of the data.
    public let iterations: Int
}

extension Codebook {
    /// Learns a code book: Lloyd's k-means with Euclidean distances, in each sub-space by itself.
    ///
    /// For searches by inner product a vector's error counts in proportion to its squared distance from the vectors' mean, since those
    /// far from it are what queries find; for Euclidean ones all count alike.
    ///
    /// It ends early when the error of a sub-space decreases by less than 1e-4 of itself. A centroid without vectors takes the vector
    /// whose error is the largest. Where a sub-space has no more distinct vectors than centroids, they are the centroids, and the
    /// code book is exact. From a warm start the error on the data, so weighed, is not larger than the earlier code book's.
    ///
    /// - Parameters:
    ///   - rows: the first element of the first row; finite numbers.
    ///   - count: rows, 1 or more.
    ///   - stride: floats from one row to the next.
    ///   - shape: one without problems.
    ///   - start: where it begins; a warm one is of the same shape.
    ///   - iterations: the most, 1 or more.
    ///   - metric: what is searched by.
    public static func learn(
        _ rows: UnsafePointer<Float>, count: Int, stride: Int, _ shape: QuantisedShape, start: LearningStart,
        iterations: Int, for metric: SearchMetric = .innerProduct
    ) -> LearningOutcome {
        precondition(shape.problems.isEmpty, shape.problems.joined(separator: "; "))
        precondition(count > 0 && iterations > 0, "1 row and 1 iteration or more")
        if case .warm(let earlier) = start { precondition(earlier.shape == shape, "a code book of the same shape") }
        let size = shape.centroids * shape.width
        let weights = LearningWeights.of(rows, count: count, stride: stride, shape, for: metric)
        var centroids: [Float] = []
        var most = 0
        for j in 0..<shape.subspaces {
            let part = Subvectors(rows + j * shape.width, count: count, stride: stride, width: shape.width)
            var clusters: Clusters
            if let distinct = part.distinct(atMost: shape.centroids) {
                clusters = Clusters(repeating: distinct, part, shape)
            } else {
                switch start {
                case .sampled(let seed):
                    clusters = Clusters(part.sample(shape.centroids, seed: seed), part, shape)
                case .warm(let earlier):
                    clusters = Clusters(Array(earlier.centroids[j * size..<(j + 1) * size]), part, shape)
                }
                most = max(most, clusters.improve(iterations: iterations, weights: weights))
            }
            centroids += clusters.centroids
        }
        return LearningOutcome(codebook: Codebook(centroids: centroids, shape), iterations: most)
    }

    /// Learns a code book as ``learn(_:count:stride:_:start:iterations:for:)`` does.
    public init(
        learning rows: UnsafePointer<Float>, count: Int, stride: Int, _ shape: QuantisedShape, start: LearningStart,
        iterations: Int, for metric: SearchMetric = .innerProduct
    ) {
        self =
            Self.learn(rows, count: count, stride: stride, shape, start: start, iterations: iterations, for: metric)
            .codebook
    }
}
