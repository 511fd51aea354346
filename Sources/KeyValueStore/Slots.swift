/// How many slots a store has, which follows from the number of keys that it is solved for.
///
///     m = ceil(1.10 n) + 255,  n at least 256
///
/// Fewer keys than 256 count as 256: bands of 256 bits need room to lie apart. Solving fails with probability
/// 2^-(0.27 · 256 - log2 n + 3.7), 2^-53 at n = 2^20; the library's README says where that comes from.
package struct Slots: Sendable, Equatable {
    /// The number of slots in a row's band.
    package static let band = 256
    /// The most keys of a store: beyond, solving would fail more often than once in 2^44 times.
    package static let keyLimit = 1 << 28
    private static let leastKeys = 256

    /// m, the number of a store's elements.
    package let count: Int
    /// How many bits of a band may be set.
    let width: Int

    /// - Parameter keys: n, at most ``keyLimit``.
    package init(keys: Int) {
        self.init(keys: keys, insecureBand: Self.band)
    }

    /// Slots for rows of which only the first `width` bits are ever set, as if a store of ceil(1.10 n) + width - 1
    /// slots had bands of that width. Such stores fail often enough to count the failures; of no other use.
    package init(keys: Int, insecureBand width: Int) {
        precondition((0...Self.keyLimit).contains(keys), "A store is for 0 to \(Self.keyLimit) keys.")
        precondition((1...Self.band).contains(width), "A band has 1 to \(Self.band) bits.")
        count = (11 * max(keys, Self.leastKeys) + 9) / 10 + Self.band - 1
        self.width = width
    }

    /// How many slots a band can start at: the last one ends at the last slot.
    var starts: Int { count - Self.band + 1 }
}
