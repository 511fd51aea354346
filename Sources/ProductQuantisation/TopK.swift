import CQuantisation

/// The k largest of many scores.
public enum TopK {
    /// Floats of scratch for `count` scores.
    public static func scratchCount(_ count: Int) -> Int { count }

    /// Writes where the largest scores are, in ascending order; of equal scores the first ones.
    ///
    /// - Parameters:
    ///   - k: how many are wanted.
    ///   - scores: `count` floats, none of them NaN.
    ///   - base: is added to an index.
    ///   - indices: room for the smaller one of k and `count`.
    ///   - scratch: ``scratchCount(_:)`` floats.
    /// - Returns: how many were written: the smaller one of k and `count`.
    @discardableResult
    public static func select(
        _ k: Int, of scores: UnsafePointer<Float>, count: Int, base: UInt32 = 0,
        into indices: UnsafeMutablePointer<UInt32>, scratch: UnsafeMutablePointer<Float>
    ) -> Int {
        precondition(k >= 0 && count >= 0 && count <= Int(UInt32.max) - Int(base), "counts from 0 on")
        guard k > 0 && count > 0 else { return 0 }
        guard k < count else {
            for i in 0..<count { indices[i] = base + UInt32(i) }
            return count
        }
        var ties = 0
        let bound = kernels.ranked(scores, count, k - 1, scratch, &ties)
        return kernels.above(scores, count, bound, ties, base, indices, k)
    }
}
