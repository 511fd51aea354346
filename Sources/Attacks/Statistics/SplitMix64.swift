internal import Glibc

/// Numbers for the draws and shuffles of attacks: the same in every run, so that a verdict can be repeated.
///
/// SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014). Not a cipher: nothing
/// secret comes from it.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    /// The stream of a name, and of a number within it; names are hashed by FNV-1a.
    package init(_ name: String, _ number: Int = 0) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        state = hash &+ UInt64(truncatingIfNeeded: number) &* 0xD1B5_4A32_D192_ED03
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// In 0 ..< 1.
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Of mean 0 and variance 1 (Box and Muller 1958).
    package mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// The numbers below `count` in a random order (Fisher and Yates).
    package mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            // A remainder of 64 bits by a count of rows is uniform to within 2^-30.
            order.swapAt(last, Int(next() % UInt64(last + 1)))
        }
        return order
    }
}
