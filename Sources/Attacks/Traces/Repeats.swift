/// Masks and randomness that come again. Values under one mask lie as close together as what the mask hides; independent ones do not.
package enum Repeats {
    /// How many values lie within reach of the next larger one.
    ///
    /// - Parameters:
    ///   - keys: Of ciphertexts a part of their randomness, of masked values their leading bits.
    ///   - reach: 0 where only equal ones are repeats; 1 where neighbours are, too.
    package static func count(_ keys: [UInt128], reach: UInt128) -> Measurement {
        let sorted = keys.sorted()
        let repeated = zip(sorted, sorted.dropFirst()).count { $1 - $0 <= reach }
        return Measurement(.repeats, Double(repeated), standardError: 0, count: keys.count)
    }

    /// The same numbers, as they would be where a mask came again: every hundredth value takes the place of the one before it, at
    /// reach: the positive control.
    package static func planted(_ keys: [UInt128], reach: UInt128) -> [UInt128] {
        keys.indices.map { place in
            guard place > 0, place % 100 == 0 || place == keys.count - 1 else { return keys[place] }
            return keys[place - 1] > reach ? keys[place - 1] - reach : keys[place - 1] + reach
        }
    }

    /// Shares of a ring of 64 bits are too short to be compared all with all: how many lie within `bits` bits of the share of the
    /// same row one visit earlier, beyond what chance allows once in a million runs.
    ///
    /// - Returns: `nil` where no row was visited twice.
    package static func betweenVisits(_ shares: [UInt64], rows: [Int], bits: Int) -> Measurement? {
        precondition(shares.count == rows.count && (0..<63).contains(bits), "a row for each share, and fewer bits")
        var last: [Int: UInt64] = [:]
        var (pairs, close) = (0, 0)
        for (share, row) in zip(shares, rows) {
            if let before = last[row] {
                pairs += 1
                if Int64(bitPattern: share &- before).magnitude >> UInt64(bits) == 0 { close += 1 }
            }
            last[row] = share
        }
        guard pairs > 0 else { return nil }
        let expected = Double(pairs) / Double(UInt64(1) << UInt64(63 - bits))
        // A Poisson variable passes this with a probability below 10^-6, whatever its mean.
        let allowed = expected + 5 * expected.squareRoot() + 4
        return Measurement(.repeats, max(0, Double(close) - allowed), standardError: 0, count: pairs)
    }
}
