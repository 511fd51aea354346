import Testing

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same numbers in each run.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in .random(in: range, using: &self) }
    }

    mutating func indices(_ count: Int, below bound: Int32) -> [Int32] {
        (0..<count).map { _ in .random(in: 0..<bound, using: &self) }
    }
}

extension [Float] {
    var doubles: [Double] { map(Double.init) }
    var bits: [UInt32] { map(\.bitPattern) }

    /// What no kernel leaves behind where it must write.
    static func unset(_ count: Int) -> [Float] { [Float](repeating: .nan, count: count) }

    static func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
}

/// Expects each element within `tolerance max(1, |expected|)`.
func expect(
    _ values: [Float], near expected: [Double], within tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(values.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    let worst = zip(values, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }
        .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    #expect(worst <= tolerance, "\(what)", sourceLocation: sourceLocation)
}

/// The gradient of `Σ weights f(x)` by central differences in Float64: with a step of 1e-5 wrong by some 1e-9.
func differences(_ x: [Float], weights: [Float], of f: ([Double]) -> [Double]) -> [Double] {
    let step = 1e-5
    func value(_ x: [Double]) -> Double { zip(f(x), weights).reduce(0) { $0 + $1.0 * Double($1.1) } }
    return x.indices.map { index in
        var (above, below) = (x.doubles, x.doubles)
        above[index] += step
        below[index] -= step
        return (value(above) - value(below)) / (2 * step)
    }
}

/// Cuts of 0 ..< 300 into ranges; some meet at multiples of 128, others within.
let partitions: [[Range<Int>]] = [
    [0..<128, 128..<256, 256..<300], [0..<1, 1..<17, 17..<300], [200..<300, 0..<130, 130..<200], [0..<256, 256..<300],
]
