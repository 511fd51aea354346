import CQuantisation

/// The centroids of all sub-spaces (Jégou, Douze and Schmid, TPAMI 33, 2011): m x 2^b x dimension / m floats.
///
/// What is computed of a vector has the same bits however many are computed with it, on one machine. Between machines with other
/// instruction sets last bits may differ, so that of two centroids that are as near the other one may be taken.
public struct Codebook: Sendable {
    /// How vectors are quantised.
    public let shape: QuantisedShape
    /// Sub-space after sub-space, centroid after centroid.
    public let centroids: [Float]
    /// The same with sixteen centroids side by side, as the kernels read them.
    let lanes: [Float]

    /// - Parameters:
    ///   - centroids: m x 2^b x dimension / m finite floats.
    ///   - shape: one without problems.
    public init(centroids: [Float], _ shape: QuantisedShape) {
        precondition(shape.problems.isEmpty, shape.problems.joined(separator: "; "))
        precondition(centroids.count == shape.floatCount, "a code book of the shape's size")
        (self.shape, self.centroids) = (shape, centroids)
        lanes = Self.lanes(of: centroids, shape, subspaces: shape.subspaces)
    }

    static func lanes(of centroids: [Float], _ shape: QuantisedShape, subspaces: Int) -> [Float] {
        let (size, laneCount) = (shape.centroids * shape.width, cq_lane_count(shape.centroids, shape.width))
        return [Float](unsafeUninitializedCapacity: subspaces * laneCount) { lanes, count in
            centroids.withUnsafeBufferPointer { rows in
                for j in 0..<subspaces {
                    cq_lanes(
                        rows.baseAddress! + j * size, shape.centroids, shape.width, lanes.baseAddress! + j * laneCount)
                }
            }
            count = subspaces * laneCount
        }
    }

    var laneCount: Int { cq_lane_count(shape.centroids, shape.width) }

    /// Writes the codes of rows: in each sub-space the nearest centroid, the lower one where two are as near.
    ///
    /// - Parameters:
    ///   - rows: the first element of the first row.
    ///   - count: rows.
    ///   - stride: floats from one row to the next.
    ///   - codes: blocks as ``CodeBlocks`` states them, up to that of the last key written.
    ///   - place: the key that the first row is.
    public func encode(
        _ rows: UnsafePointer<Float>, count: Int, stride: Int, into codes: UnsafeMutablePointer<UInt8>, at place: Int
    ) {
        precondition(count >= 0 && place >= 0, "places are from 0 on")
        lanes.withUnsafeBufferPointer { lanes in
            var done = 0
            while done < count {
                let key = place + done
                let here = min(count - done, CodeBlocks.keys - key % CodeBlocks.keys)
                for j in 0..<shape.subspaces {
                    kernels.assign(
                        rows + done * stride + j * shape.width, stride, here, lanes.baseAddress! + j * laneCount,
                        shape.centroids, shape.width, codes + CodeBlocks.offset(key: key, subspace: j, shape), nil)
                }
                done += here
            }
        }
    }

    /// Writes the vector that a key's codes stand for.
    ///
    /// - Parameters:
    ///   - codes: blocks as ``CodeBlocks`` states them.
    ///   - key: which.
    ///   - vector: dimension floats, overwritten.
    public func decode(_ codes: UnsafePointer<UInt8>, at key: Int, into vector: UnsafeMutablePointer<Float>) {
        let mask = shape.centroids - 1
        for j in 0..<shape.subspaces {
            let code = Int(codes[CodeBlocks.offset(key: key, subspace: j, shape)]) & mask
            let start = (j * shape.centroids + code) * shape.width
            for d in 0..<shape.width { vector[j * shape.width + d] = centroids[start + d] }
        }
    }

    /// A query's inner products with all centroids: the table that ``scanCodes(_:_:codes:keys:into:)`` adds entries of.
    ///
    /// - Parameters:
    ///   - query: dimension floats.
    ///   - table: m x 2^b floats, overwritten.
    public func innerProducts(_ query: UnsafePointer<Float>, into table: UnsafeMutablePointer<Float>) {
        fill(table, query, with: kernels.products)
    }

    /// A query's squared distances to all centroids.
    ///
    /// - Parameters:
    ///   - query: dimension floats.
    ///   - table: m x 2^b floats, overwritten.
    public func squaredDistances(_ query: UnsafePointer<Float>, into table: UnsafeMutablePointer<Float>) {
        fill(table, query, with: kernels.distances)
    }

    private typealias Kernel =
        @convention(c) (UnsafePointer<Float>?, UnsafePointer<Float>?, Int, Int, UnsafeMutablePointer<Float>?) -> Void

    private func fill(_ table: UnsafeMutablePointer<Float>, _ query: UnsafePointer<Float>, with kernel: Kernel) {
        lanes.withUnsafeBufferPointer { lanes in
            for j in 0..<shape.subspaces {
                kernel(
                    query + j * shape.width, lanes.baseAddress! + j * laneCount, shape.centroids, shape.width,
                    table + j * shape.centroids)
            }
        }
    }
}

/// Adds up entries of a query's table by the codes of keys: the asymmetric distance or inner product of the query and what the codes
/// stand for. A score is `Σ_j table[j][code_j]`, in the order of j.
///
/// - Parameters:
///   - table: m x 2^b floats, of ``Codebook/innerProducts(_:into:)`` or ``Codebook/squaredDistances(_:into:)``.
///   - shape: how keys are quantised.
///   - codes: blocks as ``CodeBlocks`` states them, from key 0 on.
///   - keys: which.
///   - scores: one for each of `keys`, overwritten.
public func scanCodes(
    _ table: UnsafePointer<Float>, _ shape: QuantisedShape, codes: UnsafePointer<UInt8>, keys: Range<Int>,
    into scores: UnsafeMutablePointer<Float>
) {
    kernels.scan(table, UInt32(shape.bits), shape.subspaces, codes, keys.lowerBound, keys.count, scores)
}

extension Codebook: Hashable {
    public static func == (left: Codebook, right: Codebook) -> Bool {
        left.shape == right.shape && left.centroids == right.centroids
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(shape)
        hasher.combine(centroids)
    }
}
