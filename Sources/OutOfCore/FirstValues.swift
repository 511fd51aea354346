internal import Kernels

/// What rows of a ``PagedTable`` hold before their first update. A function of the element alone, so that a page can be made when it is first
/// used.
public enum FirstValues: Hashable, Sendable {
    case zero
    /// Evenly distributed from `-bound` to `bound`, by the seed and the element's index (the finaliser of SplitMix64: Steele, Lea and Flood,
    /// *Fast splittable pseudorandom number generators*, OOPSLA 2014). Not for secrets.
    case uniform(bound: Float, seed: UInt64)

    /// Fills in consecutive elements of the table in row-major order.
    ///
    /// - Parameter first: the index of the first one.
    public func fill(_ values: UnsafeMutablePointer<Float>, first: Int, count: Int) {
        switch self {
        case .zero: values.update(repeating: 0, count: count)
        case .uniform(let bound, let seed):
            for index in 0..<count {
                // 24 bits, as a Float holds them.
                let unit = Float(Self.mixed(seed &+ UInt64(first + index + 1) &* 0x9E37_79B9_7F4A_7C15) >> 40) * 0x1p-24
                values[index] = (2 * unit - 1) * bound
            }
        }
    }

    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
