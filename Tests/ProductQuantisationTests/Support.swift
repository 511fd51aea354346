import ProductQuantisation

/// SplitMix64.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In -1 ..< 1.
    mutating func float() -> Float { Float(Int64(next() >> 40) - 1 << 23) / Float(1 << 23) }
}

/// Vectors of 32 elements, in some clusters.
struct Keys {
    let dimension = 32
    private(set) var rows: [Float] = []

    init(_ count: Int, seed: UInt64) {
        var random = Random(seed: seed)
        let centres = (0..<40 * dimension).map { _ in random.float() }
        for _ in 0..<count {
            let centre = Int(random.next() % 40) * dimension
            for element in 0..<dimension { rows.append(centres[centre + element] + 0.3 * random.float()) }
        }
    }

    init(_ vectors: [[Float]]) { rows = vectors.flatMap { $0 } }

    var count: Int { rows.count / dimension }

    subscript(key: Int) -> [Float] { Array(rows[key * dimension..<(key + 1) * dimension]) }
}

func product(_ left: some Sequence<Float>, _ right: some Sequence<Float>) -> Float {
    Float(zip(left, right).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
}

func squaredDistance(_ left: some Sequence<Float>, _ right: some Sequence<Float>) -> Float {
    Float(zip(left, right).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) })
}

/// How much a key's error counts where code books are learned for a metric: all alike, or by its squared distance from the mean key.
func weights(of keys: Keys, for metric: SearchMetric) -> [Double] {
    guard metric == .innerProduct else { return [Double](repeating: 1, count: keys.count) }
    let rows = (0..<keys.count).map { keys[$0].map(Double.init) }
    let mean = (0..<keys.dimension).map { d in rows.reduce(0) { $0 + $1[d] } / Double(rows.count) }
    let distances = rows.map { zip($0, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
    let all = distances.reduce(0, +)
    return distances.map { $0 / all * Double(rows.count) }
}
