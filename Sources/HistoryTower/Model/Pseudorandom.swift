internal import Glibc

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): first parameters and orders, which are no secret.
struct Pseudorandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In `0 ..< 1`.
    private mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Of mean 0 and deviation 1 (Box and Muller).
    mutating func normal() -> Float {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return Float(radius * cos(2 * .pi * uniform()))
    }

    /// In `0 ..< bound`.
    mutating func next(below bound: Int) -> Int { Int(uniform() * Double(bound)) }

    /// The numbers below `count` in random order.
    mutating func order(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, next(below: last + 1))
        }
        return order
    }
}
