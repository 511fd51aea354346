import CQuantisation

/// Lloyd's k-means of one sub-space, of rows with weights.
struct Clusters {
    private(set) var centroids: [Float]
    private let part: Subvectors
    private let shape: QuantisedShape
    /// Of each row.
    private var codes: [UInt8] = []
    /// Squared distances of rows to their centroids, times their weights.
    private var errors: [Float] = []

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
    /// - Parameter weights: of each row, with mean 1.
    /// - Returns: how often centroids moved.
    mutating func improve(iterations: Int, weights: [Float]) -> Int {
        codes = [UInt8](repeating: 0, count: part.count)
        errors = [Float](repeating: 0, count: part.count)
        var before = (error: Double.infinity, centroids: centroids)
        for done in 0..<iterations {
            let error = assign(weights)
            if error >= before.error {
                // Rounding alone can make it larger.
                centroids = before.centroids
                return done
            }
            if done > 0 && before.error - error < Self.tolerance * before.error { return done }
            before = (error, centroids)
            move(weights)
        }
        return iterations
    }

    /// - Returns: the sum of errors.
    private mutating func assign(_ weights: [Float]) -> Double {
        let lanes = Codebook.lanes(of: centroids, shape, subspaces: 1)
        kernels.assign(
            part.rows, part.stride, part.count, lanes, shape.centroids, part.width, &codes, &errors)
        var sum = 0.0
        for i in errors.indices {
            errors[i] *= weights[i]
            sum += Double(errors[i])
        }
        return sum
    }

    /// Moves centroids to the means of their rows.
    private mutating func move(_ weights: [Float]) {
        // Sums of differences: they round less, and leave a centroid where it is if all its rows are equal to it.
        var sums = [Float](repeating: 0, count: centroids.count)
        var masses = [Double](repeating: 0, count: shape.centroids)
        var counts = [UInt32](repeating: 0, count: shape.centroids)
        kernels.accumulate(
            part.rows, part.stride, part.count, codes, weights, centroids, part.width, &sums, &masses, &counts)
        let taken = fill(weights, &counts, &masses, &sums)
        // Rows that weigh nothing have no mean.
        for c in 0..<shape.centroids where !taken.contains(c) && masses[c] > 0 {
            for d in 0..<part.width {
                let i = c * part.width + d
                centroids[i] += sums[i] / Float(masses[c])
            }
        }
    }

    /// Gives each centroid without rows the row whose error is the largest, which leaves the other cluster; errors are then those with
    /// it, so that the next one is given a row elsewhere.
    ///
    /// - Returns: the centroids that got one.
    private mutating func fill(
        _ weights: [Float], _ counts: inout [UInt32], _ masses: inout [Double], _ sums: inout [Float]
    ) -> Set<Int> {
        var taken: Set<Int> = []
        for c in counts.indices where counts[c] == 0 {
            let place = errors.indices.reduce(0) { errors[$1] > errors[$0] ? $1 : $0 }
            let other = Int(codes[place])
            guard errors[place] > 0 && counts[other] > 1 else { break }
            for (d, element) in part[place].enumerated() {
                sums[other * part.width + d] -= weights[place] * (element - centroids[other * part.width + d])
                centroids[c * part.width + d] = element
            }
            counts[other] -= 1
            masses[other] -= Double(weights[place])
            taken.insert(c)
            lowerErrors(by: place, weights)
        }
        return taken
    }

    /// Errors where a row is a centroid, too.
    private mutating func lowerErrors(by place: Int, _ weights: [Float]) {
        let distances = [Float](unsafeUninitializedCapacity: part.count) { distances, filled in
            kernels.row_distances(
                part[place].baseAddress!, part.rows, part.stride, part.count, 1, part.width, distances.baseAddress!)
            filled = part.count
        }
        for i in errors.indices { errors[i] = min(errors[i], weights[i] * distances[i]) }
    }
}
