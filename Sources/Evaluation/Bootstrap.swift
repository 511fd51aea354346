/// The percentile bootstrap (Efron 1979): a number is measured again and again over as many rows drawn with replacement, and
/// the interval holds the middle of what comes out. The same rows in the same order always give the same interval.
enum Bootstrap {
    /// Fewer where rows are many, so that no more than ``drawLimit`` are drawn in all.
    static let replicates = 1000
    static let fewestReplicates = 200
    static let drawLimit = 200_000_000
    /// "COLONNAD" in ASCII; drawing the rows needs no secret.
    static let seed: UInt64 = 0x434F_4C4F_4E4E_4144

    /// - Parameter measure: The number, over rows that count as often as they were drawn; `nil` where they do not have it,
    ///   as a resample of one class only.
    /// - Returns: `nil` where less than half of the resamples have the number.
    static func interval(rows: Int, _ measure: ([Double]) -> Double?) -> Interval? {
        let rounds = min(replicates, max(fewestReplicates, drawLimit / max(rows, 1)))
        var random = SplitMix64(state: seed)
        var found: [Double] = []
        for _ in 0..<rounds {
            var counts = [Double](repeating: 0, count: rows)
            for _ in 0..<rows { counts[random.below(rows)] += 1 }
            if let value = measure(counts) { found.append(value) }
        }
        guard found.count * 2 >= rounds else { return nil }
        found.sort()
        let tail = (1 - Interval.level) / 2
        return Interval(
            low: Quantiles.quantile(tail, of: found), high: Quantiles.quantile(1 - tail, of: found))
    }
}

/// Steele, Lea and Flood (2014): a fast generator for resampling. Not for secrets.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 to `bound` - 1, each as likely up to one part in 2^64 / `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
}
