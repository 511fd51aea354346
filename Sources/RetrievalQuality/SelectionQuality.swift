import Foundation
package import ProductQuantisation

/// How near a selection by codes comes to one by exact scores.
package struct SelectionQuality: Sendable {
    /// The share of a query's attention on the keys chosen by codes and those always attended to; mean of queries.
    package let mass: Double
    /// The same for keys chosen by exact scores.
    package let exactMass: Double
    /// The share of the keys chosen by exact scores that codes choose, too; mean of queries.
    package let recall: Double

    /// Compares selections over one head's keys.
    ///
    /// - Parameters:
    ///   - queries: queries x dimension floats.
    ///   - keys: count x dimension floats.
    ///   - codes: of all keys; those always attended to may be anything.
    package init(
        queries: [Float], keys: [Float], codes: [UInt8], _ codebook: Codebook, _ budget: AttentionBudget
    ) {
        let shape = codebook.shape
        let candidates = budget.candidates(of: keys.count / shape.dimension)
        let always = [0..<candidates.lowerBound, candidates.upperBound..<keys.count / shape.dimension].joined()
        var (mass, exactMass, shared, wanted) = (0.0, 0.0, 0, 0)
        for start in stride(from: 0, to: queries.count, by: shape.dimension) {
            let query = Array(queries[start..<start + shape.dimension])
            let (exact, scores) = (Self.exactScores(query, keys, shape), Self.scores(query, codes, keys, codebook))
            let weights = Self.softmax(exact, dimension: shape.dimension)
            let chosen = Self.largest(budget.retrieved, scores, candidates)
            let best = Self.largest(budget.retrieved, exact, candidates)
            let kept = always.reduce(0) { $0 + weights[$1] }
            mass += chosen.reduce(kept) { $0 + weights[$1] }
            exactMass += best.reduce(kept) { $0 + weights[$1] }
            shared += Set(chosen).intersection(best).count
            wanted += best.count
        }
        let size = Double(queries.count / shape.dimension)
        (self.mass, self.exactMass) = (mass / size, exactMass / size)
        recall = wanted == 0 ? 1 : Double(shared) / Double(wanted)
    }

    private static func exactScores(_ query: [Float], _ keys: [Float], _ shape: QuantisedShape) -> [Float] {
        let count = keys.count / shape.dimension
        return [Float](unsafeUninitializedCapacity: count) { scores, filled in
            Search.exactScores(
                query, .innerProduct, rows: keys, count: count, stride: shape.dimension, shape,
                into: scores.baseAddress!)
            filled = count
        }
    }

    private static func scores(_ query: [Float], _ codes: [UInt8], _ keys: [Float], _ codebook: Codebook) -> [Float] {
        let (shape, count) = (codebook.shape, keys.count / codebook.shape.dimension)
        var table = [Float](repeating: 0, count: shape.tableCount)
        codebook.innerProducts(query, into: &table)
        return [Float](unsafeUninitializedCapacity: count) { scores, filled in
            scanCodes(table, shape, codes: codes, keys: 0..<count, into: scores.baseAddress!)
            filled = count
        }
    }

    private static func softmax(_ scores: [Float], dimension: Int) -> [Double] {
        let (largest, scale) = (scores.max()!, 1 / Double(dimension).squareRoot())
        let powers = scores.map { exp(scale * Double($0 - largest)) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    private static func largest(_ k: Int, _ scores: [Float], _ range: Range<Int>) -> [Int] {
        guard k > 0 && !range.isEmpty else { return [] }
        var scratch = [Float](repeating: 0, count: TopK.scratchCount(range.count))
        let places = [UInt32](unsafeUninitializedCapacity: min(k, range.count)) { places, found in
            found = Array(scores[range]).withUnsafeBufferPointer {
                TopK.select(
                    k, of: $0.baseAddress!, count: range.count, base: UInt32(range.lowerBound),
                    into: places.baseAddress!, scratch: &scratch)
            }
        }
        return places.map(Int.init)
    }
}
