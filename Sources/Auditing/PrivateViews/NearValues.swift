package import ExternalSort

/// Leading 128 bits of values with the frames that they came in, to find those that are close to each other.
///
/// They are sorted in bounded memory. What does not fit there lies in a temporary file without a name: shares that the owner of the view has
/// opened and keeps beside its key.
package struct NearValues {
    private let sorter: ExternalSorter

    /// - Parameter capacity: Values that are held in memory.
    package init(capacity: Int = ExternalSorter.standardCapacity) { sorter = ExternalSorter(capacity: capacity) }

    /// - Throws: ``ExternalSortError``.
    package func add(_ value: UInt128, frame: Int) throws(ExternalSortError) {
        try sorter.append(
            PlacedKey(
                high: UInt64(truncatingIfNeeded: value >> 64), low: UInt64(truncatingIfNeeded: value),
                place: UInt64(frame)))
    }

    /// Frames, the earlier one first, with values that differ by at most `distance`; each pair once. Good for one call.
    ///
    /// - Throws: ``ExternalSortError``.
    package func pairs(within distance: UInt128) throws(ExternalSortError) -> [(Int, Int)] {
        var seen: Set<[Int]> = []
        var previous: (value: UInt128, frame: Int)?
        try sorter.visit { key in
            let upper = (value: UInt128(key.high) << 64 | UInt128(key.low), frame: Int(key.place))
            defer { previous = upper }
            guard let lower = previous, upper.value - lower.value <= distance else { return }
            seen.insert([min(lower.frame, upper.frame), max(lower.frame, upper.frame)])
        }
        return seen.map { ($0[0], $0[1]) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    }
}
