import ProductQuantisation
import RetrievalQuality

/// One library's work on all heads.
struct RetrievalWork: Decodable {
    /// Seconds of one thread, all heads together.
    private(set) var train = 0.0
    private(set) var encode = 0.0
    private(set) var search = 0.0
    /// The mean squared distance of keys to what their codes stand for, mean of heads.
    private(set) var error = 0.0
    /// The share of the exact k best that is found, mean of heads and queries.
    private(set) var recall = 0.0

    var whole: Double { train + encode + search }

    /// Ours.
    init(_ heads: QuantisedHeads, _ shape: QuantisedShape, _ k: Int, iterations: Int, for metric: SearchMetric) {
        let all = heads.all
        for head in all {
            var (codebook, codes): (Codebook?, [UInt8]) = (nil, [])
            train += seconds {
                codebook = Codebook(learning: head.keys, from: 0, shape, iterations: iterations, for: metric)
            }
            encode += seconds { codes = codebook!.codes(of: head.keys) }
            var found: [[Neighbour]] = []
            search += seconds {
                found = head.each(shape.dimension) {
                    Search.quantised(k, nearest: $0, .innerProduct, codes: codes, count: heads.count, codebook!)
                }
            }
            let exact = head.each(shape.dimension) {
                Search.exact(
                    k, nearest: $0, .innerProduct, rows: head.keys, count: heads.count, stride: shape.dimension, shape)
            }
            let shared = zip(found, exact).reduce(0) {
                $0 + Set($1.0.map(\.index)).intersection($1.1.map(\.index)).count
            }
            recall += Double(shared) / Double(k * exact.count * all.count)
            error += codebook!.error(head.keys, codes) / Double(all.count)
        }
    }
}

extension MeasuredHeads.Head {
    fileprivate func each<Output>(_ dimension: Int, _ body: (UnsafePointer<Float>) -> Output) -> [Output] {
        queries.withUnsafeBufferPointer { queries in
            stride(from: 0, to: queries.count, by: dimension).map { body(queries.baseAddress! + $0) }
        }
    }
}

extension Codebook {
    /// The mean squared distance of rows to what their codes stand for.
    fileprivate func error(_ rows: [Float], _ codes: [UInt8]) -> Double {
        let count = rows.count / shape.dimension
        var (sum, near) = (0.0, [Float](repeating: 0, count: shape.dimension))
        for key in 0..<count {
            decode(codes, at: key, into: &near)
            for d in 0..<shape.dimension {
                let difference = Double(rows[key * shape.dimension + d] - near[d])
                sum += difference * difference
            }
        }
        return sum / Double(count)
    }
}
