import CQuantisation

/// Lloyd's k-means of one sub-space.
struct Clusters {
    private(set) var centroids: [Float]
    private let part: Subvectors
    private let shape: QuantisedShape
    /// Of each row.
    private var codes: [UInt8] = []
    private var distances: [Float] = []

    /// An improvement of the error below this share of it is the last one.
    static let tolerance = 1e-4

    init(_ centroids: [Float], _ part: Subvectors, _ shape: QuantisedShape) {
        (self.centroids, self.part, self.shape) = (centroids, part, shape)
    }

    /// All distinct rows, and the last one again where there are fewer than centroids.
    init(repeating distinct: [Float], _ part: Subvectors, _ shape: QuantisedShape) {
        let missing = shape.centroids - distinct.count / shape.width
        self.init(distinct + (0..<missing).flatMap { _ in distinct.suffix(shape.width) }, part, shape)
    }

    /// Iterates until the error no longer decreases.
    ///
    /// - Returns: how often centroids moved.
    mutating func improve(iterations: Int) -> Int {
        codes = [UInt8](repeating: 0, count: part.count)
        distances = [Float](repeating: 0, count: part.count)
        var before = (error: Double.infinity, centroids: centroids)
        for done in 0..<iterations {
            let error = assign()
            if error >= before.error {
                // Rounding alone can make it larger.
                centroids = before.centroids
                return done
            }
            if done > 0 && before.error - error < Self.tolerance * before.error { return done }
            before = (error, centroids)
            move()
        }
        return iterations
    }

    /// - Returns: the sum of squared distances.
    private mutating func assign() -> Double {
        let lanes = Codebook.lanes(of: centroids, shape, subspaces: 1)
        kernels.assign(
            part.rows, part.stride, part.count, lanes, shape.centroids, part.width, &codes, &distances)
        return distances.reduce(0) { $0 + Double($1) }
    }

    /// Moves centroids to the means of their rows.
    private mutating func move() {
        // Sums of differences: they round less, and leave a centroid where it is if all its rows are equal to it.
        var sums = [Float](repeating: 0, count: centroids.count)
        var counts = [UInt32](repeating: 0, count: shape.centroids)
        kernels.accumulate(
            part.rows, part.stride, part.count, codes, centroids, part.width, &sums, &counts)
        let taken = fill(&counts, &sums)
        for c in 0..<shape.centroids where !taken.contains(c) && counts[c] > 0 {
            for d in 0..<part.width {
                let i = c * part.width + d
                centroids[i] += sums[i] / Float(counts[c])
            }
        }
    }

    /// Gives each centroid without rows the row that is furthest from its own, which leaves the other cluster.
    ///
    /// - Returns: the centroids that got one.
    private mutating func fill(_ counts: inout [UInt32], _ sums: inout [Float]) -> Set<Int> {
        let empty = counts.indices.filter { counts[$0] == 0 }
        guard !empty.isEmpty else { return [] }
        let furthest = part.largest(empty.count, distances)
        var taken: Set<Int> = []
        for (c, place) in zip(empty, furthest) where counts[Int(codes[place])] > 1 && distances[place] > 0 {
            let from = Int(codes[place]) * part.width
            for (d, element) in part[place].enumerated() {
                sums[from + d] -= element - centroids[from + d]
                centroids[c * part.width + d] = element
            }
            counts[Int(codes[place])] -= 1
            taken.insert(c)
        }
        return taken
    }
}

extension Subvectors {
    /// Places of the largest distances, largest first.
    fileprivate func largest(_ wanted: Int, _ distances: [Float]) -> [Int] {
        let order = distances.indices.sorted { (distances[$0], $1) > (distances[$1], $0) }
        return Array(order.prefix(wanted))
    }
}
