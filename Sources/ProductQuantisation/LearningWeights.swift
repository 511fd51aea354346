import CQuantisation

/// How much each row's error counts when a code book is learned.
enum LearningWeights {
    /// Weights with mean 1.
    ///
    /// Whether a key is among a query's best is decided by errors of large inner products, not of all. Were a query's direction as likely
    /// as any other, the inner product with key k would differ from the mean key's by `|k - mean|` in the root mean square: so a squared
    /// error counts in proportion to `|k - mean|²`. It is the idea of score-aware losses (Guo et al., ICML 2020), without their
    /// distinction between an error along the key and one across it.
    static func of(
        _ rows: UnsafePointer<Float>, count: Int, stride: Int, _ shape: QuantisedShape, for metric: SearchMetric
    ) -> [Float] {
        let even = [Float](repeating: 1, count: count)
        guard metric == .innerProduct else { return even }
        let mean = mean(rows, count: count, stride: stride, shape, even)
        let distances = [Float](unsafeUninitializedCapacity: count) { distances, filled in
            kernels.row_distances(
                mean, rows, stride, count, shape.subspaces, shape.width, distances.baseAddress!)
            filled = count
        }
        let scale = Float(Double(count) / distances.reduce(0) { $0 + Double($1) })
        // All rows alike, or squares beyond a float's range.
        guard scale.isNormal else { return even }
        return distances.map { $0 * scale }
    }

    private static func mean(
        _ rows: UnsafePointer<Float>, count: Int, stride: Int, _ shape: QuantisedShape, _ weights: [Float]
    ) -> [Float] {
        // Differences to the first row: they round less.
        let first = Array(UnsafeBufferPointer(start: rows, count: shape.dimension))
        let codes = [UInt8](repeating: 0, count: count)
        var sums = [Float](repeating: 0, count: shape.dimension)
        var (mass, counted) = (0.0, UInt32(0))
        kernels.accumulate(rows, stride, count, codes, weights, first, shape.dimension, &sums, &mass, &counted)
        return zip(first, sums).map { $0 + $1 / Float(count) }
    }
}
