import CQuantisation

/// What nearness is.
public enum SearchMetric: String, CaseIterable, Sendable {
    /// The largest inner products.
    case innerProduct
    /// The smallest squared Euclidean distances.
    case euclidean
}

/// What a search found.
public struct Neighbour: Hashable, Sendable {
    /// Which key.
    public let index: Int
    /// Its inner product with the query, or its squared distance.
    public let score: Float

    public init(index: Int, score: Float) { (self.index, self.score) = (index, score) }
}

/// Searches keys for those nearest to a query. Of keys that are as near the first ones are found, and stand first.
public enum Search {
    /// Exact: all keys are read. Sub-spaces are added as scores of codes are, so that codes that stand for the keys themselves give the
    /// same bits.
    ///
    /// - Parameters:
    ///   - k: how many are wanted.
    ///   - query: dimension floats.
    ///   - rows: the first element of the first key.
    ///   - count: keys.
    ///   - stride: floats from one key to the next.
    /// - Returns: best first; as many as there are if k is more.
    public static func exact(
        _ k: Int, nearest query: UnsafePointer<Float>, _ metric: SearchMetric, rows: UnsafePointer<Float>, count: Int,
        stride: Int, _ shape: QuantisedShape
    ) -> [Neighbour] {
        best(k, count, metric) { exactScores(query, metric, rows: rows, count: count, stride: stride, shape, into: $0) }
    }

    /// By codes alone.
    ///
    /// - Parameters:
    ///   - k: how many are wanted.
    ///   - query: dimension floats.
    ///   - codes: of keys 0 ..< count, blocks as ``CodeBlocks`` states them.
    /// - Returns: best first, with scores of what the codes stand for.
    public static func quantised(
        _ k: Int, nearest query: UnsafePointer<Float>, _ metric: SearchMetric, codes: UnsafePointer<UInt8>, count: Int,
        _ codebook: Codebook
    ) -> [Neighbour] {
        let table = [Float](unsafeUninitializedCapacity: codebook.shape.tableCount) { table, filled in
            switch metric {
            case .innerProduct: codebook.innerProducts(query, into: table.baseAddress!)
            case .euclidean: codebook.squaredDistances(query, into: table.baseAddress!)
            }
            filled = codebook.shape.tableCount
        }
        return best(k, count, metric) { scanCodes(table, codebook.shape, codes: codes, keys: 0..<count, into: $0) }
    }

    /// Scores of all keys without codes, added as ``exact(_:nearest:_:rows:count:stride:_:)`` states.
    ///
    /// - Parameter scores: count floats, overwritten.
    public static func exactScores(
        _ query: UnsafePointer<Float>, _ metric: SearchMetric, rows: UnsafePointer<Float>, count: Int, stride: Int,
        _ shape: QuantisedShape, into scores: UnsafeMutablePointer<Float>
    ) {
        let kernel = metric == .innerProduct ? kernels.row_products! : kernels.row_distances!
        kernel(query, rows, stride, count, shape.subspaces, shape.width, scores)
    }

    private static func best(
        _ k: Int, _ count: Int, _ metric: SearchMetric, scoring: (UnsafeMutablePointer<Float>) -> Void
    ) -> [Neighbour] {
        guard k > 0 && count > 0 else { return [] }
        let sign: Float = metric == .innerProduct ? 1 : -1
        let scores = UnsafeMutablePointer<Float>.allocate(capacity: count + TopK.scratchCount(count))
        defer { scores.deallocate() }
        scoring(scores)
        if sign < 0 { for i in 0..<count { scores[i] = -scores[i] } }
        let places = [UInt32](unsafeUninitializedCapacity: min(k, count)) { places, found in
            found = TopK.select(k, of: scores, count: count, into: places.baseAddress!, scratch: scores + count)
        }
        let sorted = places.sorted { (scores[Int($0)], $1) > (scores[Int($1)], $0) }
        return sorted.map { Neighbour(index: Int($0), score: sign * scores[Int($0)]) }
    }
}
