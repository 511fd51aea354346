/// The sorted ids cut into ranges of their leading 64 bits, about equally full: what is worked on at a time.
///
/// All parties of an alignment cut alike. How full a bucket is says something about a party's ids, so on the wire every list is
/// padded to ``capacity(of:)``.
///
/// A sample, ``SortedIdentifiers/sample(_:)``, fits into buckets as any list does: it goes by other bits than they do.
public struct Buckets: Hashable, Sendable {
    /// About how many ids a bucket is to have where nothing else is asked for.
    public static let defaultSize = 1 << 20

    /// How many there are.
    public let count: Int

    /// - Parameter count: 1 or more.
    public init(count: Int) {
        precondition(count > 0, "ids lie in one bucket or more")
        self.count = count
    }

    /// As many as give the longest of the parties' lists buckets of about `size` ids.
    public init(longestList: Int, size: Int = Buckets.defaultSize) {
        precondition(longestList >= 0 && size > 0, "a list of 0 or more ids in buckets of 1 or more")
        self.init(count: max(1, longestList / size + (longestList % size > 0 ? 1 : 0)))
    }

    /// The bucket of a hash, from its ``IDHash/leading`` bits: their multiple of `count`, by 2^64.
    public func bucket(of leading: UInt64) -> Int { Int(leading.multipliedFullWidth(by: UInt64(count)).high) }

    /// The leading bits that belong to a bucket.
    public func leadingBits(of bucket: Int) -> ClosedRange<UInt64> {
        precondition(0..<count ~= bucket, "no such bucket")
        return start(of: bucket)...(bucket + 1 == count ? .max : start(of: bucket + 1) - 1)
    }

    /// The lowest leading bits of a bucket: `bucket` times 2^64 by `count`, rounded up.
    private func start(of bucket: Int) -> UInt64 {
        let (quotient, remainder) = UInt64(count).dividingFullWidth((high: UInt64(bucket), low: 0))
        return quotient + (remainder > 0 ? 1 : 0)
    }

    /// The length to which the lists of a party's buckets are padded, where it has `ids` in all: the mean, 8 times its square root and
    /// 20, and never more than all of them. One bucket has no spread.
    ///
    /// A bucket of uniform hashes passes it with probability below 2^-50, whatever the mean `m`. How full it is, is binomial, and above
    /// the mean a binomial tail is below the Poisson tail of the same mean (Anderson and Samuels, *Some inequalities among binomial and
    /// Poisson probabilities*, Fifth Berkeley Symposium, 1967). From `k` on, above the mean, each Poisson probability is at most
    /// `m / (k + 1)` times the one before, and `k! >= sqrt(2 pi k) (k / e)^k`, so
    ///
    ///     P(X >= k) <= P(X = k) (k + 1) / (k + 1 - m) <= exp(k - m - k ln(k / m)) / sqrt(2 pi k) * (k + 1) / (k + 1 - m)
    ///
    /// which is Chernoff's bound times what makes it sharp. One above the capacity it tends to `e^-32 / (8 sqrt(2 pi))`, 2^-50.49, as
    /// the mean grows, and is smaller before. Chernoff's bound alone would be 2^-46; 8 square roots without the 20 are too few at small
    /// means, whose tails are longer than a normal one: 2^-23 at a mean of 1.
    public func capacity(of ids: Int) -> Int {
        precondition(ids >= 0, "a count is never negative")
        guard count > 1 else { return ids }
        let mean = Double(ids) / Double(count)
        return min(ids, Int((mean + 8 * mean.squareRoot() + 20).rounded(.up)))
    }
}
